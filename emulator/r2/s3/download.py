"""An object's bytes as the body of an answer."""

import asyncio
from collections.abc import AsyncIterator

from emulator.r2.content import Source

# What one thread reads at once: enough for most objects, little beside many connections.
BLOCK_BYTES = 1_048_576


async def body_of(source: Source) -> "bytes | Download":
    """The bytes, where one block holds them, else a stream of blocks."""
    if source.is_in_memory:
        with source:
            return source.read(source.left)
    if source.left <= BLOCK_BYTES:
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
        block = await asyncio.to_thread(self._source.read, BLOCK_BYTES)
        if not block:
            raise StopAsyncIteration
        return block

    def close(self) -> None:
        self._source.close()
