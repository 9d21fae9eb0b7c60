"""Many questions at a time: the same answers, fewer searches, and nobody waits in vain."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from emulator.core.lane import Lane, LaneFull
from emulator.vectorize.engine import EngineClosed
from emulator.vectorize.gather import Gather
from emulator.vectorize.models import Metric
from emulator.vectorize.tuning import Tuning
from tests.vectorize.engine_model import NEVER, Rows, clustered


class Slow:
    """Answers with the questions themselves, once it is let go; a negative one is a failure."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.started, self.go = Event(), Event()

    def answer_all(self, questions: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(questions))
        self.started.set()
        self.go.wait(10)
        if any(question < 0 for question in questions):
            raise ValueError("negative")
        return questions


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def gather(slow: Slow) -> AsyncIterator[Gather[int, int]]:
    lane = Lane("test", capacity=40)
    yield Gather(lane, slow.answer_all, most=30)
    slow.go.set()
    await asyncio.to_thread(lane.close)


async def ask_behind_one(
    gather: Gather[int, int], slow: Slow, questions: Sequence[int]
) -> list[int | BaseException]:
    """The answers to questions that came while 0 was being answered."""
    first = asyncio.create_task(gather.ask(0))
    await asyncio.to_thread(slow.started.wait, 10)
    behind = [asyncio.create_task(gather.ask(question)) for question in questions]
    await asyncio.sleep(0)
    slow.go.set()
    await first
    return await asyncio.gather(*behind, return_exceptions=True)


async def test_what_waits_is_answered_by_one_search(gather: Gather[int, int], slow: Slow) -> None:
    assert await ask_behind_one(gather, slow, range(1, 21)) == list(range(1, 21))
    assert slow.batches == [[0], list(range(1, 21))]


async def test_a_search_answers_no_more_than_it_may(gather: Gather[int, int], slow: Slow) -> None:
    assert await ask_behind_one(gather, slow, range(1, 39)) == list(range(1, 39))
    assert list(map(len, slow.batches)) == [1, 30, 8]


async def test_a_failure_is_everybodys_who_asked_and_nobody_elses(
    gather: Gather[int, int], slow: Slow
) -> None:
    answers = await ask_behind_one(gather, slow, [1, -1])

    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    assert await gather.ask(5) == 5


async def test_who_is_refused_is_not_answered_later(gather: Gather[int, int], slow: Slow) -> None:
    answers = await ask_behind_one(gather, slow, range(1, 46))

    assert [type(answer) for answer in answers[40:]] == [LaneFull] * 5
    assert sum(slow.batches, []) == list(range(41))


@pytest.mark.parametrize("metric", list(Metric))
async def test_answers_are_the_same_alone_and_in_company(tmp_path: Path, metric: Metric) -> None:
    rows = Rows(tmp_path, 64, metric, Tuning(segment_rows=500, partition_floats=NEVER))
    slots = rows.put(clustered(1_200, 64))
    rows.remove(slots[::5])
    queries = clustered(40, 64, seed=2)
    filters = [None, None, slots[:600], slots[3::100]]
    asked = [(query, 7, filters[at % 4]) for at, query in enumerate(queries)]

    together = await asyncio.gather(*[rows.search(*question) for question in asked])

    assert together == [await rows.search(*question) for question in asked]


async def test_removed_rows_are_not_found_in_company_either(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 16, Metric.EUCLIDEAN)
    slots = rows.put(clustered(300, 16))
    rows.remove(slots[:290])

    for hits in await asyncio.gather(*[rows.search(np.zeros(16), 300) for _ in range(9)]):
        assert sorted(slot for slot, _ in hits) == slots[290:]


async def test_a_reveal_waits_for_no_search(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    started, go = Event(), Event()
    rows.put([[1, 0]])
    read = rows.live

    def live_after_a_while() -> np.ndarray:
        found = read()
        started.set()
        go.wait(10)
        return found

    rows.live = live_after_a_while  # type: ignore[method-assign]
    rows.reopen()
    search = asyncio.create_task(rows.search([1, 0], 5))
    await asyncio.to_thread(started.wait, 10)

    added = rows.put([[0, 1]], removed=[0])
    go.set()

    assert await search == [(added[0], 0.0)]


async def test_close_answers_what_waits_and_refuses_what_comes(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    rows.put([[1, 0]])
    waiting = [asyncio.create_task(rows.search([1, 0], 1)) for _ in range(20)]
    await asyncio.sleep(0)

    await asyncio.to_thread(rows.engine.close)

    assert await asyncio.gather(*waiting) == [[(0, 1.0)]] * 20
    with pytest.raises(EngineClosed):
        await rows.search([1, 0], 1)
