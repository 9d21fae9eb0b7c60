"""Locks: what they hold is neither overwritten nor deleted, not even by lifecycle rules."""

from pathlib import Path
from typing import Any

import pytest

from emulator.core.clock import ManualClock, iso
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import ObjectLocked
from emulator.r2.models import Attributes
from emulator.r2.store import LIFECYCLE, LOCK, R2Store
from tests.r2.stores import LARGE, chosen, files, put, put_part, read

DAY = 86_400
FOR_EVER = {"type": "Indefinite"}
FOR_A_DAY = {"type": "Age", "maxAgeSeconds": DAY}


def locked(r2: R2Store, condition: dict[str, Any], **rule: object) -> BucketStore:
    """The bucket with one lock, from now on."""
    lock = {"id": "hold", "enabled": True, "condition": condition} | rule
    r2.configure(r2.get_bucket("shop"), LOCK, {"rules": [lock]})
    return r2.bucket("shop")


async def test_a_locked_object_stays_as_it_is(
    r2: R2Store, bucket: BucketStore, tmp_path: Path
) -> None:
    bucket.write("key", b"value")
    bucket = locked(r2, FOR_EVER)

    with pytest.raises(ObjectLocked, match="The object is locked by the bucket policy"):
        await put(r2, bucket, "key", LARGE)
    with pytest.raises(ObjectLocked):
        await r2.commit(lambda: bucket.delete("key"))
    with pytest.raises(ObjectLocked):
        await r2.commit(lambda: bucket.copy(bucket, "key", "key", lambda _: Attributes()))

    assert read(bucket, "key") == b"value"
    assert files(tmp_path / "r2") == []


async def test_an_upload_does_not_replace_a_locked_object(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"value")
    bucket = locked(r2, FOR_EVER)
    upload = await r2.commit(lambda: bucket.uploads.create("key", Attributes()))
    part = await put_part(r2, bucket, ("key", upload.id), 1, b"new")

    with pytest.raises(ObjectLocked):
        await r2.commit(lambda: bucket.uploads.complete("key", upload.id, chosen(part)))

    assert read(bucket, "key") == b"value"


def test_new_objects_may_still_be_written(r2: R2Store, bucket: BucketStore) -> None:
    bucket = locked(r2, FOR_EVER)

    bucket.write("key", b"value")

    assert read(bucket, "key") == b"value"


def test_a_lock_of_an_age_ends(r2: R2Store, bucket: BucketStore, clock: ManualClock) -> None:
    bucket.write("key", b"value")
    bucket = locked(r2, FOR_A_DAY)

    clock.advance(DAY - 1)
    with pytest.raises(ObjectLocked):
        bucket.delete("key")

    clock.advance(1)
    r2.commit_now(lambda: bucket.delete("key"))
    assert list(bucket.list().objects) == []


def test_a_lock_until_a_date_ends(r2: R2Store, bucket: BucketStore, clock: ManualClock) -> None:
    bucket.write("key", b"value")
    bucket = locked(r2, {"type": "Date", "date": iso(clock.now() + DAY)})

    with pytest.raises(ObjectLocked):
        bucket.delete("key")

    clock.advance(DAY)
    r2.commit_now(lambda: bucket.delete("key"))
    assert list(bucket.list().objects) == []


def test_of_many_only_the_locked_stay(r2: R2Store, bucket: BucketStore) -> None:
    for key in ("free", "held/a"):
        bucket.write(key, b"")
    bucket = locked(r2, FOR_EVER, prefix="held/")

    outcome = r2.commit_now(lambda: bucket.delete_many(["free", "held/a"]))

    assert outcome["free"] is None
    assert isinstance(outcome["held/a"], ObjectLocked)
    assert [stored.key for stored in bucket.list().objects] == ["held/a"]


def test_a_disabled_lock_holds_nothing(r2: R2Store, bucket: BucketStore) -> None:
    bucket.write("key", b"value")
    bucket = locked(r2, FOR_EVER, enabled=False)

    r2.commit_now(lambda: bucket.delete("key"))

    assert list(bucket.list().objects) == []


def test_the_strictest_lock_counts(r2: R2Store, bucket: BucketStore, clock: ManualClock) -> None:
    bucket.write("key", b"value")
    rules = [
        {"id": "short", "enabled": True, "condition": FOR_A_DAY},
        {"id": "long", "enabled": True, "prefix": "k", "condition": FOR_EVER},
    ]
    r2.configure(bucket.bucket, LOCK, {"rules": rules})
    clock.advance(2 * DAY)

    with pytest.raises(ObjectLocked):
        r2.bucket("shop").delete("key")


def test_a_lock_beats_a_lifecycle_rule(
    r2: R2Store, bucket: BucketStore, clock: ManualClock
) -> None:
    bucket.write("held", LARGE)
    expire = {
        "id": "expire",
        "enabled": True,
        "conditions": {"prefix": ""},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": DAY}},
    }
    r2.configure(bucket.bucket, LIFECYCLE, {"rules": [expire]})
    bucket = locked(r2, {"type": "Age", "maxAgeSeconds": 3 * DAY})

    clock.advance(2 * DAY)
    assert r2.sweep() == 0
    assert read(bucket, "held") == LARGE

    clock.advance(DAY)
    assert list(bucket.list().objects) == []
    assert r2.sweep() == 1
