"""The rows on disk: what they survive, and what a crash may leave."""

from pathlib import Path

import numpy as np
import pytest

from emulator.vectorize.models import Metric
from emulator.vectorize.row_files import RowsBroken
from tests.vectorize.engine_model import Rows, same

ROW_BYTES = 8


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Rows of two floats, eight to a file."""
    return Rows(tmp_path, 2)


async def test_values_come_back_as_they_were_given(rows: Rows) -> None:
    given = np.random.default_rng(1).standard_normal((50, 2)).astype(np.float32) * 1e20
    slots = rows.put(given)
    rows.reopen()

    assert np.array_equal(rows.engine.values(slots), given)
    assert np.array_equal(rows.engine.values([33, 2, 33]), given[[33, 2, 33]])


async def test_rows_are_found_again_after_a_restart(rows: Rows) -> None:
    rows.put([[1, 0]] * 30)
    rows.remove(range(5))
    await rows.search([1, 0], 1)
    rows.reopen()

    assert await rows.search([1, 0], 50) == rows.expected([1, 0], 50)


async def test_a_file_follows_a_full_one(rows: Rows) -> None:
    rows.put([[1, 0]] * 5)
    rows.put([[1, 0]] * 15)

    assert rows.files() == ["000000000000.rows", "000000000008.rows", "000000000016.rows"]


@pytest.mark.parametrize("uncommitted", [1, 3, 20])
async def test_what_was_never_committed_is_cut_off(rows: Rows, uncommitted: int) -> None:
    rows.put([[1, 0]] * 6)
    rows.engine.append(np.ones((uncommitted, 2), np.float32))
    rows.reopen()

    assert rows.put([[0, 1]]) == [6]
    assert np.array_equal(rows.engine.values([5, 6]), [[1, 0], [0, 1]])
    assert await rows.search([0, 1], 1) == [(6, 1.0)]


@pytest.mark.parametrize("torn", [1, 7])
async def test_a_torn_row_is_cut_off(rows: Rows, torn: int) -> None:
    rows.put([[1, 0]] * 6)
    with (rows.path / "000000000000.rows").open("ab") as file:
        file.write(b"x" * torn)
    rows.reopen()
    rows.put([[0, 1]])

    assert (rows.path / "000000000000.rows").stat().st_size == 7 * ROW_BYTES
    assert np.array_equal(rows.engine.values([6]), [[0, 1]])


async def test_an_append_that_fails_has_no_effect(rows: Rows) -> None:
    rows.put([[1, 0]] * 6)
    await rows.search([1, 0], 1)
    in_the_way = rows.path / "000000000008.rows"
    in_the_way.mkdir()
    with pytest.raises(IsADirectoryError):
        rows.engine.append(np.full((9, 2), 7, np.float32))
    in_the_way.rmdir()

    assert rows.put([[0, 1]] * 9) == list(range(6, 15))
    assert await rows.search([0, 1], 100) == rows.expected([0, 1], 100)


async def test_rows_that_the_disk_has_lost_cost_the_others_nothing(rows: Rows) -> None:
    rows.put([[1, 0]] * 20)
    (rows.path / "000000000016.rows").unlink()
    rows.reopen()

    assert len(await rows.search([1, 0], 50)) == 16
    assert rows.put([[0, 1]]) == [20]
    assert np.array_equal(rows.engine.values([17, 20]), [[0, 0], [0, 1]])


async def test_rows_behind_lost_ones_outlive_compaction(rows: Rows) -> None:
    rows.put([[1, 0]] * 20)
    with (rows.path / "000000000016.rows").open("r+b") as file:
        file.truncate(2 * ROW_BYTES)
    rows.reopen()
    await rows.search([1, 0], 1)
    slots = rows.put([[0, 1]] * 20)
    rows.remove([16, *slots[:4]])
    rows.engine.finish_upkeep()

    assert rows.files("*.packed")
    found = await rows.search([0, 1], 16)
    assert [slot for slot, _ in found] == slots[4:]
    assert np.array_equal(rows.engine.values(slots[4:]), [[0, 1]] * 16)


async def test_a_packed_file_that_is_none_is_refused(rows: Rows) -> None:
    rows.put([[1, 0]] * 20)
    (rows.path / "000000000000.packed").write_bytes(b"x" * 100)
    rows.reopen()

    with pytest.raises(RowsBroken):
        rows.engine.values([1])


@pytest.mark.parametrize("metric", list(Metric))
async def test_writes_before_the_first_search_are_found(tmp_path: Path, metric: Metric) -> None:
    rows = Rows(tmp_path, 2, metric)
    rows.put([[1, 0], [3, 4]])
    rows.reopen()
    rows.put([[0, 2]], removed=[0])

    assert same(await rows.search([1, 1], 9), rows.expected([1, 1], 9))
