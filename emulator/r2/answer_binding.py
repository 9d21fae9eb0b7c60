"""What a Worker is told of R2's objects: JSON, and where there is one the content behind it."""

from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from emulator.core.errors import CloudflareError
from emulator.r2.errors import R2Error
from emulator.r2.models import HttpMetadata, StoredObject
from emulator.r2.streaming import Download
from emulator.wire.reply import JSON, Headers, Reply

SIZE = b"cf-r2-metadata-size"
ERROR = b"cf-r2-error"
INTERNAL = 10001
# By our name of the algorithm.
CHECKSUM_FIELDS = {"SHA1": "1", "SHA256": "2", "SHA384": "3", "SHA512": "4"}


class Framed(AsyncIterator[bytes]):
    """A head, then blocks of content. To be closed like the content."""

    def __init__(self, head: bytes, content: Download) -> None:
        self._head = head
        self._content = content

    async def __anext__(self) -> bytes:
        head, self._head = self._head, b""
        return head or await anext(self._content)

    async def aclose(self) -> None:
        await self._content.aclose()


def framed(head: Mapping[str, Any], content: bytes | Download = b"", length: int = 0) -> Reply:
    """The answer to a GET: how long the JSON is, the JSON, `length` bytes of content."""
    data = orjson.dumps(head)
    size = (SIZE, b"%d" % len(data))
    if isinstance(content, bytes):
        return Reply(data + content, headers=(*JSON, size))
    whole = (b"content-length", b"%d" % (len(data) + length))
    return Reply(Framed(data, content), headers=(*JSON, size, whole))


def object_json(stored: StoredObject, *, http: bool = True, custom: bool = True) -> dict[str, Any]:
    """The object without its content; what is left out a Worker sees as undefined."""
    shown: dict[str, Any] = {
        "name": stored.key,
        "version": stored.version,
        "size": stored.size,
        "etag": stored.etag,
        "uploaded": stored.uploaded_ms,
        "checksums": checksums_json(stored),
        "storageClass": stored.storage_class,
    }
    if http:
        shown["httpFields"] = http_json(stored.http)
    if custom:
        shown["customFields"] = [{"k": name, "v": value} for name, value in stored.custom.items()]
    if stored.ssec is not None:
        shown["ssec"] = {"algorithm": "AES256", "keyMd5": b64decode(stored.ssec).hex()}
    return shown


def http_json(http: HttpMetadata) -> dict[str, object]:
    named = {
        "contentType": http.content_type,
        "contentLanguage": http.content_language,
        "contentDisposition": http.content_disposition,
        "contentEncoding": http.content_encoding,
        "cacheControl": http.cache_control,
        "cacheExpiry": http.cache_expiry_ms,
    }
    return {name: value for name, value in named.items() if value is not None}


def checksums_json(stored: StoredObject) -> dict[str, str]:
    """In hex: the MD5 of what was written whole, and the digest its writer gave."""
    shown = {} if stored.is_multipart else {"0": stored.etag}
    given = stored.checksum
    if given is not None and not given.composite and given.algorithm in CHECKSUM_FIELDS:
        shown[CHECKSUM_FIELDS[given.algorithm]] = b64decode(given.value).hex()
    return shown


def refused(error: CloudflareError) -> Reply:
    return Reply(status=error.status, headers=error_headers(error))


def error_headers(error: CloudflareError) -> Headers:
    """`get: <message> (<code>)` is what a Worker makes of it."""
    code = error.code if isinstance(error, R2Error) else INTERNAL
    fact = orjson.dumps({"version": 1, "v4code": code, "message": str(error)})
    # The one control character that JSON lets through and a header does not.
    return ((ERROR, fact.replace(b"\x7f", b"\\u007f")),)
