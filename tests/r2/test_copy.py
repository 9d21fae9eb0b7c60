"""Copies: objects of their own over the same bytes."""

from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.digests import checksum
from emulator.r2.errors import NoSuchKey, PreconditionFailed
from emulator.r2.models import Attributes, Conditions, StoredObject
from emulator.r2.store import R2Store
from tests.r2.stores import LARGE, files, read


def same_attributes(stored: StoredObject) -> Attributes:
    return Attributes(stored.http, stored.custom)


def copy(r2: R2Store, source: BucketStore, key: str, target: BucketStore, to: str) -> StoredObject:
    return r2.commit_now(lambda: target.copy(source, key, to, same_attributes))


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
def test_a_copy_is_an_object_of_its_own(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, data: bytes
) -> None:
    source = bucket.write("key", data, custom={"a": "b"})
    r2.create_bucket("other")
    other = r2.bucket("other")
    clock.advance(5)

    copied = copy(r2, bucket, "key", other, "copy")
    r2.commit_now(lambda: bucket.delete("key"))

    assert read(other, "copy") == data
    assert (copied.etag, copied.custom) == (source.etag, {"a": "b"})
    assert copied.uploaded_ms == source.uploaded_ms + 5_000
    assert copied.version != source.version


def test_copies_share_their_blobs(r2: R2Store, bucket: BucketStore, tmp_path: Path) -> None:
    bucket.write("key", LARGE)
    copy(r2, bucket, "key", bucket, "copy")
    assert len(files(tmp_path / "r2")) == 1

    r2.commit_now(lambda: bucket.delete("key"))
    assert read(bucket, "copy") == LARGE

    r2.commit_now(lambda: bucket.delete("copy"))
    assert files(tmp_path / "r2") == []


def test_a_large_object_may_be_copied_to_itself(
    r2: R2Store, bucket: BucketStore, tmp_path: Path
) -> None:
    bucket.write("key", LARGE)

    r2.commit_now(
        lambda: bucket.copy(bucket, "key", "key", lambda _: Attributes(custom={"a": "b"}))
    )

    assert (read(bucket, "key"), bucket.head("key").custom) == (LARGE, {"a": "b"})
    assert len(files(tmp_path / "r2")) == 1


def test_a_copy_keeps_the_checksum(r2: R2Store, bucket: BucketStore) -> None:
    content = r2.incoming(["CRC32"]).finish()
    given = checksum("CRC32", content.digests["CRC32"])
    r2.commit_now(lambda: bucket.put("key", content, Attributes(), checksum=given))

    copy(r2, bucket, "key", bucket, "copy")

    assert bucket.head("copy").checksum == given


def test_conditions_hold_for_source_and_copy(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"value")
    never = Conditions(match=frozenset({"another"}))

    with pytest.raises(NoSuchKey):
        bucket.copy(bucket, "absent", "copy", same_attributes)
    with pytest.raises(PreconditionFailed):
        bucket.copy(bucket, "key", "copy", same_attributes, source_conditions=never)
    with pytest.raises(PreconditionFailed):
        bucket.copy(
            bucket, "key", "key", same_attributes, conditions=Conditions(none_match=frozenset("*"))
        )
