"""Buckets: made, named, configured, removed, found again."""

import shutil
from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import (
    BucketAlreadyExists,
    BucketNotEmpty,
    InvalidArgument,
    InvalidBucketName,
    NoSuchBucket,
)
from emulator.r2.lifecycle import DEFAULT_RULES
from emulator.r2.models import INFREQUENT, STANDARD, Attributes, Usage
from emulator.r2.store import CORS, LIFECYCLE, LOCK, PUBLIC, R2Store
from tests.r2.conftest import FREE
from tests.r2.stores import LARGE, files, put, put_part, read


def reopened(directory: Path, clock: ManualClock) -> R2Store:
    return R2Store(directory, FREE, clock, Ids(seed=2))


@pytest.mark.parametrize("name", ["abc", "a" * 63, "0-0", "my-bucket-1"])
def test_a_name_of_letters_digits_and_hyphens_is_taken(r2: R2Store, name: str) -> None:
    r2.create_bucket(name)

    assert [bucket.name for bucket in r2.list_buckets()] == [name]


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 64, "Shop", "my_shop", "my.shop", "-shop", "shop-", "shöp", "shop\n"]
)
def test_any_other_name_is_refused(r2: R2Store, name: str) -> None:
    with pytest.raises(InvalidBucketName):
        r2.create_bucket(name)


def test_a_name_is_unique_in_its_jurisdiction(r2: R2Store) -> None:
    r2.create_bucket("shop")
    r2.create_bucket("shop", "eu")

    with pytest.raises(BucketAlreadyExists):
        r2.create_bucket("shop", "eu")


def test_jurisdictions_are_apart(r2: R2Store, bucket: BucketStore) -> None:
    r2.create_bucket("shop", "eu")
    bucket.write("key", b"value")

    assert list(r2.bucket("shop", "eu").list().objects) == []
    assert [one.jurisdiction for one in r2.list_buckets("eu")] == ["eu"]
    with pytest.raises(NoSuchBucket):
        r2.get_bucket("shop", "fedramp")


def test_a_new_bucket_lies_where_the_twin_does_and_keeps_standard_objects(
    r2: R2Store, clock: ManualClock
) -> None:
    bucket = r2.create_bucket("shop")

    assert (bucket.location, bucket.storage_class) == ("WEUR", STANDARD)
    assert bucket.created_ms == clock.now() * 1000
    assert r2.configuration(bucket, LIFECYCLE) == {"rules": list(DEFAULT_RULES)}


def test_a_location_hint_is_heeded_in_any_case(r2: R2Store) -> None:
    assert r2.create_bucket("shop", location="apac").location == "APAC"


@pytest.mark.parametrize(
    "options",
    [{"location": "moon"}, {"storage_class": "Glacier"}, {"jurisdiction": "ch"}],
    ids=lambda options: next(iter(options)),
)
def test_a_choice_that_is_none_is_refused(r2: R2Store, options: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match=f"(?i)'{next(iter(options.values()))}'"):
        r2.create_bucket("shop", **options)


