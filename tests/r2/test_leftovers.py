"""Blobs on disk: there as long as somebody needs them, and no longer."""

from pathlib import Path

import pytest

from emulator.r2.bucket import BucketStore
from emulator.r2.conditions import NotModified
from emulator.r2.errors import (
    InvalidObjectName,
    InvalidRange,
    MetadataTooLarge,
    PreconditionFailed,
)
from emulator.r2.models import Attributes, ByteRange, Conditions
from emulator.r2.store import R2Store
from tests.r2.stores import LARGE, files, put, read

ABSENT_ONLY = Conditions(none_match=frozenset("*"))


def test_a_refused_reading_holds_no_blob(r2: R2Store, bucket: BucketStore, tmp_path: Path) -> None:
    etag = bucket.write("key", LARGE).etag
    with pytest.raises(InvalidRange):
        bucket.get("key", wanted=ByteRange(len(LARGE)))
    with pytest.raises(NotModified):
        bucket.get("key", Conditions(none_match=frozenset({etag})))

    r2.commit_now(lambda: bucket.delete("key"))

    assert files(tmp_path / "r2") == []


async def test_nothing_is_left_of_a_put_that_fails(
    r2: R2Store, bucket: BucketStore, tmp_path: Path
) -> None:
    bucket.write("key", b"small")

    with pytest.raises(PreconditionFailed):
        await put(r2, bucket, "key", LARGE, conditions=ABSENT_ONLY)
    with pytest.raises(InvalidObjectName):
        await put(r2, bucket, "", LARGE)
    with pytest.raises(MetadataTooLarge):
        await put(r2, bucket, "key", LARGE, attributes=Attributes(custom={"a": "b" * 9_000}))

    assert files(tmp_path / "r2") == []
    assert read(bucket, "key") == b"small"


async def test_nothing_is_left_of_what_was_overwritten_or_deleted(
    r2: R2Store, bucket: BucketStore, tmp_path: Path
) -> None:
    for key in ("overwritten", "shrunk", "deleted", "together"):
        await put(r2, bucket, key, LARGE)
    assert len(files(tmp_path / "r2")) == 4

    await put(r2, bucket, "overwritten", LARGE[::-1])
    await put(r2, bucket, "shrunk", b"small")
    await r2.commit(lambda: bucket.delete("deleted"))
    await r2.commit(lambda: bucket.delete_many(["together", "absent"]))

    assert [path.read_bytes() for path in files(tmp_path / "r2")] == [LARGE[::-1]]


@pytest.mark.parametrize("ending", ["overwrite", "delete"])
async def test_a_reading_goes_on_whatever_becomes_of_the_object(
    r2: R2Store, bucket: BucketStore, tmp_path: Path, ending: str
) -> None:
    bucket.write("key", LARGE)
    source = bucket.get("key").source
    begun = source.read(10)

    if ending == "overwrite":
        await put(r2, bucket, "key", b"other")
    else:
        await r2.commit(lambda: bucket.delete("key"))

    assert begun + source.read(len(LARGE)) == LARGE
    source.close()
    assert files(tmp_path / "r2") == []
