"""Streams and bodies: what a request, an answer, an object holds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from emulator.workers.python.values import JsBuffer, JsException, JsObject, JsProxy, is_bytes


class ReadableStream(JsProxy):
    """Bytes as they come. `length` is how many there are, if that is known."""

    def __init__(self, chunks: AsyncIterator[bytes], length: int | None = None) -> None:
        self._chunks = chunks
        self.length = length
        self.locked = False

    async def __aiter__(self) -> AsyncIterator[JsBuffer]:
        self.lock()
        async for chunk in self._chunks:
            yield JsBuffer(chunk)

    def lock(self) -> None:
        if self.locked:
            raise JsException("TypeError", "This ReadableStream is currently locked to a reader.")
        self.locked = True

    def chunks(self) -> AsyncIterator[bytes]:
        self.lock()
        return self._chunks

    def getReader(self, *_: Any) -> "Reader":
        return Reader(self.chunks())

    async def cancel(self, *_: Any) -> None:
        self.locked = True
        await end(self._chunks)

    async def pipeTo(self, writable: "WritableStream", *_: Any) -> None:
        writer = writable.getWriter()
        async for chunk in self.chunks():
            await writer.write(chunk)
        await writer.close()

    def pipeThrough(self, transform: Any, *_: Any) -> "ReadableStream":
        asyncio.ensure_future(self.pipeTo(transform.writable))
        readable: ReadableStream = transform.readable
        return readable


class Reader(JsProxy):
    """What `getReader()` gives."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def read(self) -> JsObject:
        try:
            return JsObject(done=False, value=JsBuffer(await anext(self._chunks)))
        except StopAsyncIteration:
            return JsObject(done=True, value=None)

    async def cancel(self, *_: Any) -> None:
        await end(self._chunks)

    def releaseLock(self) -> None:
        """The stream stays this reader's."""


class WritableStream(JsProxy):
    """The end that is written to, a chunk at a time."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(1)

    def getWriter(self) -> "WritableStream":
        return self

    async def write(self, chunk: Any) -> None:
        if not is_bytes(chunk):
            raise JsException("TypeError", "This TransformStream is being used as a byte stream")
        await self.queue.put(bytes(chunk))

    async def close(self) -> None:
        await self.queue.put(None)

    async def abort(self, reason: Any = "aborted") -> None:
        await self.queue.put(JsException("Error", str(reason)))

    def releaseLock(self) -> None:
        """Nobody else writes."""

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self.queue.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk


class TransformStream(JsProxy):
    """What is written to one end is read from the other."""

    def __init__(self, length: int | None = None) -> None:
        self.writable = WritableStream()
        self.readable = ReadableStream(self.writable.chunks(), length)

    @classmethod
    def new(cls, *_: Any) -> "TransformStream":
        return TransformStream()


class FixedLengthStream(TransformStream):
    """One of which it is known how long it will be."""

    @classmethod
    def new(cls, length: int, *_: Any) -> "TransformStream":
        return TransformStream(int(length))


async def end(chunks: AsyncIterator[bytes]) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


async def gathered(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def encoded(chunks: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """A Python generator's text and bytes."""
    async for chunk in chunks:
        yield chunk.encode() if isinstance(chunk, str) else bytes(chunk)


async def once(content: bytes) -> AsyncIterator[bytes]:
    if content:
        yield content
