"""Uploads as Cloudflare's API takes them: a form of metadata and parts, or a bare script.

https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from emulator.identity.rest import USER_EMAIL
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.multipart import MalformedMultipart, Part, is_multipart, parts_of
from emulator.workers.errors import ContentTypeRequired, ScriptInvalid
from emulator.workers.models import Author, Syntax
from emulator.workers.upload import Code, File, Upload

METADATA = "metadata"
SCRIPT_TYPES = ("application/javascript", "text/javascript")
# wrangler's newer fields are unknown here, and none of them is refused.
OPTIONS = ("limits", "placement", "cache_options", "exports", "containers", "package_dependencies")
SETTINGS = ("logpush", "observability", "tags", "tail_consumers")

Json = dict[str, Any]


class AssetsMetadata(BaseModel):
    jwt: str | None = None
    config: Json | None = None


class Metadata(BaseModel):
    main_module: str | None = None
    body_part: str | None = None
    bindings: list[Json] | None = None
    compatibility_date: str | None = None
    compatibility_flags: list[str] | None = None
    usage_model: str | None = None
    keep_bindings: list[str] | None = None
    keep_assets: bool | None = None
    assets: AssetsMetadata | None = None
    migrations: Json | None = None
    annotations: dict[str, str | None] | None = None
    limits: Json | None = None
    placement: Json | None = None
    cache_options: Json | None = None
    exports: Json | None = None
    containers: list[Any] | None = None
    package_dependencies: list[Any] | None = None
    logpush: bool | None = None
    observability: Json | None = None
    tags: list[str] | None = None
    tail_consumers: list[Json] | None = None


class MetadataInvalid(ScriptInvalid):
    # [guess] the beginning is observed, the reason is ours.
    message = "could not read content for part metadata: {reason}"


def upload_in(call: Call) -> Upload:
    """The upload of the request. Raises `MetadataInvalid`, `ContentTypeRequired`."""
    metadata, files = form_in(call)
    settings = {name: value for name in SETTINGS if (value := getattr(metadata, name)) is not None}
    options = {name: value for name in OPTIONS if (value := getattr(metadata, name)) is not None}
    assets = metadata.assets or AssetsMetadata()
    return Upload(
        code=code_of(metadata, files),
        author=author_of(call),
        bindings=metadata.bindings or (),
        keep_bindings=frozenset(metadata.keep_bindings or ()),
        strict=call.query.get("bindings_inherit") == "strict",
        compatibility_date=metadata.compatibility_date or None,
        compatibility_flags=metadata.compatibility_flags or (),
        usage_model=metadata.usage_model or "standard",
        migrations=metadata.migrations,
        assets_token=assets.jwt,
        assets_config=assets.config,
        keep_assets=bool(metadata.keep_assets),
        annotations=given_annotations(metadata.annotations),
        options=options,
        settings=settings,
    )


def code_in(call: Call) -> Code:
    """The code alone; two headers may name the entry point as well."""
    metadata, files = form_in(call)
    if metadata.main_module is None and metadata.body_part is None:
        metadata.main_module = call.header(b"cf-worker-main-module-part")
        metadata.body_part = call.header(b"cf-worker-body-part")
    return code_of(metadata, files)


def form_in(call: Call) -> tuple[Metadata, list[File]]:
    content_type = call.header(b"content-type") or ""
    if not is_multipart(content_type):
        if content_type.partition(";")[0].strip().lower() not in SCRIPT_TYPES:
            raise ContentTypeRequired()
        return Metadata(body_part="script"), [File("script", content_type, call.body)]
    try:
        parts = parts_of(call.body, content_type)
    except MalformedMultipart as error:
        raise MetadataInvalid(reason=error) from None
    text = next((part.data for part in parts if part.name == METADATA), None)
    if text is None:
        if call.header(b"cf-worker-body-part") or call.header(b"cf-worker-main-module-part"):
            text = b"{}"
        else:
            raise MetadataInvalid(reason="there is none")
    return parse(Metadata, text, MetadataInvalid), files_of(parts)


def files_of(parts: Sequence[Part]) -> list[File]:
    """The parts but for the metadata. One without a file name is no module."""
    return [
        File(part.filename, part.content_type, part.data)
        for part in parts
        if part.name != METADATA and part.filename is not None
    ]


def code_of(metadata: Metadata, files: Sequence[File]) -> Code:
    if metadata.main_module is not None:
        return Code(Syntax.MODULES, metadata.main_module, files)
    if metadata.body_part is not None:
        return Code(Syntax.SERVICE_WORKER, metadata.body_part, files)
    return Code(Syntax.ASSETS_ONLY, None, files)


def given_annotations(annotations: Mapping[str, str | None] | None) -> dict[str, str]:
    return {name: text for name, text in (annotations or {}).items() if text is not None}


def author_of(call: Call) -> Author:
    """Who calls, and with what: Cloudflare, too, can only go by what the client says it is."""
    agent = (call.header(b"user-agent") or "").lower()
    source = next((name for name in ("wrangler", "terraform") if agent.startswith(name)), "api")
    email = call.credential.email if call.credential else None
    return Author(source, email or USER_EMAIL)
