"""Uploads of static assets over Cloudflare's API v4.

https://developers.cloudflare.com/workers/static-assets/direct-upload/ — the uploads carry the
session's token and no credential: their account is the one whose secret has signed it.
"""

import asyncio
from functools import partial

from pydantic import BaseModel

from emulator.core.errors import NotPermitted
from emulator.twin import Twin
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.multipart import MalformedMultipart, Part, is_multipart, parts_of
from emulator.wire.reply import Reply
from emulator.wire.routing import MEGABYTE, Route
from emulator.workers.assets import AssetStore, ManifestFile, decoded
from emulator.workers.desk_rest import SCRIPT, WORKERS, WRITE, body_of, flag_of, script_in
from emulator.workers.errors import InvalidBody
from emulator.workers.limits import MAX_ASSET_BYTES, MAX_UPLOAD_BYTES
from emulator.workers.tokens import Claims, TokenInvalid
from emulator.workers.validate import check_name

# Of 100,000 files with paths of a usual length.
MAX_MANIFEST_BYTES = 32 * MEGABYTE
CREATED = 201
BEARER = "bearer "


class NewFile(BaseModel):
    hash: str
    size: int


class NewSession(BaseModel):
    manifest: dict[str, NewFile]


async def begin_upload(call: Call) -> Reply:
    name = script_in(call)
    check_name(name)
    new = body_of(call, NewSession)
    files = {path: ManifestFile(file.hash, file.size) for path, file in new.manifest.items()}
    session = await asyncio.to_thread(call.account.workers.assets.begin, name, files)
    return ok({"jwt": session.token, "buckets": [list(bucket) for bucket in session.buckets]})


async def upload_files(twin: Twin, call: Call) -> Reply:
    assets, session = opened(twin, call)
    parts = files_in(call)
    is_base64 = flag_of(call, "base64")

    def store() -> str | None:
        for part in parts:
            data = decoded(part.name, part.data) if is_base64 else part.data
            assets.put(session, part.name, data, part.content_type)
        return assets.complete(session)

    return progress(await asyncio.to_thread(store))


async def upload_file(twin: Twin, call: Call) -> Reply:
    assets, session = opened(twin, call)
    asset_hash, content_type = call.params["asset_hash"], call.header(b"content-type")
    await asyncio.to_thread(assets.put, session, asset_hash, call.body, content_type)
    return progress(assets.complete(session))


def progress(token: str | None) -> Reply:
    """201 and the completion token with the last file, nothing to say before."""
    reply = ok({"jwt": token})
    if token is not None:
        reply.status = CREATED
    return reply


def opened(twin: Twin, call: Call) -> tuple[AssetStore, Claims]:
    """What the token of the request opens. Raises `NotPermitted`."""
    account_id, authorization = call.params["account_id"], call.header(b"authorization") or ""
    if not twin.directory.knows(account_id) or not authorization.lower().startswith(BEARER):
        raise NotPermitted()
    assets = twin.account(account_id).workers.assets
    try:
        return assets, assets.session(authorization[len(BEARER) :].strip())
    except TokenInvalid:
        raise NotPermitted() from None


def files_in(call: Call) -> list[Part]:
    content_type = call.header(b"content-type") or ""
    if not is_multipart(content_type):
        raise InvalidBody(reason="files are parts of a form, named by their hashes")
    try:
        return parts_of(call.body, content_type)
    except MalformedMultipart as error:
        raise InvalidBody(reason=error) from None


def routes(twin: Twin) -> tuple[Route, ...]:
    session, upload = f"{SCRIPT}/assets-upload-session", f"{WORKERS}/assets/upload"
    return (
        Route(
            "POST",
            session,
            "workers.assets.begin",
            begin_upload,
            WRITE,
            max_body_bytes=MAX_MANIFEST_BYTES,
        ),
        Route(
            "POST",
            upload,
            "workers.assets.upload",
            partial(upload_files, twin),
            WRITE,
            public=True,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route(
            "POST",
            f"{upload}/{{asset_hash}}",
            "workers.assets.upload_one",
            partial(upload_file, twin),
            WRITE,
            public=True,
            max_body_bytes=MAX_ASSET_BYTES,
        ),
    )
