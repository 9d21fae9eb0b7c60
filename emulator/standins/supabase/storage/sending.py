"""An object as an answer: its headers, the bytes or a range of them, block by block."""

import re
from collections.abc import Iterator
from email.utils import formatdate
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from emulator.core.blobs import Blobs
from emulator.standins.supabase.storage.errors import InvalidRange, NoSuchKey
from emulator.standins.supabase.storage.models import Stored

BLOCK_BYTES = 65_536
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def sent(request: Request, item: Stored, blobs: Blobs, expires: float | None = None) -> Response:
    """The object. 304 if the client has it; 206 for a range."""
    headers = headers_of(request, item, expires)
    if request.headers.get("if-none-match") in (item.content.etag, "*"):
        return Response(status_code=304, headers=headers)
    first, last, status = span(request.headers.get("range", ""), item.content.size)
    if status == 206:
        headers["content-range"] = f"bytes {first}-{last}/{item.content.size}"
    headers["content-length"] = str(last - first + 1)
    if request.method == "HEAD":
        return Response(status_code=200, headers=headers)
    try:
        # Open, it can be read to its end whatever becomes of the object.
        file = blobs.path(item.content.blob).open("rb")
    except FileNotFoundError:
        raise NoSuchKey() from None
    return StreamingResponse(blocks(file, first, last - first + 1), status, headers)


def headers_of(request: Request, item: Stored, expires: float | None) -> dict[str, str]:
    headers = {
        "accept-ranges": "bytes",
        "content-type": item.content.mimetype,
        "etag": item.content.etag,
        "x-robots-tag": "none",
        "x-content-type-options": "nosniff",
        "last-modified": formatdate(item.updated_at, usegmt=True),
        "cache-control": item.content.cache_control,
    }
    if expires is not None:
        headers["expires"] = formatdate(expires, usegmt=True)
    name = request.query_params.get("download")
    if name == "":
        headers["content-disposition"] = "attachment;"
    elif name is not None:
        safe = quote(name[:1_024], safe="")
        headers["content-disposition"] = f"attachment; filename={safe}; filename*=UTF-8''{safe}"
    return headers


def span(header: str, size: int) -> tuple[int, int, int]:
    """First byte, last byte and status. A header that is no range asks for everything."""
    parts = RANGE.fullmatch(header)
    if parts is None or parts[1] == parts[2] == "":
        return 0, size - 1, 200
    if parts[1] == "":
        first, last = max(0, size - int(parts[2])), size - 1
    else:
        first, last = int(parts[1]), min(int(parts[2] or size), size - 1)
    if first > last or first >= size:
        raise InvalidRange()
    return first, last, 206


def blocks(file: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length > 0 and (block := file.read(min(BLOCK_BYTES, length))):
            length -= len(block)
            yield block
