"""Objects: written, read, copied, deleted, and what stays on disk of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.r2.bucket import BucketStore
from emulator.r2.content import INLINE_BYTES
from emulator.r2.errors import (
    EntityTooLarge,
    InvalidArgument,
    InvalidObjectName,
    InvalidPart,
    InvalidRange,
    InvalidRequest,
    MetadataTooLarge,
    MissingSecurityHeader,
    NoSuchKey,
    PreconditionFailed,
    TooManyRequests,
)
from emulator.r2.limits import MAX_UPLOAD_BYTES
from emulator.r2.models import (
    INFREQUENT,
    Attributes,
    ByteRange,
    Conditions,
    HttpMetadata,
)
from emulator.r2.store import R2Store
from tests.r2.stores import LARGE, files, put, read

ABSENT_ONLY = Conditions(none_match=frozenset("*"))


@pytest.mark.parametrize("size", [0, 1, INLINE_BYTES, INLINE_BYTES + 1, 1_000_000])
def test_what_was_put_is_read(bucket: BucketStore, size: int) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]

    stored = bucket.write("key", data)

    assert read(bucket, "key") == data
    assert bucket.head("key").size == size
    assert bucket.head("key").etag == stored.etag


def test_only_larger_objects_are_files(bucket: BucketStore, tmp_path: Path) -> None:
    bucket.write("small", bytes(INLINE_BYTES))
    assert files(tmp_path / "r2") == []

    bucket.write("large", bytes(INLINE_BYTES + 1))
    assert [path.stat().st_size for path in files(tmp_path / "r2")] == [INLINE_BYTES + 1]


async def test_an_object_keeps_what_its_writer_said(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    http = HttpMetadata("text/plain", "de", "inline", "gzip", "no-store", 1_000)
    given = Attributes(http, {"name": "wert ✓"}, INFREQUENT)

    await put(r2, bucket, "key", b"value", attributes=given)
    stored = bucket.head("key")

    assert Attributes(stored.http, stored.custom, stored.storage_class) == given
    assert stored.uploaded_ms == clock.now() * 1000
    assert stored.etag == "2063c1608d6e0baf80249c42e2be5804"


@pytest.mark.parametrize("data", [b"new", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("old", [b"old", LARGE[::-1]], ids=["small", "large"])
def test_the_last_put_stays(bucket: BucketStore, old: bytes, data: bytes) -> None:
    first = bucket.write("key", old, custom={"a": "b"})

    second = bucket.write("key", data)

    assert read(bucket, "key") == data
    assert bucket.head("key").custom == {}
    assert second.version != first.version


def test_what_is_absent_is_told(bucket: BucketStore) -> None:
    with pytest.raises(NoSuchKey, match="The specified key does not exist"):
        bucket.get("absent")
    with pytest.raises(NoSuchKey):
        bucket.head("absent")


@pytest.mark.parametrize("key", ["k" * 1_024, "é" * 512, "..", ".", "/", "a//b", "\0", " "])
def test_a_key_is_any_text_of_up_to_1024_bytes(bucket: BucketStore, key: str) -> None:
    bucket.write(key, b"value")

    assert read(bucket, key) == b"value"
    assert [stored.key for stored in bucket.list().objects] == [key]


@pytest.mark.parametrize("key", ["", "k" * 1_025, "é" * 513])
def test_a_key_that_is_empty_or_longer_is_refused(bucket: BucketStore, key: str) -> None:
    with pytest.raises(InvalidObjectName):
        bucket.write(key, b"")
    with pytest.raises(InvalidObjectName):
        bucket.get(key)


def test_metadata_has_at_most_8192_bytes(bucket: BucketStore) -> None:
    bucket.write("key", b"", custom={"é": "v" * 8_190})

    with pytest.raises(MetadataTooLarge):
        bucket.write("key", b"", custom={"é": "v" * 8_191})


async def test_one_upload_is_less_than_5_gigabytes(r2: R2Store, bucket: BucketStore) -> None:
    content = r2.incoming().finish()
    allowed = replace(content, size=MAX_UPLOAD_BYTES)
    r2.commit_now(lambda: bucket.put("key", allowed, Attributes()))

    with pytest.raises(EntityTooLarge):
        bucket.put("key", replace(content, size=MAX_UPLOAD_BYTES + 1), Attributes())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ByteRange(0, 3), LARGE[:3]),
        (ByteRange(1_000), LARGE[1_000:]),
        (ByteRange(len(LARGE) - 1, 100), LARGE[-1:]),
        (ByteRange(suffix=5), LARGE[-5:]),
        (ByteRange(suffix=10**9), LARGE),
    ],
)
def test_a_range_is_cut_out(bucket: BucketStore, wanted: ByteRange, expected: bytes) -> None:
    bucket.write("large", LARGE)
    bucket.write("small", LARGE[:100])

    assert read(bucket, "large", wanted) == expected
    with bucket.get("large", wanted=wanted).source as source:
        assert source.left == len(expected)


@pytest.mark.parametrize("data", [b"0123456789", LARGE], ids=["small", "large"])
def test_a_range_behind_the_end_is_refused(bucket: BucketStore, data: bytes) -> None:
    bucket.write("key", data)
    bucket.write("empty", b"")

    for wanted in (ByteRange(len(data)), ByteRange(suffix=0)):
        with pytest.raises(InvalidRange):
            bucket.get("key", wanted=wanted)
    with pytest.raises(InvalidRange):
        bucket.get("empty", wanted=ByteRange(suffix=1))


def test_part_1_of_a_plain_object_is_the_whole(bucket: BucketStore) -> None:
    bucket.write("key", b"value")

    with bucket.get("key", part=1).source as source:
        assert source.read(99) == b"value"
    with pytest.raises(InvalidPart):
        bucket.get("key", part=2)


async def test_a_put_that_is_only_for_absent_keys_comes_once(
    r2: R2Store, bucket: BucketStore
) -> None:
    await put(r2, bucket, "key", b"first", conditions=ABSENT_ONLY)

    with pytest.raises(PreconditionFailed):
        await put(r2, bucket, "key", b"second", conditions=ABSENT_ONLY)
    assert read(bucket, "key") == b"first"


async def test_a_put_may_name_the_version_it_replaces(r2: R2Store, bucket: BucketStore) -> None:
    first = bucket.write("key", b"first")
    if_first = Conditions(match=frozenset({first.etag}))

    await put(r2, bucket, "key", b"second", conditions=if_first)

    with pytest.raises(PreconditionFailed):
        await put(r2, bucket, "key", b"third", conditions=if_first)
    assert read(bucket, "key") == b"second"


def test_deleting_what_is_absent_is_no_error(r2: R2Store, bucket: BucketStore) -> None:
    r2.commit_now(lambda: bucket.delete("absent"))

    assert r2.commit_now(lambda: bucket.delete_many(["a", "b"])) == {"a": None, "b": None}


def test_of_many_the_bad_keys_are_named(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"value")

    outcome = r2.commit_now(lambda: bucket.delete_many(["key", "k" * 1_025]))

    assert outcome["key"] is None
    assert isinstance(outcome["k" * 1_025], InvalidObjectName)
    assert list(bucket.list().objects) == []


def test_at_most_1000_are_deleted_together(bucket: BucketStore) -> None:
    with pytest.raises(InvalidArgument):
        bucket.delete_many([f"{number}" for number in range(1_001)])


async def test_the_customers_key_opens_what_it_closed(r2: R2Store, bucket: BucketStore) -> None:
    await put(r2, bucket, "closed", b"value", attributes=Attributes(ssec="key"))
    bucket.write("open", b"value")

    assert bucket.head("closed", ssec="key").ssec == "key"
    with pytest.raises(MissingSecurityHeader):
        bucket.get("closed")
    with pytest.raises(InvalidRequest, match="did not match"):
        bucket.get("closed", ssec="another")
    with pytest.raises(InvalidRequest, match="not applicable"):
        bucket.get("open", ssec="key")


def test_one_key_is_written_once_a_second(tmp_path: Path, clock: ManualClock) -> None:
    r2 = R2Store(tmp_path / "r2", Settings(), clock, Ids(seed=1))
    r2.create_bucket("shop")
    bucket = r2.bucket("shop")
    bucket.write("key", b"first")
    bucket.write("other", b"first")

    clock.advance(0.9)
    with pytest.raises(TooManyRequests):
        bucket.write("key", LARGE)
    assert files(tmp_path / "r2") == []

    clock.advance(0.1)
    bucket.write("key", b"second")
    assert read(bucket, "key") == b"second"
    r2.close()


def test_a_refused_put_does_not_count_as_a_write(tmp_path: Path, clock: ManualClock) -> None:
    r2 = R2Store(tmp_path / "r2", Settings(), clock, Ids(seed=1))
    r2.create_bucket("shop")
    bucket = r2.bucket("shop")
    with pytest.raises(MetadataTooLarge):
        bucket.write("key", b"", custom={"a": "b" * 9_000})

    bucket.write("key", b"first")

    assert read(bucket, "key") == b"first"
    r2.close()
