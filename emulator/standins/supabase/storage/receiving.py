"""Uploads as they come: a bare body or a form, written to a blob block by block, bounded."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING

import orjson
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from emulator.core.blobs import Blobs, BlobWriter
from emulator.core.errors import BodyTooLarge
from emulator.standins.supabase.storage.errors import NoContent, TooLarge
from emulator.standins.supabase.storage.models import Bucket, Content, Json
from emulator.standins.supabase.storage.names import CONTROLS, check_type
from emulator.wire.body import stream_body

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

# What a project takes that pays nothing, and the twin's answer to every project.
MAX_OBJECT_BYTES = 52_428_800
MAX_FIELD_BYTES = 1_048_576
MAX_FIELDS = 10
# Around the file in a form.
FORM_BYTES = 64 * 1_024 + MAX_FIELDS * MAX_FIELD_BYTES
DEFAULT_TYPE = "application/octet-stream"


@dataclass
class Sink:
    """Where the bytes of one object go."""

    writer: BlobWriter
    limit: int
    size: int = 0
    digest: "hashlib._Hash" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise TooLarge(what="object")
        self.digest.update(data)
        self.writer.write(data)


async def receive(request: Request, bucket: Bucket, blobs: Blobs) -> Content:
    """The request's object, in place on disk. Raises a refusal, and then leaves nothing."""
    own = bucket.file_size_limit
    limit = MAX_OBJECT_BYTES if own is None else min(own, MAX_OBJECT_BYTES)
    writer = blobs.create()
    try:
        content = await read(request, bucket, Sink(writer, limit))
        writer.seal()
    except BodyTooLarge:
        writer.discard()
        raise TooLarge(what="object") from None
    except BaseException:
        writer.discard()
        raise
    return content


async def read(request: Request, bucket: Bucket, sink: Sink) -> Content:
    headers = request.headers
    declared = headers.get("content-type", "")
    if declared.lower().startswith("multipart/form-data"):
        form = await read_form(request, declared, sink)
        mimetype = form.fields.get("contentType") or form.content_type or DEFAULT_TYPE
        seconds = form.fields.get("cacheControl")
        cache = f"max-age={seconds}" if seconds else "no-cache"
        about = document(form.fields.get("metadata") or form.fields.get("userMetadata") or "")
    else:
        mimetype, cache = declared or DEFAULT_TYPE, headers.get("cache-control") or "no-cache"
        about = document(decoded(headers.get("x-metadata", "")))
        check_type(mimetype, bucket.allowed_mime_types)
        await read_bare(request, sink)
    check_type(mimetype, bucket.allowed_mime_types)
    etag = f'"{sink.digest.hexdigest()}"'
    return Content(
        sink.writer.blob, sink.size, etag, header_safe(mimetype), header_safe(cache), about
    )


async def read_bare(request: Request, sink: Sink) -> None:
    async for chunk in stream_body(request.receive, sink.limit):
        sink.write(chunk)


async def read_form(request: Request, declared: str, sink: Sink) -> "Form":
    """The fields of a form whose one file goes to `sink`. Raises `NoContent` without one."""
    boundary = parse_options_header(declared)[1].get(b"boundary")
    if not boundary:
        raise NoContent()
    form = Form(sink)
    parser = MultipartParser(boundary, form.callbacks())
    try:
        async for chunk in stream_body(request.receive, sink.limit + FORM_BYTES):
            parser.write(chunk)
        parser.finalize()
    except (MultipartParseError, UnicodeError):
        raise NoContent() from None
    if not form.ended or form.content_type is None:
        raise NoContent()
    return form


class Form:
    """What the parser calls out: text fields by name, the first file to the sink."""

    def __init__(self, sink: Sink) -> None:
        self.fields: dict[str, str] = {}
        # Of the file; None while there has been none.
        self.content_type: str | None = None
        self.ended = False
        self._sink = sink
        self._data = bytearray()
        self._name: str | None = ""
        self._headers = Message()
        self._header, self._value = b"", b""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._start,
            "on_part_data": self._part,
            "on_part_end": self._finish,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._data = Message(), bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1")] = self._value.decode("latin-1")
        self._header = self._value = b""

    def _start(self) -> None:
        options = parse_options_header(self._headers["Content-Disposition"] or "")[1]
        name = options.get(b"name", b"").decode("utf-8", "replace")
        # supabase-js names a file's part not at all.
        is_file = b"filename" in options or name in ("", "file")
        if is_file and self.content_type is not None or len(self.fields) >= MAX_FIELDS:
            raise NoContent()
        self._name = None if is_file else name
        if is_file:
            self.content_type = self._headers["Content-Type"] or DEFAULT_TYPE

    def _part(self, data: bytes, start: int, end: int) -> None:
        if self._name is None:
            self._sink.write(data[start:end])
            return
        self._data += data[start:end]
        if len(self._data) > MAX_FIELD_BYTES:
            raise TooLarge(what="user_metadata")

    def _finish(self) -> None:
        if self._name is not None:
            self.fields[self._name] = self._data.decode("utf-8", "replace")

    def _end(self) -> None:
        self.ended = True


def decoded(text: str) -> str:
    """The text of `x-metadata`, which is base64; nothing if it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def document(text: str) -> Json | None:
    """The object that a text is; what is none is left out, as Storage does."""
    if len(text) > MAX_FIELD_BYTES:
        raise TooLarge(what="user_metadata")
    try:
        found = orjson.loads(text)
        # Around it in an answer are a few levels more.
        orjson.dumps([[[[found]]]])
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return found if isinstance(found, dict) else None


def header_safe(text: str) -> str:
    """A header's value that can be sent again."""
    return CONTROLS.sub("", text)[:1_024].encode("latin-1", "replace").decode("latin-1")
