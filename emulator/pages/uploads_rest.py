"""Uploads of a site's files. Their paths name no account: the token that they carry does."""

import asyncio
from functools import partial
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from emulator.pages.desk_rest import PROJECT, WRITE, project_in, store_of
from emulator.pages.errors import BodyInvalid, TokenRefused
from emulator.pages.store import PagesStore
from emulator.pages.tokens import account_in
from emulator.twin import Twin
from emulator.wire.body import first_reason, parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import MEGABYTE, Route

ASSETS = "/pages/assets"
BEARER = "bearer "
# wrangler sends 40 MiB of files at once, and base64 takes a third more.
MAX_UPLOAD_BYTES = 100 * MEGABYTE
MAX_HASHES_BYTES = 8 * MEGABYTE


class Hashes(BaseModel):
    hashes: list[str]


class NewFile(BaseModel):
    key: str
    value: str
    metadata: dict[str, Any] = {}
    base64: bool = False


FILES = TypeAdapter(list[NewFile])


async def upload_token(call: Call) -> Reply:
    project = project_in(call)
    return ok({"jwt": store_of(call).tokens.issue(call.account.id, project.name)})


async def check_missing(twin: Twin, call: Call) -> Reply:
    store = opened(twin, call)
    return ok(store.files.missing(parse(Hashes, call.body, BodyInvalid).hashes))


async def upload(twin: Twin, call: Call) -> Reply:
    store = opened(twin, call)
    try:
        files = FILES.validate_json(call.body)
    except ValidationError as error:
        raise BodyInvalid(reason=first_reason(error)) from None

    def put() -> None:
        for file in files:
            kind = file.metadata.get("contentType")
            content_type = kind if isinstance(kind, str) else None
            store.files.put(file.key, file.value, content_type, base64=file.base64)

    await asyncio.to_thread(put)
    return ok(None)


async def upsert_hashes(twin: Twin, call: Call) -> Reply:
    """Cloudflare keeps the files a while longer by this; here they stay anyway."""
    opened(twin, call)
    parse(Hashes, call.body, BodyInvalid)
    return ok(None)


def opened(twin: Twin, call: Call) -> PagesStore:
    """The store of the account whose token the request carries. Raises `TokenRefused`."""
    header = call.header(b"authorization") or ""
    if not header.lower().startswith(BEARER):
        raise TokenRefused(reason="there is no token")
    token = header[len(BEARER) :].strip()
    account_id = account_in(token)
    if not twin.directory.knows(account_id):
        raise TokenRefused(reason="the token was not issued here")
    store = twin.account(account_id).pages
    store.tokens.check(token)
    return store


def routes(twin: Twin) -> tuple[Route, ...]:
    public = [
        ("check-missing", "check_missing", check_missing, MAX_HASHES_BYTES),
        ("upload", "upload", upload, MAX_UPLOAD_BYTES),
        ("upsert-hashes", "upsert_hashes", upsert_hashes, MAX_HASHES_BYTES),
    ]
    return (
        Route("GET", f"{PROJECT}/upload-token", "pages.upload_token.get", upload_token, WRITE),
        *(
            Route(
                "POST",
                f"{ASSETS}/{path}",
                f"pages.assets.{name}",
                partial(handler, twin),
                public=True,
                max_body_bytes=limit,
            )
            for path, name, handler, limit in public
        ),
    )
