"""Waiting until the injected clock shows a time, on the event loop, with no thread asleep."""

import asyncio
from contextlib import suppress

from emulator.core.clock import Clock

# Below what an event loop's timer can tell apart.
SHORTEST_SECONDS = 0.0002

Woken = asyncio.Future[None]


class Waiting:
    """Whoever waits is woken by the time, or when the clock is moved on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # By whoever waits, in the order in which they came: so they go on.
        self._woken: dict[object, Woken] = {}
        self._closed = False
        clock.moved.append(self._wake)

    def close(self) -> None:
        """Nobody waits any more."""
        self._closed = True
        self._clock.moved.remove(self._wake)
        self._wake()

    async def until(self, due: float) -> None:
        me = object()
        try:
            while (left := due - self._clock.now()) > SHORTEST_SECONDS and not self._closed:
                await self._turn(me, left)
        finally:
            self._woken.pop(me, None)

    async def _turn(self, me: object, seconds: float) -> None:
        """Until the clock is moved, or so much time is over by the loop's own."""
        loop = asyncio.get_running_loop()
        woken = self._woken[me] = loop.create_future()
        timer = loop.call_later(seconds, settle, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def _wake(self) -> None:
        for woken in tuple(self._woken.values()):
            # A loop that has been closed has nobody left who waits.
            with suppress(RuntimeError):
                woken.get_loop().call_soon_threadsafe(settle, woken)


def settle(woken: Woken) -> None:
    if not woken.done():
        woken.set_result(None)
