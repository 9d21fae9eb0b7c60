"""Between an answer that takes its time and a client that may not wait for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from emulator.wire.body import ClientGone, Receive
from emulator.wire.reply import Stream
from emulator.wire.stream import Send

T = TypeVar("T")


class Client:
    """Who has sent a whole request: all that is still to come from there is that it has gone."""

    def __init__(self, receive: Receive) -> None:
        self._gone = asyncio.ensure_future(receive())

    async def unless_gone(self, work: Awaitable[T]) -> T:
        """What the work returns. Raises `ClientGone` and ends the work if the client goes."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task, self._gone), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise ClientGone
        finally:
            if not task.done():
                task.cancel()
                # What it may still have to say nobody hears any more.
                await asyncio.gather(task, return_exceptions=True)

    async def send_stream(self, send: Send, body: Stream) -> None:
        """Send block after block. Closes the body; raises `ClientGone`."""
        blocks = aiter(body)
        try:
            while (block := await self.unless_gone(next_block(blocks))) is not None:
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await body.aclose()

    def close(self) -> None:
        self._gone.cancel()


async def next_block(blocks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(blocks, None)
