"""A lane runs jobs in order, off the loop, and says when it is full."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, get_ident

import pytest

from emulator.core.lane import Lane, LaneFull


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test", capacity=3)
    yield lane
    lane.close()


async def test_jobs_run_in_the_order_they_came(lane: Lane) -> None:
    seen: list[int] = []

    await asyncio.gather(*(lane.run(partial(seen.append, n)) for n in range(3)))

    assert seen == [0, 1, 2]


async def test_jobs_run_off_the_event_loop(lane: Lane) -> None:
    assert await lane.run(get_ident) != get_ident()


async def test_what_a_job_raises_reaches_its_caller(lane: Lane) -> None:
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)


async def test_a_lane_with_no_room_refuses(lane: Lane) -> None:
    started, release = Event(), Event()

    def wait_for_release() -> None:
        started.set()
        release.wait()

    busy = asyncio.create_task(lane.run(wait_for_release))
    await asyncio.to_thread(started.wait)
    waiting = [asyncio.create_task(lane.run(lambda: None)) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(LaneFull):
        await lane.run(lambda: None)

    release.set()
    await asyncio.gather(busy, *waiting)


async def test_a_group_is_answered_after_it_closed() -> None:
    log: list[str] = []

    @contextmanager
    def group() -> Iterator[None]:
        log.append("begin")
        yield
        log.append("commit")

    lane = Lane("test", capacity=3, group=group)

    await lane.run(lambda: log.append("write"))

    assert log[-3:] == ["begin", "write", "commit"]
    lane.close()


async def test_a_group_that_cannot_commit_answers_no_one_with_success() -> None:
    @contextmanager
    def group() -> Iterator[None]:
        yield
        raise OSError("disk full")

    lane = Lane("test", capacity=3, group=group)

    with pytest.raises(OSError, match="disk full"):
        await lane.run(lambda: "written")
    lane.close()


async def test_closing_finishes_what_waits() -> None:
    lane = Lane("test", capacity=10)
    jobs = [asyncio.create_task(lane.run(partial(int, n))) for n in range(5)]
    await asyncio.sleep(0)

    lane.close()

    assert await asyncio.gather(*jobs) == [0, 1, 2, 3, 4]
