"""KV's rules, without a web."""

from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.kv.errors import (
    BulkReadTooLarge,
    InvalidBody,
    InvalidCursor,
    InvalidExpiration,
    InvalidListLimit,
    KeyNameEmpty,
    KeyNameNotAllowed,
    KeyNotFound,
    KeyTooLong,
    MetadataNotJson,
    MetadataTooLarge,
    NoKeys,
    TooManyKeys,
    TooManyWrites,
    ValueTooLarge,
)
from emulator.kv.limits import MAX_BULK_GET_KEYS, MAX_BULK_PAIRS, MAX_VALUE_BYTES
from emulator.kv.models import Entry, Pair
from emulator.kv.store import SWEEP_ROWS, KVStore

NOW = int(ManualClock().now())


def names(kv: KVStore, namespace_id: str, prefix: str = "") -> list[str]:
    return [key.name for key in kv.list(namespace_id, prefix=prefix).keys]


@pytest.mark.parametrize("value", [b"", b"text", b'{"a": 1}', bytes(range(256)), b"\0" * 70_000])
def test_a_value_is_read_as_written(kv: KVStore, namespace_id: str, value: bytes) -> None:
    kv.put(namespace_id, "key", value)

    assert kv.get(namespace_id, "key") == Entry(value)


def test_an_absent_key_is_not_found(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(KeyNotFound, match="get: 'key not found'"):
        kv.get(namespace_id, "absent")


def test_a_put_replaces_metadata_and_expiration_too(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    kv.put(namespace_id, "key", b"old", metadata='{"a": 1}', ttl_seconds=60)
    clock.advance(1)

    kv.put(namespace_id, "key", b"new")

    assert kv.get(namespace_id, "key") == Entry(b"new", None, None)


def test_a_deleted_key_is_absent_and_deleting_it_again_is_no_error(
    kv: KVStore, namespace_id: str
) -> None:
    kv.put(namespace_id, "key", b"value")

    kv.delete(namespace_id, "key")
    kv.delete(namespace_id, "key")

    with pytest.raises(KeyNotFound):
        kv.get(namespace_id, "key")


@pytest.mark.parametrize("key", ["a/b", "%2F", "ключ", "\0", "a\nb", " ", "...", "\U0001f600"])
def test_odd_keys_are_keys(kv: KVStore, namespace_id: str, key: str) -> None:
    kv.put(namespace_id, key, b"value")

    assert kv.get(namespace_id, key).value == b"value"
    assert names(kv, namespace_id) == [key]


def test_keys_differ_by_case_and_normal_form(kv: KVStore, namespace_id: str) -> None:
    for key in ("e\u0301", "é", "É"):
        kv.put(namespace_id, key, key.encode())

    assert names(kv, namespace_id) == ["e\u0301", "É", "é"]


def test_a_key_has_at_most_512_bytes(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "é" * 256, b"value")

    with pytest.raises(KeyTooLong, match="length of 513 exceeds key length limit of 512"):
        kv.put(namespace_id, "é" * 256 + "a", b"value")


@pytest.mark.parametrize("key", [".", ".."])
def test_dots_are_no_keys(kv: KVStore, namespace_id: str, key: str) -> None:
    with pytest.raises(KeyNameNotAllowed, match=f'"{key}" is not allowed'):
        kv.put(namespace_id, key, b"value")


def test_a_key_is_not_empty(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(KeyNameEmpty):
        kv.get(namespace_id, "")


def test_a_value_has_at_most_25_mebibytes(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "largest", bytes(MAX_VALUE_BYTES))

    with pytest.raises(ValueTooLarge, match="length of 26214401 exceeds limit of 26214400"):
        kv.put(namespace_id, "larger", bytes(MAX_VALUE_BYTES + 1))


def test_metadata_has_at_most_1024_bytes(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "key", b"value", metadata=f'"{"é" * 511}"')

    with pytest.raises(MetadataTooLarge, match="length of 1026 exceeds limit of 1024"):
        kv.put(namespace_id, "key", b"value", metadata=f'"{"é" * 512}"')


def test_metadata_is_json(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(MetadataNotJson):
        kv.put(namespace_id, "key", b"value", metadata="{a: 1}")


def test_an_expired_key_is_absent_from_its_second_on(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    kv.put(namespace_id, "key", b"value", expires_at=NOW + 60)

    clock.advance(59.9)
    assert kv.get(namespace_id, "key").expires_at == NOW + 60

    clock.advance(0.1)
    with pytest.raises(KeyNotFound):
        kv.get(namespace_id, "key")
    assert names(kv, namespace_id) == []


def test_a_ttl_wins_over_an_expiration(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "key", b"value", ttl_seconds=90, expires_at=5)

    assert kv.get(namespace_id, "key").expires_at == NOW + 90


@pytest.mark.parametrize(
    ("ttl", "message"),
    [
        (0, "Invalid expiration_ttl of 0. Please specify integer greater than 0."),
        (-1, "Invalid expiration_ttl of -1. Please specify integer greater than 0."),
        (59, "Invalid expiration_ttl of 59. Expiration TTL must be at least 60."),
    ],
)
def test_a_ttl_is_at_least_a_minute(kv: KVStore, namespace_id: str, ttl: int, message: str) -> None:
    with pytest.raises(InvalidExpiration) as refusal:
        kv.put(namespace_id, "key", b"value", ttl_seconds=ttl)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("expires_at", "rule"),
    [
        (NOW, "Please specify integer greater than the current number of seconds"),
        (NOW + 59, "Expiration times must be at least 60 seconds in the future."),
    ],
)
def test_an_expiration_is_a_minute_away(
    kv: KVStore, namespace_id: str, expires_at: int, rule: str
) -> None:
    with pytest.raises(InvalidExpiration, match=f"Invalid expiration of {expires_at}. {rule}"):
        kv.put(namespace_id, "key", b"value", expires_at=expires_at)


def test_one_key_is_written_once_a_second(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    kv.put(namespace_id, "key", b"first")
    kv.put(namespace_id, "other", b"first")

    clock.advance(0.9)
    with pytest.raises(TooManyWrites):
        kv.put(namespace_id, "key", b"second")
    assert kv.get(namespace_id, "key").value == b"first"

    clock.advance(0.1)
    kv.put(namespace_id, "key", b"third")


def test_the_pace_is_kept_over_many_seconds(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    for _ in range(20):
        clock.advance(0.6)
        kv.put(namespace_id, "key", b"value")
        clock.advance(0.6)
        with pytest.raises(TooManyWrites):
            kv.put(namespace_id, "key", b"too soon")


def test_the_pace_is_a_setting(tmp_path: Path, clock: ManualClock) -> None:
    kv = KVStore(tmp_path / "free", Settings(kv_write_limit=False), clock, Ids(seed=1))
    namespace_id = kv.create_namespace("sessions").id

    kv.put(namespace_id, "key", b"first")
    kv.put(namespace_id, "key", b"second")

    assert kv.get(namespace_id, "key").value == b"second"
    kv.close()


def test_a_refused_put_does_not_count_as_a_write(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(InvalidExpiration):
        kv.put(namespace_id, "key", b"value", ttl_seconds=1)

    kv.put(namespace_id, "key", b"value")


def test_a_listing_shows_metadata_and_expiration(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "key", b"value", metadata='{"a": 1}', ttl_seconds=60)

    [key] = kv.list(namespace_id).keys

    assert (key.name, key.metadata, key.expires_at) == ("key", '{"a": 1}', NOW + 60)


def test_a_listing_goes_on_behind_its_cursor(kv: KVStore, namespace_id: str) -> None:
    kv.put_many(namespace_id, [Pair(f"{n:02}", b"") for n in range(25)])

    first = kv.list(namespace_id, limit=20)
    second = kv.list(namespace_id, limit=20, cursor=first.cursor)

    assert [key.name for key in first.keys] == [f"{n:02}" for n in range(20)]
    assert [key.name for key in second.keys] == [f"{n:02}" for n in range(20, 25)]
    assert second.cursor is None


def test_a_full_last_page_is_the_last(kv: KVStore, namespace_id: str) -> None:
    kv.put_many(namespace_id, [Pair(f"{n:02}", b"") for n in range(20)])

    assert kv.list(namespace_id, limit=20).cursor is None


def test_a_page_of_expired_keys_is_empty_and_not_the_last(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    kv.put_many(namespace_id, [Pair(f"a{n:02}", b"", ttl_seconds=60) for n in range(20)])
    kv.put(namespace_id, "b", b"")
    clock.advance(60)

    page = kv.list(namespace_id, limit=20)

    assert page.keys == []
    assert [key.name for key in kv.list(namespace_id, cursor=page.cursor).keys] == ["b"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_listing_has_a_limit(kv: KVStore, namespace_id: str, limit: int) -> None:
    with pytest.raises(InvalidListLimit, match=f"Invalid key_count_limit of {limit}"):
        kv.list(namespace_id, limit=limit)


def test_a_made_up_cursor_is_refused(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(InvalidCursor):
        kv.list(namespace_id, cursor="a")


def test_many_are_read_together(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "a", b"1", metadata="[]")

    assert kv.get_many(namespace_id, ["a", "b"]) == {"a": Entry(b"1", "[]"), "b": None}


def test_a_bulk_read_has_between_1_and_100_keys(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(NoKeys):
        kv.get_many(namespace_id, [])
    with pytest.raises(TooManyKeys, match="maximum of 100 keys"):
        kv.get_many(namespace_id, ["key"] * (MAX_BULK_GET_KEYS + 1))


def test_a_bulk_read_has_at_most_25_megabytes(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "a", bytes(MAX_VALUE_BYTES))
    kv.put(namespace_id, "b", b"1")

    with pytest.raises(BulkReadTooLarge):
        kv.get_many(namespace_id, ["a", "b"])


def test_a_bulk_write_counts_pairs_and_the_last_of_a_key_stays(
    kv: KVStore, namespace_id: str
) -> None:
    pairs = [Pair("a", b"1"), Pair("b", b"2", "[]", ttl_seconds=60), Pair("a", b"3")]

    outcome = kv.put_many(namespace_id, pairs)

    assert (outcome.done, list(outcome.failed)) == (3, [])
    assert kv.get(namespace_id, "a").value == b"3"
    assert kv.get(namespace_id, "b") == Entry(b"2", "[]", NOW + 60)


def test_a_bad_pair_refuses_the_whole_bulk(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(InvalidExpiration):
        kv.put_many(namespace_id, [Pair("good", b"1"), Pair("bad", b"2", ttl_seconds=1)])

    assert names(kv, namespace_id) == []


def test_a_bulk_write_names_the_keys_written_too_soon(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "a", b"1")

    outcome = kv.put_many(namespace_id, [Pair("a", b"2"), Pair("b", b"2")])

    assert (outcome.done, list(outcome.failed)) == (1, ["a"])
    assert kv.get(namespace_id, "a").value == b"1"


def test_a_bulk_has_at_most_10000_items(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(InvalidBody):
        kv.put_many(namespace_id, [Pair("key", b"")] * (MAX_BULK_PAIRS + 1))
    with pytest.raises(InvalidBody):
        kv.delete_many(namespace_id, ["key"] * (MAX_BULK_PAIRS + 1))


def test_many_are_deleted_together(kv: KVStore, namespace_id: str) -> None:
    kv.put_many(namespace_id, [Pair("a", b""), Pair("b", b""), Pair("c", b"")])

    assert kv.delete_many(namespace_id, ["a", "c", "absent"]).done == 3
    assert names(kv, namespace_id) == ["b"]


def test_a_sweep_frees_the_disk_of_expired_entries_only(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    kv.put(namespace_id, "kept", b"value")
    kv.put(namespace_id, "later", b"value", ttl_seconds=90)
    kv.put(namespace_id, "expired", b"value", ttl_seconds=60)
    clock.advance(60)

    assert kv.sweep() == 1
    assert names(kv, namespace_id) == ["kept", "later"]


def test_writes_sweep_until_nothing_expired_is_left(
    kv: KVStore, namespace_id: str, clock: ManualClock
) -> None:
    expiring = [Pair(f"{n}", b"", ttl_seconds=60) for n in range(SWEEP_ROWS + 1)]
    kv.put_many(namespace_id, expiring)
    clock.advance(60)

    kv.put(namespace_id, "a", b"")
    kv.put(namespace_id, "b", b"")

    assert kv.sweep() == 0


def test_a_value_survives_reopening(tmp_path: Path, clock: ManualClock) -> None:
    kv = KVStore(tmp_path / "kv", Settings(), clock, Ids(seed=1))
    namespace_id = kv.create_namespace("sessions").id
    kv.put(namespace_id, "key", b"value", metadata="1", ttl_seconds=60)
    kv.close()

    reopened = KVStore(tmp_path / "kv", Settings(), clock, Ids(seed=1))

    assert reopened.get(namespace_id, "key") == Entry(b"value", "1", NOW + 60)
    reopened.close()
