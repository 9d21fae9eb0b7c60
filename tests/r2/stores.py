"""Short ways to fill a bucket, and to look at what lies on disk."""

from pathlib import Path

from emulator.r2.bucket import BucketStore
from emulator.r2.content import INLINE_BYTES
from emulator.r2.digests import checksum
from emulator.r2.models import (
    UNCONDITIONAL,
    Attributes,
    ByteRange,
    ChosenPart,
    Conditions,
    Part,
    StoredObject,
)
from emulator.r2.store import R2Store

# So large that it lies in a file of its own.
LARGE = bytes(range(256)) * 256
assert len(LARGE) > INLINE_BYTES


async def put(
    r2: R2Store,
    bucket: BucketStore,
    key: str,
    data: bytes,
    *,
    conditions: Conditions = UNCONDITIONAL,
    attributes: Attributes | None = None,
) -> StoredObject:
    """Put as a door does it."""
    incoming = r2.incoming()
    incoming.write(data)
    content = incoming.finish()
    given = attributes or Attributes()
    return await r2.keep(content, lambda: bucket.put(key, content, given, conditions))


async def put_part(
    r2: R2Store,
    bucket: BucketStore,
    upload: tuple[str, str],
    number: int,
    data: bytes,
    algorithm: str | None = None,
) -> Part:
    """Add a part to the upload, which is its key and its id."""
    incoming = r2.incoming([algorithm] if algorithm else [], part=True)
    incoming.write(data)
    content = incoming.finish()
    given = checksum(algorithm, content.digests[algorithm]) if algorithm else None
    key, upload_id = upload
    return await r2.keep(
        content, lambda: bucket.uploads.put_part(key, upload_id, number, content, given)
    )


def chosen(*parts: Part) -> list[ChosenPart]:
    return [ChosenPart(part.number, part.etag) for part in parts]


def read(bucket: BucketStore, key: str, wanted: ByteRange | None = None) -> bytes:
    with bucket.get(key, wanted=wanted).source as source:
        return source.read(source.left)


def files(directory: Path) -> list[Path]:
    """The blobs below a store's directory, those that are being written included."""
    return sorted(path for path in (directory / "blobs").rglob("*") if path.is_file())
