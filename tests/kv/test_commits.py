"""Writes as a server runs them: together, in their turn, never in each other's way."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.core.storage import CHECKPOINT_PAGES
from emulator.kv.errors import InvalidExpiration, KeyNameNotAllowed
from emulator.kv.models import Pair
from emulator.kv.store import KVStore


def on_disk(tmp_path: Path) -> list[str]:
    """The keys another process would find."""
    file = f"file:{tmp_path}/kv/kv.sqlite?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as other:
        return [key.decode() for (key,) in other.execute("SELECT key FROM entries ORDER BY key")]


@pytest.mark.parametrize("brief", [True, False])
async def test_writes_are_on_disk_when_they_return(
    kv: KVStore, namespace_id: str, tmp_path: Path, brief: bool
) -> None:
    puts = [partial(kv.put, namespace_id, f"{n:02}", b"") for n in range(50)]

    await asyncio.gather(*(kv.commit(put, brief=brief) for put in puts))

    assert on_disk(tmp_path) == [f"{n:02}" for n in range(50)]


@pytest.mark.parametrize("brief", [True, False])
async def test_a_refused_write_does_not_undo_its_neighbours(
    kv: KVStore, namespace_id: str, tmp_path: Path, brief: bool
) -> None:
    writes: list[Callable[[], object]] = [
        partial(kv.put, namespace_id, "a", b""),
        partial(kv.put, namespace_id, "b", b"", ttl_seconds=1),
        partial(kv.put_many, namespace_id, [Pair("c", b""), Pair("..", b"")]),
        partial(kv.put, namespace_id, "d", b""),
    ]
    results = await asyncio.gather(
        *(kv.commit(write, brief=brief) for write in writes), return_exceptions=True
    )

    assert [type(result) for result in results[1:3]] == [InvalidExpiration, KeyNameNotAllowed]
    assert on_disk(tmp_path) == ["a", "d"]


async def test_a_brief_write_waits_for_the_lane_and_the_loop_does_not(
    kv: KVStore, namespace_id: str
) -> None:
    kv.put(namespace_id, "key", b"value")
    begun, finish = Event(), Event()

    def take_long() -> None:
        begun.set()
        finish.wait()

    long = asyncio.ensure_future(kv.commit(take_long))
    await asyncio.to_thread(begun.wait)
    brief = asyncio.ensure_future(kv.commit(partial(kv.delete, namespace_id, "key"), brief=True))
    await asyncio.wait([brief], timeout=0.02)

    assert not brief.done()
    assert kv.get(namespace_id, "key").value == b"value"
    finish.set()
    await asyncio.gather(long, brief)
    assert kv.list(namespace_id).keys == []


async def test_a_write_is_read_by_the_next_read(kv: KVStore, namespace_id: str) -> None:
    for number in range(20):
        key = f"{number}"
        await kv.commit(partial(kv.put, namespace_id, key, b"value"), brief=number % 2 == 0)

        assert kv.get(namespace_id, key).value == b"value"


async def test_the_log_does_not_grow_with_every_write(tmp_path: Path, clock: ManualClock) -> None:
    kv = KVStore(tmp_path / "kv", Settings(kv_write_limit=False), clock, Ids(seed=1))
    namespace_id = kv.create_namespace("sessions").id

    for number in range(800):
        # SQLite does not write what is there already.
        value = number.to_bytes(2) * 25_000
        await kv.commit(partial(kv.put, namespace_id, "key", value), brief=number % 2 == 0)
        kv.get(namespace_id, "key")
        if number % 80 == 0:
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    assert (tmp_path / "kv" / "kv.sqlite-wal").stat().st_size < 4 * CHECKPOINT_PAGES * 4_096
    kv.close()


async def test_with_fsync_no_write_runs_on_the_loop(tmp_path: Path, clock: ManualClock) -> None:
    kv = KVStore(tmp_path / "kv", Settings(full_sync=True), clock, Ids(seed=1))
    namespace_id = kv.create_namespace("sessions").id

    await kv.commit(partial(kv.put, namespace_id, "key", b"value"), brief=True)

    assert on_disk(tmp_path) == ["key"]
    kv.close()
