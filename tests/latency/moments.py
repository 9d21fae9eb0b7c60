"""Time by hand: how long something waits, while the clock is moved ten milliseconds at a time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from emulator.core.clock import ManualClock

T = TypeVar("T")

STEP_SECONDS = 0.01
# Real ones.
MAX_SECONDS = 30


async def settled(rounds: int = 15) -> None:
    """Whoever can go on has gone on."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def taken(clock: ManualClock, *works: Coroutine[Any, Any, T]) -> list[tuple[int, Any]]:
    """Of works begun together: the whole milliseconds that each took, and its result or error."""
    started = clock.now()
    ended: dict[int, int] = {}
    tasks = [asyncio.ensure_future(work) for work in works]
    async with asyncio.timeout(MAX_SECONDS):
        while len(ended) < len(tasks):
            await settled()
            # Threads of the twin's may have to go on as well.
            await asyncio.wait(tasks, timeout=0.0005)
            for number, task in enumerate(tasks):
                if task.done() and number not in ended:
                    ended[number] = round((clock.now() - started) * 1000)
            clock.advance(STEP_SECONDS)
    return [(ended[number], task.exception() or task.result()) for number, task in enumerate(tasks)]
