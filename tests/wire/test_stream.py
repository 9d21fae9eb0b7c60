"""Bodies that are sent as they come, and clients that turn away."""

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from typing import Any

from emulator.wire.stream import send_stream


async def blocks(count: int) -> AsyncGenerator[bytes, None]:
    for _ in range(count):
        yield b"block"


async def sent(count: int, *, is_gone: bool) -> list[MutableMapping[str, Any]]:
    """What goes out of a body of so many blocks."""
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)
        await asyncio.sleep(0)

    async def receive() -> MutableMapping[str, Any]:
        if not is_gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    body = blocks(count)
    await send_stream(send, receive, body)
    return messages


async def test_every_block_is_sent_and_then_the_end() -> None:
    messages = await sent(3, is_gone=False)

    assert [message["body"] for message in messages] == [b"block", b"block", b"block", b""]
    assert [message.get("more_body", False) for message in messages] == [True, True, True, False]


async def test_whoever_has_gone_is_sent_no_more() -> None:
    assert len(await sent(1_000, is_gone=True)) < 3
