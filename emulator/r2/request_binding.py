"""What a Worker's call of R2 asks for: workerd's JSON in R2's words.

Numbers of 64 bits are strings there. What no runtime sends is refused as malformed.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import Any, NamedTuple

import orjson

from emulator.r2.content import Content
from emulator.r2.digests import MD5, checksum
from emulator.r2.errors import BadDigest, InvalidArgument, InvalidDigest, MalformedJson
from emulator.r2.models import (
    PLAIN,
    STORAGE_CLASSES,
    UNCONDITIONAL,
    Attributes,
    ByteRange,
    Checksum,
    ChosenPart,
    Conditions,
    HttpMetadata,
)
from emulator.r2.s3 import headers as http

Json = Mapping[str, Any]

KEY_BYTES = 32
MAX_DIGITS = 20
# Of the year 9999.
LAST_MILLISECOND = 253_402_300_799_999
# By the field's name: our name of the algorithm and R2's.
DIGESTS = {
    "md5": (MD5, "MD5"),
    "sha1": ("SHA1", "SHA-1"),
    "sha256": ("SHA256", "SHA-256"),
    "sha384": ("SHA384", "SHA-384"),
    "sha512": ("SHA512", "SHA-512"),
}


class Promise(NamedTuple):
    """The digest that the writer says the content has."""

    algorithm: str
    title: str
    digest: bytes

    def check(self, content: Content) -> Checksum | None:
        """What is kept of it; of an MD5 nothing, the ETag says it. Raises `BadDigest`."""
        actual = content.digests[self.algorithm]
        if actual != self.digest:
            raise BadDigest(name=self.title, given=self.digest.hex(), actual=actual.hex())
        return None if self.algorithm == MD5 else checksum(self.algorithm, actual)


def document_of(data: bytes) -> Json:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise MalformedJson() from None
    if not isinstance(document, dict):
        raise MalformedJson()
    return document


def text(document: Json, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise MalformedJson()
    return value


def maybe_text(document: Json, name: str) -> str | None:
    return None if document.get(name) is None else text(document, name)


def maybe_whole(document: Json, name: str) -> int | None:
    """A whole number, or its digits in a string."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) <= MAX_DIGITS:
        value = int(value)
    if type(value) is not int:
        raise MalformedJson()
    return value


def rows(document: Json, name: str) -> Sequence[Json]:
    """An array of objects; one that is absent is empty."""
    value = document.get(name) or []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise MalformedJson()
    return value


def texts(document: Json, name: str) -> Sequence[str]:
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise MalformedJson()
    return value


def numbers(document: Json, name: str) -> Sequence[int]:
    value = document.get(name) or []
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise MalformedJson()
    return value


def member(document: Json, name: str) -> Json | None:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise MalformedJson()
    return value


def attributes_of(document: Json) -> Attributes:
    """What the writer says of the object."""
    storage_class = maybe_text(document, "storageClass")
    if storage_class is not None and storage_class not in STORAGE_CLASSES:
        raise InvalidArgument(reason=f"{storage_class} is no storage class")
    return Attributes(
        http_of(member(document, "httpFields")),
        {text(row, "k"): text(row, "v") for row in rows(document, "customFields")},
        storage_class,
        customer_key(document),
    )


def http_of(fields: Json | None) -> HttpMetadata:
    if not fields:
        return PLAIN
    expiry_ms = maybe_whole(fields, "cacheExpiry")
    if expiry_ms is not None and not 0 <= expiry_ms <= LAST_MILLISECOND:
        # The other doors say it as a date.
        raise InvalidArgument(reason="cacheExpiry is not a date that a header can hold")
    return HttpMetadata(
        maybe_text(fields, "contentType"),
        maybe_text(fields, "contentLanguage"),
        maybe_text(fields, "contentDisposition"),
        maybe_text(fields, "contentEncoding"),
        maybe_text(fields, "cacheControl"),
        expiry_ms,
    )


def customer_key(document: Json) -> str | None:
    """The MD5 of the customer's key, if there is one."""
    ssec = member(document, "ssec")
    if ssec is None:
        return None
    key = from_hex(text(ssec, "key"))
    if key is None or len(key) != KEY_BYTES:
        raise InvalidArgument(reason="The secret key was invalid for the specified algorithm.")
    return b64encode(md5(key, usedforsecurity=False).digest()).decode()


def conditions_of(document: Json) -> Conditions:
    asked = member(document, "onlyIf")
    if not asked:
        return UNCONDITIONAL
    before = maybe_whole(asked, "uploadedBefore")
    to_the_second = bool(asked.get("secondsGranularity"))
    if before is not None and not to_the_second:
        # Before that millisecond, where a header's "unmodified since" includes its second.
        before -= 1
    return Conditions(
        etags_of(asked, "etagMatches", ("strong", "wildcard")),
        etags_of(asked, "etagDoesNotMatch", ("strong", "weak", "wildcard")),
        maybe_whole(asked, "uploadedAfter"),
        before,
        to_the_second,
    )


def etags_of(asked: Json, name: str, kinds: Sequence[str]) -> frozenset[str] | None:
    """The ETags of these kinds: by a weak one an object may be spared, but not chosen."""
    if asked.get(name) is None:
        return None
    named = [row for row in rows(asked, name) if row.get("type") in kinds]
    return frozenset("*" if row["type"] == "wildcard" else text(row, "value") for row in named)


def range_of(document: Json) -> ByteRange | None:
    """Which bytes are wanted; None for all. A header that names no single range counts for none."""
    header = maybe_text(document, "rangeHeader")
    if header is not None:
        try:
            return http.range_of(header)
        except InvalidArgument:
            return None
    asked = member(document, "range")
    if asked is None:
        return None
    suffix = maybe_whole(asked, "suffix")
    if suffix is not None:
        return ByteRange(suffix=suffix)
    return ByteRange(maybe_whole(asked, "offset") or 0, maybe_whole(asked, "length"))


def promise_of(document: Json) -> Promise | None:
    """The digest that goes with the content; workerd lets through one at most."""
    for field, (algorithm, title) in DIGESTS.items():
        given = maybe_text(document, field)
        if given is None:
            continue
        digest = from_base64(given) if algorithm == MD5 else from_hex(given)
        if digest is None:
            raise InvalidDigest(name=title)
        return Promise(algorithm, title, digest)
    return None


def parts_of(document: Json) -> Sequence[ChosenPart]:
    """The parts that complete an upload."""
    chosen = []
    for row in rows(document, "parts"):
        number = maybe_whole(row, "part")
        if number is None:
            raise MalformedJson()
        chosen.append(ChosenPart(number, text(row, "etag")))
    return chosen


def from_hex(given: str) -> bytes | None:
    try:
        return bytes.fromhex(given)
    except ValueError:
        return None


def from_base64(given: str) -> bytes | None:
    try:
        return b64decode(given, validate=True)
    except ValueError:
        return None