def test_the_buckets_class_is_that_of_new_objects(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("before", b"")

    r2.set_storage_class("shop", INFREQUENT)
    r2.bucket("shop").write("after", b"")

    classes = {one.key: one.storage_class for one in r2.bucket("shop").list().objects}
    assert classes == {"after": INFREQUENT, "before": STANDARD}


def test_buckets_are_listed_by_name(r2: R2Store) -> None:
    for name in ("bbb", "ccc", "aaa"):
        r2.create_bucket(name)

    assert [bucket.name for bucket in r2.list_buckets()] == ["aaa", "bbb", "ccc"]


def test_only_an_empty_bucket_is_deleted(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"value")

    with pytest.raises(BucketNotEmpty):
        r2.delete_bucket("shop")

    r2.commit_now(lambda: bucket.delete("key"))
    r2.delete_bucket("shop")
    assert list(r2.list_buckets()) == []


def test_what_is_not_there_cannot_be_deleted(r2: R2Store) -> None:
    with pytest.raises(NoSuchBucket):
        r2.delete_bucket("shop")


async def test_a_bucket_takes_its_uploads_and_rules_along(
    r2: R2Store, bucket: BucketStore, tmp_path: Path
) -> None:
    upload = r2.commit_now(lambda: bucket.uploads.create("key", Attributes()))
    await put_part(r2, bucket, ("key", upload.id), 1, b"part")
    r2.configure(bucket.bucket, CORS, {"rules": []})

    r2.delete_bucket("shop")
    again = r2.create_bucket("shop")

    assert files(tmp_path / "r2") == []
    assert list(r2.bucket("shop").uploads.list().uploads) == []
    assert r2.configuration(again, CORS) is None


def test_a_configuration_is_replaced_and_removed(r2: R2Store, bucket: BucketStore) -> None:
    r2.configure(bucket.bucket, CORS, {"rules": [1]})
    r2.configure(bucket.bucket, CORS, {"rules": [2]})
    assert r2.configuration(bucket.bucket, CORS) == {"rules": [2]}

    r2.configure(bucket.bucket, CORS, None)
    assert r2.configuration(bucket.bucket, CORS) is None


def test_a_configuration_has_at_most_1000_rules(r2: R2Store, bucket: BucketStore) -> None:
    rule = {"id": "hold", "condition": {"type": "Indefinite"}}
    r2.configure(bucket.bucket, LOCK, {"rules": [rule] * 1_000})

    with pytest.raises(InvalidArgument, match="at most 1000 rules"):
        r2.configure(bucket.bucket, LOCK, {"rules": [rule] * 1_001})


def test_a_public_address_leads_to_a_bucket_that_is_public(
    r2: R2Store, bucket: BucketStore
) -> None:
    public_id = bucket.bucket.public_id
    assert r2.public_bucket(public_id) is None

    r2.configure(bucket.bucket, PUBLIC, {"enabled": True})

    found = r2.public_bucket(public_id)
    assert found is not None
    assert found.bucket == bucket.bucket
    assert r2.public_bucket("0" * 32) is None


async def test_usage_counts_objects_and_uploads_by_class(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"12345", custom={"a": "b"})
    await put(r2, bucket, "cold", LARGE, attributes=Attributes(storage_class=INFREQUENT))
    upload = r2.commit_now(lambda: bucket.uploads.create("big", Attributes()))
    await put_part(r2, bucket, ("big", upload.id), 1, b"123")

    published, uploading = r2.usage()

    assert published[STANDARD] == Usage(1, 5, len("key") + len('{"a":"b"}'))
    assert published[INFREQUENT] == Usage(1, len(LARGE), len("cold"))
    assert uploading == {STANDARD: Usage(1, 3, 0)}


async def test_everything_is_there_after_reopening(
    r2: R2Store, bucket: BucketStore, tmp_path: Path, clock: ManualClock
) -> None:
    bucket.write("small", b"value", custom={"name": "wert"})
    large = bucket.write("large", LARGE)
    upload = r2.commit_now(lambda: bucket.uploads.create("big", Attributes()))
    part = await put_part(r2, bucket, ("big", upload.id), 1, b"part")
    r2.configure(bucket.bucket, CORS, {"rules": []})
    r2.close()

    again = reopened(tmp_path / "r2", clock)
    store = again.bucket("shop")

    assert store.bucket == bucket.bucket
    assert read(store, "small") == b"value"
    assert store.head("small").custom == {"name": "wert"}
    assert (read(store, "large"), store.head("large").etag) == (LARGE, large.etag)
    assert store.uploads.parts("big", upload.id).parts == [part]
    assert again.configuration(store.bucket, CORS) == {"rules": []}
    again.close()


async def test_after_a_crash_orphans_are_swept_and_nothing_else(
    r2: R2Store, bucket: BucketStore, tmp_path: Path, clock: ManualClock
) -> None:
    bucket.write("large", LARGE)
    upload = r2.commit_now(lambda: bucket.uploads.create("big", Attributes()))
    await put_part(r2, bucket, ("big", upload.id), 1, b"part")
    kept = {path.name for path in files(tmp_path / "r2")}
    sealed = r2.incoming(part=True)
    sealed.write(LARGE)
    sealed.finish()
    unsealed = r2.incoming(part=True)
    unsealed.write(LARGE)
    assert len(files(tmp_path / "r2")) == len(kept) + 2

    shutil.copytree(tmp_path / "r2", tmp_path / "crashed")
    again = reopened(tmp_path / "crashed", clock)

    assert {path.name for path in files(tmp_path / "crashed")} == kept
    assert read(again.bucket("shop"), "large") == LARGE
    again.close()
    unsealed.discard()
