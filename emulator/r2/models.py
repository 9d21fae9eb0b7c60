"""What R2 holds, in our words. Moments are whole epoch milliseconds, as R2 shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, NamedTuple

STANDARD, INFREQUENT = "Standard", "InfrequentAccess"
STORAGE_CLASSES = (STANDARD, INFREQUENT)
DEFAULT_JURISDICTION = "default"
JURISDICTIONS = (DEFAULT_JURISDICTION, "eu", "us", "fedramp", "fedramp-high")

Metadata = Mapping[str, str]
NOTHING: Metadata = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bucket:
    """`number` is short and never used twice; `public_id` names its public address."""

    number: int
    name: str
    jurisdiction: str
    location: str
    storage_class: str
    created_ms: int
    public_id: str


@dataclass(frozen=True, slots=True)
class HttpMetadata:
    """The headers an object is served with, by R2's names for them."""

    content_type: str | None = None
    content_language: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    cache_control: str | None = None
    cache_expiry_ms: int | None = None

    def to_row(self) -> dict[str, Any]:
        """What is set, for the catalogue."""
        named = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: value for name, value in named if value is not None}


# Of an object whose writer said nothing.
PLAIN = HttpMetadata()


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest in base64 by S3's name of its algorithm: CRC32, CRC32C, CRC64NVME, SHA1, SHA256.

    `composite` is one made of the parts' digests.
    """

    algorithm: str
    value: str
    composite: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of bytes in a blob; an object's pieces in order are its content."""

    blob: str
    size: int


class StoredObject(NamedTuple):
    """An object as the catalogue knows it. `etag` has no quotes; one just written no `number`.

    `data` is the content of a small object; a larger one's lies in `parts` blobs. `ssec` is
    the MD5 in base64 of the customer's key, if it has one.
    """

    number: int
    key: str
    version: str
    size: int
    etag: str
    uploaded_ms: int
    storage_class: str = STANDARD
    http: HttpMetadata = HttpMetadata()
    custom: Metadata = NOTHING
    checksum: Checksum | None = None
    ssec: str | None = None
    parts: int = 0
    data: bytes | None = None

    @property
    def is_multipart(self) -> bool:
        return "-" in self.etag


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a writer says of an object beside its bytes."""

    http: HttpMetadata = HttpMetadata()
    custom: Metadata = field(default_factory=dict)
    storage_class: str | None = None
    ssec: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold of an object before it is read, written or copied. ETags have no quotes.

    `*` among `match` or `none_match` stands for any object. `to_the_second` compares moments
    as HTTP's dates can say them.
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None
    modified_since_ms: int | None = None
    unmodified_since_ms: int | None = None
    to_the_second: bool = True

    def __bool__(self) -> bool:
        return self != UNCONDITIONAL


UNCONDITIONAL = Conditions()


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `offset`, or the last `suffix` bytes; `length` None: to the end."""

    offset: int = 0
    length: int | None = None
    suffix: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """A page of a listing by the keys' bytes. `cursor` continues it; None on the last page."""

    objects: Sequence[StoredObject]
    prefixes: Sequence[str] = ()
    cursor: str | None = None
    # The last key or prefix shown, from which an S3 V1 listing goes on.
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that is neither complete nor aborted."""

    id: str
    number: int
    key: str
    created_ms: int
    attributes: Attributes = field(default_factory=Attributes)
    checksum_algorithm: str | None = None


@dataclass(frozen=True, slots=True)
class UploadPage:
    uploads: Sequence[Upload]
    prefixes: Sequence[str] = ()
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    size: int
    etag: str
    uploaded_ms: int
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class PartPage:
    parts: Sequence[Part]
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class ChosenPart:
    """A part as the one who completes an upload names it."""

    number: int
    etag: str
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a bucket holds, of one storage class: published objects or unfinished uploads."""

    objects: int = 0
    payload_bytes: int = 0
    metadata_bytes: int = 0
