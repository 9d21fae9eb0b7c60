"""A streamed answer on its way through: passed on as it comes, remembered for its log."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from emulator.ai_gateway.limits import MAX_LOG_BYTES
from emulator.ai_gateway.usage import StreamUsage, Usage
from emulator.wire.reply import Stream


class Tape:
    """What a stream has said so far, and its usage. Holds no more than a log may."""

    def __init__(self) -> None:
        self.captured = bytearray()
        self.overflowed = False
        self._events = StreamUsage()

    @property
    def usage(self) -> Usage:
        return self._events.usage

    def feed(self, block: bytes) -> None:
        self._events.feed(block)
        if len(self.captured) + len(block) > MAX_LOG_BYTES:
            self.overflowed = True
            self.captured.clear()
        elif not self.overflowed:
            self.captured += block


class Recorded:
    """A stream that is passed on as it comes and logged when it has ended, however it does.

    `finish` is told once whether it came to its end.
    """

    def __init__(self, body: Stream, tape: Tape, finish: Callable[[bool], Awaitable[None]]) -> None:
        self._body = body
        self._tape = tape
        self._finish = finish
        self._finished = False
        self._blocks = self._all()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._blocks

    async def aclose(self) -> None:
        await self._blocks.aclose()
        await self._body.aclose()
        await self._end(False)

    async def _all(self) -> AsyncGenerator[bytes, None]:
        async for block in self._body:
            self._tape.feed(block)
            yield block
        await self._end(True)

    async def _end(self, complete: bool) -> None:
        if not self._finished:
            self._finished = True
            await self._finish(complete)
