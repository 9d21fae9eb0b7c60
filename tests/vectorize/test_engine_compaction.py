"""Compaction: dead rows leave disk and memory, and nobody can tell from an answer."""

from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from emulator.vectorize.compaction import Compaction, due
from emulator.vectorize.models import Metric
from emulator.vectorize.row_files import RowFiles
from emulator.vectorize.row_memory import Memory
from tests.vectorize.engine_model import Rows, same

DIMENSIONS = 4


def size_of(rows: Rows) -> int:
    return sum(file.stat().st_size for file in rows.path.iterdir())


def some(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)


@pytest.fixture
async def rows(tmp_path: Path) -> Rows:
    """A hundred rows, eight to a file, loaded."""
    rows = Rows(tmp_path, DIMENSIONS)
    rows.put(some(100))
    await rows.search(np.ones(DIMENSIONS), 1)
    return rows


async def test_dead_rows_leave_the_disk(rows: Rows) -> None:
    before = size_of(rows)
    rows.remove([slot for slot in range(96) if slot % 4])
    rows.engine.finish_upkeep()

    assert size_of(rows) < 0.5 * before
    assert not rows.files("*.aside")


async def test_answers_and_values_stay_the_same(rows: Rows) -> None:
    rows.remove([slot for slot in rows.living if slot % 3])
    query = some(1, seed=2)[0]
    rows.engine.finish_upkeep()
    for _ in range(2):
        assert same(await rows.search(query, 50), rows.expected(query, 50))
        assert same(await rows.search(query, 50, [0, 1, 3]), rows.expected(query, 50, [0, 1, 3]))
        slots = sorted(rows.living)
        assert np.array_equal(rows.engine.values(slots), [rows.living[slot] for slot in slots])
        rows.reopen()


async def test_few_dead_rows_are_left_where_they_are(rows: Rows) -> None:
    rows.remove([0, 8, 16])
    rows.engine.finish_upkeep()

    assert not rows.files("*.packed")


async def test_thin_neighbours_become_one_file(rows: Rows) -> None:
    rows.remove([slot for slot in rows.living if slot % 8])
    rows.engine.finish_upkeep()

    assert rows.files() == [
        *("000000000000.packed", "000000000064.packed", "000000000096.rows"),
    ]


async def test_an_index_may_be_emptied_and_filled_again(rows: Rows) -> None:
    rows.remove(list(rows.living))
    rows.engine.finish_upkeep()
    assert await rows.search(np.ones(DIMENSIONS), 5) == []
    assert rows.files() == ["000000000096.rows"]

    rows.reopen()
    assert rows.put(some(1)) == [100]
    assert len(await rows.search(np.ones(DIMENSIONS), 5)) == 1


async def test_rows_that_are_not_yet_revealed_are_no_dead_rows(rows: Rows) -> None:
    first = rows.engine.append(some(40))
    rows.remove(range(90))
    rows.engine.finish_upkeep()

    slots = np.arange(first, first + 40)
    rows.engine.reveal(slots, np.array([], np.int64))

    found = await rows.search(np.ones(DIMENSIONS), 100)
    assert {slot for slot, _ in found} == {*range(90, 100), *slots.tolist()}


async def test_what_is_removed_while_compaction_copies_stays_removed(tmp_path: Path) -> None:
    files = RowFiles(tmp_path, DIMENSIONS, rows=0, full=8, sync=False)
    memory = Memory(DIMENSIONS, 8)
    files.append(some(20))
    memory.append(np.arange(20), some(20), 1.0)
    memory.show(np.arange(2, 20))
    run = due(memory, 20, 8, 0.2)

    compaction = Compaction(files, memory, run)
    memory.hide(np.array([5]))
    compaction.apply()

    assert memory.slots_behind(0).tolist() == [2, 3, 4, *range(6, 20)]


@pytest.mark.parametrize("leftover", ["000000000000.rows", "000000000048.rows"])
async def test_sources_that_a_crash_has_left_are_removed(
    rows: Rows, tmp_path: Path, leftover: str
) -> None:
    copytree(rows.path, tmp_path / "before")
    rows.remove([slot for slot in rows.living if slot % 8])
    rows.engine.finish_upkeep()
    rows.engine.close()
    (tmp_path / "before" / leftover).rename(rows.path / leftover)
    (rows.path / "000000000064.aside").write_bytes(b"half a file")

    rows.reopen()

    found = await rows.search(np.ones(DIMENSIONS), 100)
    assert same(found, rows.expected(np.ones(DIMENSIONS), 100))
    assert not {leftover, "000000000064.aside"} & set(rows.files())


@pytest.mark.parametrize("metric", list(Metric))
async def test_the_same_ids_written_over_and_over_take_no_more_room(
    tmp_path: Path, metric: Metric
) -> None:
    rows = Rows(tmp_path, DIMENSIONS, metric)
    slots = rows.put(some(10))
    await rows.search(np.ones(DIMENSIONS), 1)
    for seed in range(50):
        slots = rows.put(some(10, seed), removed=slots)
    rows.engine.finish_upkeep()

    assert size_of(rows) < 40 * DIMENSIONS * 4
    query = some(1, seed=9)[0]
    assert same(await rows.search(query, 10), rows.expected(query, 10))
