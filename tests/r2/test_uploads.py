"""Multipart uploads: parts, their rules, and the object they become."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import (
    EntityTooLarge,
    EntityTooSmall,
    InvalidArgument,
    InvalidPart,
    MetadataTooLarge,
    NoSuchUpload,
    PreconditionFailed,
    UnequalParts,
)
from emulator.r2.limits import MAX_OBJECT_BYTES, MAX_UPLOAD_BYTES, MIN_PART_BYTES
from emulator.r2.models import INFREQUENT, Attributes, Conditions, HttpMetadata, Part
from emulator.r2.store import R2Store
from emulator.r2.uploads import check_sizes, choose
from tests.r2.stores import LARGE, chosen, files, put_part, read

PART = (b"0123456789abcdef" * (MIN_PART_BYTES // 16 + 1))[:MIN_PART_BYTES]
TWO_PARTS = PART + b"the end"
# The MD5 of both parts' MD5s.
TWO_PARTS_ETAG = "2cee421f1404f02d0f7498f6947d28fe-2"


def begin(r2: R2Store, bucket: BucketStore, key: str = "big", **said: str) -> tuple[str, str]:
    upload = r2.commit_now(lambda: bucket.uploads.create(key, Attributes(custom=said)))
    return key, upload.id


def sizes(*of: int) -> list[Part]:
    return [Part(number, size, "etag", 0) for number, size in enumerate(of, start=1)]


@pytest.fixture
def upload(r2: R2Store, bucket: BucketStore) -> tuple[str, str]:
    return begin(r2, bucket)


async def test_parts_become_an_object(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str]
) -> None:
    first = await put_part(r2, bucket, upload, 1, PART)
    last = await put_part(r2, bucket, upload, 7, b"the end")

    stored = await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(first, last)))

    assert read(bucket, "big") == TWO_PARTS
    assert (stored.etag, stored.size) == (TWO_PARTS_ETAG, len(TWO_PARTS))
    with bucket.get("big", part=2).source as source:
        assert source.read(99) == b"the end"
    with pytest.raises(NoSuchUpload):
        bucket.uploads.get(*upload)


async def test_the_object_is_what_the_upload_was_begun_as(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    said = Attributes(HttpMetadata("text/plain"), {"a": "b"}, INFREQUENT, "key")
    upload_id = r2.commit_now(lambda: bucket.uploads.create("big", said)).id
    part = await put_part(r2, bucket, ("big", upload_id), 1, b"")
    clock.advance(9)

    await r2.commit(lambda: bucket.uploads.complete("big", upload_id, chosen(part)))

    stored = bucket.head("big", ssec="key")
    assert Attributes(stored.http, stored.custom, stored.storage_class, stored.ssec) == said
    assert stored.uploaded_ms == clock.now() * 1000


async def test_nothing_is_seen_of_an_upload_before_it_is_complete(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str]
) -> None:
    bucket.write("big", b"old")

    await put_part(r2, bucket, upload, 1, b"new")

    assert read(bucket, "big") == b"old"
    assert [one.size for one in bucket.list().objects] == [3]


async def test_the_last_upload_of_a_part_counts(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path
) -> None:
    first = await put_part(r2, bucket, upload, 1, b"first")
    second = await put_part(r2, bucket, upload, 1, b"second")
    assert [path.read_bytes() for path in files(tmp_path / "r2")] == [b"second"]

    with pytest.raises(InvalidPart):
        bucket.uploads.complete(*upload, chosen(first))
    await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(second)))
    assert read(bucket, "big") == b"second"


@pytest.mark.parametrize("number", [0, -1, 10_001])
async def test_parts_are_numbered_1_to_10000(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path, number: int
) -> None:
    with pytest.raises(InvalidArgument, match="between 1 and 10000"):
        await put_part(r2, bucket, upload, number, LARGE)
    assert files(tmp_path / "r2") == []


async def test_a_part_of_an_unknown_upload_is_refused_and_gone(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path
) -> None:
    for key, upload_id in (("big", "unknown"), ("another", upload[1])):
        with pytest.raises(NoSuchUpload):
            await put_part(r2, bucket, (key, upload_id), 1, LARGE)

    assert files(tmp_path / "r2") == []


def test_all_parts_but_the_last_are_5_mebibytes_or_more() -> None:
    check_sizes(sizes(1))
    check_sizes(sizes(MIN_PART_BYTES, MIN_PART_BYTES, 0))

    with pytest.raises(EntityTooSmall, match="smaller than the minimum"):
        check_sizes(sizes(MIN_PART_BYTES - 1, 1))


@pytest.mark.parametrize("odd", [(0, 1, 0), (0, 0, 1), (1, 0, 0)])
def test_all_parts_but_the_last_are_of_one_size(odd: Sequence[int]) -> None:
    with pytest.raises(UnequalParts, match="All non-trailing parts must have the same length"):
        check_sizes(sizes(*(MIN_PART_BYTES + one for one in odd)))


def test_parts_and_objects_have_a_greatest_size(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str]
) -> None:
    content = r2.incoming(part=True).finish()
    with pytest.raises(EntityTooLarge):
        bucket.uploads.put_part(*upload, 1, replace(content, size=MAX_UPLOAD_BYTES + 1))
    with pytest.raises(EntityTooLarge):
        check_sizes(sizes(*[MAX_OBJECT_BYTES // 2] * 2, 2))
    r2.drop(content)


def test_parts_are_chosen_once_by_their_number_and_etag() -> None:
    there = sizes(5, 5, 5)
    one, two, three = chosen(*there)

    assert choose(there, [three, one]) == [there[0], there[2]]
    for wrong in ([], [one, one], [replace(two, etag="other")], [replace(two, number=9)]):
        with pytest.raises(InvalidPart):
            choose(there, wrong)


async def test_parts_that_were_not_chosen_are_dropped(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path
) -> None:
    await put_part(r2, bucket, upload, 1, b"one")
    two = await put_part(r2, bucket, upload, 2, b"two")

    await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(two)))

    assert [path.read_bytes() for path in files(tmp_path / "r2")] == [b"two"]
    assert read(bucket, "big") == b"two"


async def test_a_refused_completion_changes_nothing(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str]
) -> None:
    bucket.write("big", b"old")
    part = await put_part(r2, bucket, upload, 1, b"new")
    absent_only = Conditions(none_match=frozenset("*"))

    with pytest.raises(PreconditionFailed):
        await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(part), absent_only))

    assert read(bucket, "big") == b"old"
    assert bucket.uploads.parts(*upload).parts == [part]


async def test_an_aborted_upload_leaves_nothing(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path
) -> None:
    await put_part(r2, bucket, upload, 1, LARGE)

    await r2.commit(lambda: bucket.uploads.abort(*upload))

    assert files(tmp_path / "r2") == []
    with pytest.raises(NoSuchUpload):
        bucket.uploads.abort(*upload)


async def test_a_completed_object_leaves_nothing_when_it_goes(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str], tmp_path: Path
) -> None:
    first = await put_part(r2, bucket, upload, 1, PART)
    last = await put_part(r2, bucket, upload, 2, b"the end")
    await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(first, last)))
    assert len(files(tmp_path / "r2")) == 2

    bucket.write("big", b"small")

    assert files(tmp_path / "r2") == []


def test_metadata_is_checked_when_the_upload_begins(r2: R2Store, bucket: BucketStore) -> None:
    with pytest.raises(MetadataTooLarge):
        begin(r2, bucket, said="s" * 8_192)


async def test_parts_are_listed_in_pages_by_number(
    r2: R2Store, bucket: BucketStore, upload: tuple[str, str]
) -> None:
    parts = [await put_part(r2, bucket, upload, number, b"x") for number in (3, 1, 2)]
    by_number = sorted(parts, key=lambda part: part.number)

    first = bucket.uploads.parts(*upload, limit=2)
    rest = bucket.uploads.parts(*upload, after=2, limit=2)

    assert (first.parts, first.is_truncated) == (by_number[:2], True)
    assert (rest.parts, rest.is_truncated) == (by_number[2:], False)


def test_uploads_are_listed_by_key_and_age(r2: R2Store, bucket: BucketStore) -> None:
    begun = [begin(r2, bucket, key) for key in ("b", "a", "b", "c")]

    first = bucket.uploads.list(limit=2)
    last = first.uploads[-1]
    rest = bucket.uploads.list(key_marker=last.key, upload_id_marker=last.id)

    shown = [(upload.key, upload.id) for upload in (*first.uploads, *rest.uploads)]
    assert shown == [begun[1], begun[0], begun[2], begun[3]]
    assert (first.is_truncated, rest.is_truncated) == (True, False)


def test_a_key_marker_alone_leaves_its_key_behind(r2: R2Store, bucket: BucketStore) -> None:
    for key in ("a", "a", "b"):
        begin(r2, bucket, key)

    assert [upload.key for upload in bucket.uploads.list(key_marker="a").uploads] == ["b"]


def test_uploads_are_grouped_by_a_delimiter(r2: R2Store, bucket: BucketStore) -> None:
    for key in ("a/1", "a/2", "b", "c/1", "x"):
        begin(r2, bucket, key)

    page = bucket.uploads.list(delimiter="/", limit=3)

    assert [upload.key for upload in page.uploads] == ["b"]
    assert (page.prefixes, page.is_truncated) == (["a/", "c/"], True)
    assert [upload.key for upload in bucket.uploads.list(prefix="a/").uploads] == ["a/1", "a/2"]
