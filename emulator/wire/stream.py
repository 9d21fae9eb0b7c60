"""Bodies that are sent as they come, for doors whose clients may turn away in the middle."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from emulator.wire.body import Receive
from emulator.wire.reply import Stream

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def send_stream(send: Send, receive: Receive, body: Stream) -> None:
    """Block after block, until the last or until the client goes away; the caller closes it.

    The request has been read to its end: what is received now can only be that it has gone.
    """
    gone = asyncio.ensure_future(receive())
    try:
        async for block in body:
            await send({"type": "http.response.body", "body": block, "more_body": True})
            if gone.done():
                return
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
