"""Asking one provider: once or several times, until the first part of its answer is there.

The pauses between attempts are real time, through a function that tests hand in; a timeout
counts to the first part of an answer, and not at all on the last of several attempts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from emulator.ai_gateway.errors import ProviderFailed, ProviderTimeout
from emulator.ai_gateway.handling import Handling
from emulator.ai_gateway.limits import MAX_CACHED_BYTES
from emulator.twin import Account
from emulator.wire.reply import Stream
from emulator.wire.upstream import (
    HeaderList,
    Upstream,
    UpstreamReply,
    UpstreamRequest,
    UpstreamUnreachable,
)

# Seconds.
Wait = Callable[[float], Awaitable[None]]

EVENTS = "text/event-stream"
# [guess] What is worth another attempt: the documents say "failed requests" alone.
RETRIED = frozenset({408, 429, *range(500, 600)})


async def ask(
    upstream: Upstream, account: Account, request: UpstreamRequest, handling: Handling, wait: Wait
) -> UpstreamReply:
    """The provider's answer, be it a refusal. Raises `ProviderFailed` and `ProviderTimeout`."""
    retries = handling.retries
    for attempt in range(1, retries.attempts):
        try:
            reply = await once(upstream, account, request, handling.timeout_ms)
        except (ProviderFailed, ProviderTimeout):
            pass
        else:
            if reply.status not in RETRIED:
                return reply
            await close(reply)
        await wait(retries.pause_seconds(attempt))
    patience = handling.timeout_ms if retries.attempts == 1 else None
    return await once(upstream, account, request, patience)


async def once(
    upstream: Upstream, account: Account, request: UpstreamRequest, timeout_ms: int | None
) -> UpstreamReply:
    """One attempt. What does not come as events is gathered, unless it is very large."""
    limit = asyncio.timeout(None if timeout_ms is None else timeout_ms / 1000)
    try:
        async with limit:
            reply = await begun(await upstream.send(account, request))
        return await gathered(reply)
    except TimeoutError:
        if not limit.expired():
            raise ProviderFailed() from None
        raise ProviderTimeout(milliseconds=timeout_ms) from None
    except UpstreamUnreachable:
        raise ProviderFailed() from None


async def begun(reply: UpstreamReply) -> UpstreamReply:
    """The reply once its first part is here."""
    if isinstance(reply.body, bytes):
        return reply
    blocks = aiter(reply.body)
    try:
        first = await anext(blocks, b"")
    except BaseException:
        await reply.body.aclose()
        raise
    return UpstreamReply(reply.status, reply.headers, Begun(first, blocks, reply.body))


async def gathered(reply: UpstreamReply) -> UpstreamReply:
    body = reply.body
    if isinstance(body, bytes) or content_type(reply.headers).startswith(EVENTS):
        return reply
    whole, blocks = bytearray(), aiter(body)
    try:
        async for block in blocks:
            whole += block
            if len(whole) > MAX_CACHED_BYTES:
                rest = Begun(bytes(whole), blocks, body)
                return UpstreamReply(reply.status, reply.headers, rest)
    except BaseException:
        await body.aclose()
        raise
    await body.aclose()
    return UpstreamReply(reply.status, reply.headers, bytes(whole))


async def close(reply: UpstreamReply) -> None:
    if not isinstance(reply.body, bytes):
        await reply.body.aclose()


def content_type(headers: HeaderList) -> str:
    return next((value for name, value in headers if name == "content-type"), "")


class Begun:
    """A stream of which a part has been read: that part, then the rest."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes], source: Stream) -> None:
        self._blocks = self._all(first, rest)
        self._source = source

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._blocks

    async def aclose(self) -> None:
        await self._blocks.aclose()
        await self._source.aclose()

    async def _all(self, first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        if first:
            yield first
        async for block in rest:
            yield block
