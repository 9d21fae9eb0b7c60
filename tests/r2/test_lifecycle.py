"""Lifecycle rules hold from the moment on that they name, whenever the disk is freed."""

from pathlib import Path
from typing import Any

import pytest

from emulator.core.clock import ManualClock, iso
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import NoSuchKey, NoSuchUpload
from emulator.r2.models import INFREQUENT, STANDARD, Attributes, Conditions
from emulator.r2.store import LIFECYCLE, R2Store
from tests.r2.stores import LARGE, files, put, put_part, read

DAY = 86_400
Json = dict[str, Any]


def age(seconds: int) -> Json:
    return {"condition": {"type": "Age", "maxAge": seconds}}


def expiring(transition: Json, prefix: str = "", *, enabled: bool = True) -> Json:
    return {
        "id": "expire",
        "enabled": enabled,
        "conditions": {"prefix": prefix},
        "deleteObjectsTransition": transition,
    }


def with_rules(r2: R2Store, *rules: Json) -> BucketStore:
    """The bucket from now on."""
    r2.configure(r2.get_bucket("shop"), LIFECYCLE, {"rules": list(rules)})
    return r2.bucket("shop")


def keys(bucket: BucketStore) -> list[str]:
    return [stored.key for stored in bucket.list().objects]


def test_an_object_is_gone_at_its_age(r2: R2Store, bucket: BucketStore, clock: ManualClock) -> None:
    bucket.write("key", LARGE)
    bucket = with_rules(r2, expiring(age(DAY)))

    clock.advance(DAY - 1)
    assert read(bucket, "key") == LARGE

    clock.advance(1)
    with pytest.raises(NoSuchKey):
        bucket.get("key")
    with pytest.raises(NoSuchKey):
        bucket.head("key")
    assert keys(bucket) == []


def test_an_object_is_gone_from_a_date_on(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    bucket.write("key", b"value")
    date = {"condition": {"type": "Date", "date": iso(clock.now() + DAY)}}
    bucket = with_rules(r2, expiring(date))

    assert keys(bucket) == ["key"]
    clock.advance(DAY)
    assert keys(bucket) == []


def test_a_rule_is_for_the_keys_with_its_prefix(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    for key in ("logs/a", "log", "other/logs/a"):
        bucket.write(key, b"")
    bucket = with_rules(r2, expiring(age(DAY), "logs/"))

    clock.advance(DAY)

    assert keys(bucket) == ["log", "other/logs/a"]


def test_a_disabled_rule_does_nothing(r2: R2Store, bucket: BucketStore, clock: ManualClock) -> None:
    bucket.write("key", b"")
    bucket = with_rules(r2, expiring(age(DAY), enabled=False))

    clock.advance(2 * DAY)

    assert keys(bucket) == ["key"]
    assert r2.sweep() == 0


def test_pages_are_full_however_much_has_expired(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    for number in range(30):
        bucket.write(f"old/{number:02}", b"")
        bucket.write(f"{number:02}", b"")
    bucket = with_rules(r2, expiring(age(DAY), "old/"), expiring(age(DAY), "0"))
    clock.advance(DAY)

    page = bucket.list(limit=15)

    assert [stored.key for stored in page.objects] == [f"{number}" for number in range(10, 25)]
    assert len(bucket.list(cursor=page.cursor).objects) == 5


async def test_an_expired_object_is_as_absent_as_a_missing_one(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, tmp_path: Path
) -> None:
    bucket.write("key", LARGE)
    bucket = with_rules(r2, expiring(age(DAY)))
    clock.advance(DAY)

    await put(r2, bucket, "key", b"new", conditions=Conditions(none_match=frozenset("*")))

    assert read(bucket, "key") == b"new"
    assert files(tmp_path / "r2") == []


def test_a_bucket_of_expired_objects_is_empty(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, tmp_path: Path
) -> None:
    bucket.write("key", LARGE)
    with_rules(r2, expiring(age(DAY)))
    clock.advance(DAY)

    r2.delete_bucket("shop")

    assert files(tmp_path / "r2") == []


def test_a_sweep_frees_the_disk_of_what_has_expired(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, tmp_path: Path
) -> None:
    bucket.write("old/large", LARGE)
    bucket.write("kept", LARGE)
    with_rules(r2, expiring(age(DAY), "old/"))
    clock.advance(DAY)

    assert r2.sweep() == 1
    assert len(files(tmp_path / "r2")) == 1
    assert r2.sweep() == 0


async def test_writes_sweep_once_an_hour(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, tmp_path: Path
) -> None:
    bucket.write("old", LARGE)
    bucket = with_rules(r2, expiring(age(60)))
    clock.advance(60)
    await r2.commit(lambda: bucket.delete("absent"))
    assert len(files(tmp_path / "r2")) == 1

    clock.advance(3_600)
    await r2.commit(lambda: bucket.delete("absent"))
    assert files(tmp_path / "r2") == []


def test_an_object_moves_to_infrequent_access_and_stays_there(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    bucket.write("key", b"value")
    move = {
        "id": "move",
        "enabled": True,
        "conditions": {"prefix": "k"},
        "storageClassTransitions": [age(30 * DAY) | {"storageClass": INFREQUENT}],
    }
    bucket = with_rules(r2, move)

    assert bucket.head("key").storage_class == STANDARD
    clock.advance(30 * DAY)
    assert bucket.head("key").storage_class == INFREQUENT
    assert [stored.storage_class for stored in bucket.list().objects] == [INFREQUENT]


async def test_an_upload_is_given_up_after_seven_days(
    r2: R2Store, bucket: BucketStore, clock: ManualClock, tmp_path: Path
) -> None:
    upload = r2.commit_now(lambda: bucket.uploads.create("big", Attributes()))
    await put_part(r2, bucket, ("big", upload.id), 1, LARGE)

    clock.advance(7 * DAY - 1)
    assert bucket.uploads.get("big", upload.id) == upload

    clock.advance(1)
    with pytest.raises(NoSuchUpload):
        await put_part(r2, bucket, ("big", upload.id), 2, LARGE)
    assert list(bucket.uploads.list().uploads) == []
    assert r2.sweep() == 1
    assert files(tmp_path / "r2") == []


def test_without_the_default_rule_uploads_go_on(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    bucket = with_rules(r2)
    upload = r2.commit_now(lambda: bucket.uploads.create("big", Attributes()))

    clock.advance(365 * DAY)

    assert bucket.uploads.get("big", upload.id) == upload
