"""An object's bytes between the event loop and the disk, block by block, both ways.

Blocks are handed to a thread while the next one is received, so hashing and the network
work side by side; what is small is done in place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, TypeVar

from emulator.r2.content import Source

T = TypeVar("T")
Feed = Callable[[bytes], None]

READ_BYTES = 1_048_576
WRITE_BYTES = 524_288
# Up to here a thread costs more than the work.
SMALL_BYTES = 32_768


async def fill(body: AsyncIterator[bytes], feed: Feed, finish: Callable[[], T]) -> T:
    """Pass all of a body on in blocks, none before the last one is done with; what is made of it.

    The last block and the end are one job: every one costs a switch of threads.
    """
    running: asyncio.Future[Any] | None = None
    block: list[bytes] = []
    size = 0
    try:
        async for chunk in body:
            block.append(chunk)
            size += len(chunk)
            if size >= WRITE_BYTES:
                running = await passed_on(feed, b"".join(block), running)
                block, size = [], 0
        if running is None and size <= SMALL_BYTES:
            feed(b"".join(block))
            return finish()
        last = await passed_on(partial(feed_last, feed, finish), b"".join(block), running)
        running = last
        return await last
    finally:
        # Whatever ended it: nobody writes any more when the content is discarded.
        if running is not None:
            await asyncio.wait([running])


def feed_last(feed: Feed, finish: Callable[[], T], block: bytes) -> T:
    feed(block)
    return finish()


async def passed_on(
    feed: Callable[[bytes], T], block: bytes, running: asyncio.Future[Any] | None
) -> asyncio.Future[T]:
    """Start on the block when the one before it is done."""
    if running is not None:
        await running
    return asyncio.get_running_loop().run_in_executor(None, feed, block)


async def body_of(source: Source) -> "bytes | Download":
    """The bytes, where one block holds them, else a stream of blocks."""
    if source.is_in_memory:
        return read_and_close(source)
    if source.left <= READ_BYTES:
        return await asyncio.to_thread(read_and_close, source)
    return Download(source)


def read_and_close(source: Source) -> bytes:
    with source:
        return source.read(source.left)


class Download(AsyncIterator[bytes]):
    """Blocks, read one after another in threads. To be closed whether it was read or not."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def __anext__(self) -> bytes:
        block = await asyncio.to_thread(self._source.read, READ_BYTES)
        if not block:
            raise StopAsyncIteration
        return block

    async def aclose(self) -> None:
        self._source.close()
