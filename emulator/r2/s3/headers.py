"""Between S3's headers and R2's words: metadata, conditions, ranges, keys of the customer."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from hashlib import md5

from emulator.r2.digests import CHECKSUM_BYTES
from emulator.r2.errors import InvalidArgument, NotImplementedByR2
from emulator.r2.models import (
    INFREQUENT,
    PLAIN,
    STANDARD,
    UNCONDITIONAL,
    Attributes,
    ByteRange,
    Conditions,
    HttpMetadata,
    StoredObject,
)

META = "x-amz-meta-"
SSE = "x-amz-server-side-encryption"
DEFAULT_TYPE = "application/octet-stream"
CLASSES = {"STANDARD": STANDARD, "STANDARD_IA": INFREQUENT}
S3_CLASSES = {ours: theirs for theirs, ours in CLASSES.items()}
RANGE = re.compile(r"bytes=(\d*)-(\d*)")

# Of nearly every request none of these is there.
CUSTOMER_KEYS = frozenset(
    f"{prefix}-customer-{name}"
    for prefix in (SSE, "x-amz-copy-source-server-side-encryption")
    for name in ("algorithm", "key", "key-md5")
)
CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})

Headers = list[tuple[bytes, bytes]]


def attributes_of(headers: Mapping[str, str]) -> Attributes:
    """What the writer says of the object."""
    return Attributes(
        http_of(headers),
        dict(custom_of(headers)),
        storage_class_of(headers),
        customer_key(headers, SSE),
    )


def http_of(headers: Mapping[str, str]) -> HttpMetadata:
    expires = headers.get("expires")
    return HttpMetadata(
        headers.get("content-type") or None,
        headers.get("content-language") or None,
        headers.get("content-disposition") or None,
        content_encoding(headers),
        headers.get("cache-control") or None,
        None if expires is None else moment_ms(expires),
    )


def content_encoding(headers: Mapping[str, str]) -> str | None:
    """Without `aws-chunked`, which is how it travels and not what it is."""
    names = [name.strip() for name in headers.get("content-encoding", "").split(",")]
    return ", ".join(name for name in names if name not in ("", "aws-chunked")) or None


def custom_of(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.startswith(META):
            yield name[len(META) :], decoded_word(value)


def decoded_word(value: str) -> str:
    """The text of RFC 2047 words, or of UTF-8 that was sent as it is."""
    if "=?" in value:
        try:
            text = "".join(
                part.decode(charset or "latin-1") if isinstance(part, bytes) else part
                for part, charset in decode_header(value)
            )
            # Some charsets can spell what is no text.
            return text.encode().decode()
        except (HeaderParseError, ValueError, LookupError):
            return value
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


def storage_class_of(headers: Mapping[str, str]) -> str | None:
    name = headers.get("x-amz-storage-class")
    if name is None:
        return None
    if name not in CLASSES:
        raise NotImplementedByR2(what=f"Header 'x-amz-storage-class' with value '{name}'")
    return CLASSES[name]


def customer_key(headers: Mapping[str, str], prefix: str) -> str | None:
    """The MD5 of the customer's key, if the three headers carry one."""
    if CUSTOMER_KEYS.isdisjoint(headers):
        return None
    algorithm = headers.get(f"{prefix}-customer-algorithm")
    key = headers.get(f"{prefix}-customer-key")
    given_md5 = headers.get(f"{prefix}-customer-key-md5")
    if algorithm is None and key is None and given_md5 is None:
        return None
    if algorithm is None or key is None or given_md5 is None:
        raise InvalidArgument(
            reason="Requests specifying Server Side Encryption with Customer provided keys must"
            " provide the algorithm, the secret key and the MD5 of the secret key."
        )
    if algorithm != "AES256":
        raise InvalidArgument(
            reason="The encryption request you specified is not valid. Supported value: AES256."
        )
    try:
        raw = b64decode(key, validate=True)
    except (Base64Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise InvalidArgument(reason="The secret key was invalid for the specified algorithm.")
    actual = b64encode(md5(raw, usedforsecurity=False).digest()).decode()
    if actual != given_md5:
        raise InvalidArgument(
            reason="The calculated MD5 hash of the key did not match the hash that was provided."
        )
    return actual


def conditions_of(headers: Mapping[str, str], prefix: str = "") -> Conditions:
    if not prefix and CONDITIONS.isdisjoint(headers):
        return UNCONDITIONAL
    match, none_match, modified, unmodified = (
        headers.get(f"{prefix}{name}")
        for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
    )
    return Conditions(
        etags_of(match),
        etags_of(none_match),
        None if modified is None else moment_ms(modified),
        None if unmodified is None else moment_ms(unmodified),
    )


def etags_of(text: str | None) -> frozenset[str] | None:
    """The ETags of a condition, without quotes; a weak one never matches an object's."""
    if text is None:
        return None
    named = (one.strip() for one in text.split(","))
    return frozenset(one.strip('"') for one in named if one and not one.startswith("W/"))


def moment_ms(text: str) -> int | None:
    """An HTTP date; what is none counts as not given (RFC 9110 §13.1.3)."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def range_of(text: str | None) -> ByteRange | None:
    """One range of bytes. Raises `InvalidArgument` for several and for none that can be."""
    if text is None:
        return None
    found = RANGE.fullmatch(text.strip().replace(" ", ""))
    if found is None or found[1] == found[2] == "" or len(text) > 60:
        raise InvalidArgument(reason=f"invalid range: {text}")
    first, last = found[1], found[2]
    if not first:
        return ByteRange(suffix=int(last))
    if not last:
        return ByteRange(int(first))
    if int(last) < int(first):
        raise InvalidArgument(reason="range must be positive.")
    return ByteRange(int(first), int(last) - int(first) + 1)


def object_headers(stored: StoredObject, overrides: Mapping[str, str]) -> Headers:
    """What an object is served with; `overrides` are a query's `response-…` parameters."""
    headers: Headers = [
        (b"etag", quoted(stored.etag)),
        (b"last-modified", http_date(stored.uploaded_ms // 1000)),
        (b"accept-ranges", b"bytes"),
        *content_headers(stored.http, overrides),
    ]
    if stored.storage_class != STANDARD:
        headers.append((b"x-amz-storage-class", S3_CLASSES[stored.storage_class].encode()))
    if stored.ssec is not None:
        headers += ssec_headers(stored.ssec)
    return headers + custom_headers(stored.custom) if stored.custom else headers


def content_headers(http: HttpMetadata, overrides: Mapping[str, str]) -> Headers:
    """How the content is to be taken: as the object says, or as the query would have it."""
    if not overrides and http is PLAIN:
        return [(b"content-type", DEFAULT_TYPE.encode())]
    expires = http.cache_expiry_ms
    named = {
        "content-type": http.content_type or DEFAULT_TYPE,
        "content-language": http.content_language,
        "content-disposition": http.content_disposition,
        "content-encoding": http.content_encoding,
        "cache-control": http.cache_control,
        "expires": None if expires is None else http_date(expires // 1000).decode(),
    }
    if overrides:
        named |= {
            name: overrides[f"response-{name}"] for name in named if f"response-{name}" in overrides
        }
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in named.items()
        if value is not None and is_safe(value)
    ]


def custom_headers(custom: Mapping[str, str]) -> Headers:
    """User metadata; what no header can carry is counted in `x-amz-missing-meta`."""
    shown = [(name, value) for name, value in custom.items() if is_token(name)]
    headers = [
        (f"{META}{name.lower()}".encode(), encoded_word(value).encode()) for name, value in shown
    ]
    if len(shown) < len(custom):
        headers.append((b"x-amz-missing-meta", b"%d" % (len(custom) - len(shown))))
    return headers


def checksum_headers(stored: StoredObject) -> Headers:
    # A Worker may have given a SHA-384 or SHA-512, which S3 does not know.
    if stored.checksum is None or stored.checksum.algorithm not in CHECKSUM_BYTES:
        return []
    name = f"x-amz-checksum-{stored.checksum.algorithm.lower()}"
    kind = b"COMPOSITE" if stored.checksum.composite else b"FULL_OBJECT"
    return [
        (name.encode(), stored.checksum.value.encode()),
        (b"x-amz-checksum-type", kind),
    ]


def ssec_headers(ssec: str | None) -> Headers:
    if ssec is None:
        return []
    return [
        (f"{SSE}-customer-algorithm".encode(), b"AES256"),
        (f"{SSE}-customer-key-md5".encode(), ssec.encode()),
    ]


def encoded_word(value: str) -> str:
    """As it is where a header can hold it, else as one RFC 2047 word."""
    if value.isascii() and value.isprintable() and value == value.strip() and "=?" not in value:
        return value
    return f"=?utf-8?B?{b64encode(value.encode()).decode()}?="


def is_safe(value: str) -> bool:
    """Whether a header can hold it: no line ends, no controls."""
    return value.isprintable() or all(char == "\t" or char >= " " for char in value)


def is_token(name: str) -> bool:
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def quoted(etag: str) -> bytes:
    return f'"{etag}"'.encode()


@lru_cache(maxsize=4_096)
def http_date(seconds: int) -> bytes:
    """From epoch seconds. Objects that arrive together share it."""
    return formatdate(seconds, usegmt=True).encode()


def iso_date(moment: int) -> str:
    """`2026-01-03T09:40:38.123Z`, from epoch milliseconds."""
    seconds, milliseconds = divmod(moment, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def check_encryption(headers: Mapping[str, str]) -> None:
    """R2 encrypts everything, and takes S3's word for that alone."""
    named = headers.get(SSE)
    if named not in (None, "AES256"):
        raise NotImplementedByR2(what=f"Header '{SSE}' with value '{named}'")
    if headers.get(f"{SSE}-customer-algorithm") and named:
        raise InvalidArgument(reason="Server Side Encryption is specified twice.")
