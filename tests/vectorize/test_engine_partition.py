"""The partition of a large index, at a size that tests can afford."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from emulator.vectorize.models import Metric
from emulator.vectorize.tuning import Tuning
from tests.vectorize.engine_model import Rows, clustered, same

DIMENSIONS = 24
COUNT = 2_000
TUNING = Tuning(segment_rows=700, partition_floats=1_000 * DIMENSIONS, partition_feed_rows=200)


async def large(tmp_path: Path, metric: Metric = Metric.COSINE) -> Rows:
    """An index whose partition stands."""
    rows = Rows(tmp_path, DIMENSIONS, metric, TUNING)
    rows.put(clustered(COUNT, DIMENSIONS))
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.engine.finish_upkeep()
    assert (rows.path / "partition.faiss").exists()
    return rows


def saved(rows: Rows) -> tuple[int, int]:
    """Different whenever the partition was saved; an inode alone may be given again."""
    status = (rows.path / "partition.faiss").stat()
    return status.st_ino, status.st_mtime_ns


def centres(rows: Rows) -> int:
    """How many the saved partition has."""
    index: Any = faiss.read_index(str(rows.path / "partition.faiss"))
    return int(index.nlist)


async def recall(rows: Rows, allowed: Sequence[int] | None = None) -> float:
    found = 0
    for query in clustered(50, DIMENSIONS, seed=3):
        hits = await rows.search(query, 10, allowed, exact=False)
        expected = rows.expected(query, 10, allowed)
        found += len({slot for slot, _ in hits} & {slot for slot, _ in expected})
    return found / 500


@pytest.mark.parametrize("metric", list(Metric))
async def test_it_finds_nearly_all_of_the_nearest(tmp_path: Path, metric: Metric) -> None:
    assert await recall(await large(tmp_path, metric)) >= 0.98


async def test_it_finds_nearly_all_under_a_wide_filter(tmp_path: Path) -> None:
    assert await recall(await large(tmp_path), range(0, COUNT, 4)) >= 0.98


@pytest.mark.parametrize("metric", list(Metric))
async def test_exact_means_exact(tmp_path: Path, metric: Metric) -> None:
    rows = Rows(tmp_path, DIMENSIONS, metric, TUNING)
    # Without topics in it, the partition misses some.
    noise = np.random.default_rng(1).standard_normal((COUNT + 20, DIMENSIONS))
    rows.put(noise[:COUNT])
    await rows.search(noise[0], 1)
    rows.engine.finish_upkeep()

    for query in noise[COUNT:]:
        assert same(await rows.search(query, 100, exact=True), rows.expected(query, 100))


async def test_a_selective_filter_is_answered_exactly(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    allowed = range(5, COUNT, 50)

    for query in clustered(20, DIMENSIONS, seed=3):
        found = await rows.search(query, 30, allowed, exact=False)
        assert same(found, rows.expected(query, 30, allowed))


async def test_scores_and_order_are_those_of_the_rows(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    for query in clustered(10, DIMENSIONS, seed=3):
        found = await rows.search(query, 10, exact=False)
        assert same(found, rows.expected(query, 10, [slot for slot, _ in found]))


@pytest.mark.parametrize("count", [1, 500])
async def test_what_comes_later_is_found_at_once(tmp_path: Path, count: int) -> None:
    rows = await large(tmp_path)
    query = -clustered(1, DIMENSIONS)[0]
    slots = rows.put(np.tile(query, (count, 1)))
    found = [slot for slot, _ in await rows.search(query, 10, exact=False)]
    assert found[:count] == slots[:10]

    rows.engine.finish_upkeep()
    assert (await rows.search(query, 10, exact=False))[0][1] == 1.0


async def test_removed_rows_are_not_found(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    query = clustered(1, DIMENSIONS)[0]
    nearest = [slot for slot, _ in await rows.search(query, 50, exact=False)]
    rows.remove(nearest)

    found = await rows.search(query, 50, exact=False)

    assert len({slot for slot, _ in found} - set(nearest)) == 50


async def test_a_start_takes_the_saved_partition(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    before = saved(rows)
    rows.put(clustered(50, DIMENSIONS, seed=4), removed=range(100))
    rows.reopen()
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.engine.finish_upkeep()

    assert saved(rows) == before
    assert await recall(rows) >= 0.98


@pytest.mark.parametrize("name", ["partition.faiss", "partition.npz"])
@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
async def test_a_damaged_partition_is_made_anew(tmp_path: Path, name: str, damage: str) -> None:
    rows = await large(tmp_path)
    rows.engine.close()
    content = (rows.path / name).read_bytes()
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    damaged = {"cut": content[:middle], "changed": changed, "empty": b""}[damage]
    (rows.path / name).write_bytes(damaged)
    before = saved(rows)
    rows.reopen()
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.engine.finish_upkeep()

    assert saved(rows) != before
    assert await recall(rows) >= 0.98


async def test_a_partition_of_other_rows_is_made_anew(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    before = saved(rows)
    other = Rows(tmp_path / "other", DIMENSIONS, tuning=TUNING)
    other.put(clustered(COUNT, DIMENSIONS, seed=8))
    for name in ("partition.faiss", "partition.npz"):
        (rows.path / name).rename(other.path / name)
    await other.search(np.ones(DIMENSIONS), 1)
    other.engine.finish_upkeep()

    assert saved(other) != before
    assert await recall(other) >= 0.98


async def test_with_many_dead_rows_it_is_made_anew(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    before = saved(rows)
    rows.remove(range(800))
    rows.engine.finish_upkeep()

    assert saved(rows) != before
    assert await recall(rows) >= 0.98


async def test_an_index_that_is_small_again_has_none(tmp_path: Path) -> None:
    rows = await large(tmp_path)
    rows.remove(range(1_800))
    rows.engine.finish_upkeep()

    assert not rows.files("partition*")
    query = clustered(1, DIMENSIONS)[0]
    assert same(await rows.search(query, 10, exact=False), rows.expected(query, 10))


@pytest.mark.parametrize("count", [1, 3, 20])
async def test_the_partition_of_few_rows_comes_to_an_end(tmp_path: Path, count: int) -> None:
    rows = Rows(tmp_path, DIMENSIONS, tuning=Tuning(partition_floats=1, partition_feed_rows=1))
    rows.put(clustered(count, DIMENSIONS))
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.put(clustered(1, DIMENSIONS, seed=2))
    rows.engine.finish_upkeep()

    query = clustered(1, DIMENSIONS, seed=3)[0]
    assert same(await rows.search(query, 5, exact=False), rows.expected(query, 5))


async def test_an_index_that_has_outgrown_it_is_partitioned_anew(tmp_path: Path) -> None:
    tuning = Tuning(partition_floats=1, partition_feed_rows=100)
    rows = Rows(tmp_path, DIMENSIONS, tuning=tuning)
    rows.put(clustered(60, DIMENSIONS))
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.engine.finish_upkeep()
    before = centres(rows)
    rows.put(clustered(1_500, DIMENSIONS, seed=2))
    rows.engine.finish_upkeep()

    assert centres(rows) > before


async def test_close_does_not_wait_for_it(tmp_path: Path) -> None:
    rows = Rows(tmp_path, DIMENSIONS, tuning=TUNING)
    rows.put(clustered(COUNT, DIMENSIONS))
    await rows.search(np.ones(DIMENSIONS), 1)
    rows.engine.close()

    rows.reopen()
    assert len(await rows.search(np.ones(DIMENSIONS), 10, exact=False)) == 10
