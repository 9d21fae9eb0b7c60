"""Waiting by the injected clock."""

import asyncio

from emulator.core.clock import ManualClock, SystemClock
from emulator.latency.waiting import Waiting
from tests.latency.moments import settled, taken


async def test_whoever_waits_goes_on_when_the_clock_is_there(clock: ManualClock) -> None:
    waiting, start = Waiting(clock), clock.now()

    [(first, _), (second, _)] = await taken(
        clock, waiting.until(start + 0.05), waiting.until(start + 0.12)
    )

    assert (first, second) == (50, 120)


async def test_a_real_clock_is_waited_for_too() -> None:
    clock = SystemClock()
    due = clock.now() + 0.01

    await Waiting(clock).until(due)

    assert clock.now() >= due - 0.001


async def test_a_real_clock_that_is_moved_on_lets_go() -> None:
    clock = SystemClock()
    waiter = asyncio.ensure_future(Waiting(clock).until(clock.now() + 3_600))
    await settled()
    clock.advance(3_601)
    await settled()

    assert waiter.done()


async def test_closed_it_holds_nobody_and_hears_the_clock_no_more(clock: ManualClock) -> None:
    waiting = Waiting(clock)
    waiter = asyncio.ensure_future(waiting.until(clock.now() + 10))
    await settled()
    waiting.close()
    await settled()

    assert waiter.done()
    assert clock.moved == []
