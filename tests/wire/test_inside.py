"""An application of this process, asked without a socket."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from emulator.wire.body import Receive
from emulator.wire.inside import ask, scope_of
from emulator.wire.stream import Send

Scope = MutableMapping[str, Any]
SCOPE = scope_of("POST", "https", ("a.test", 443), b"/a%20b", "/a b", b"c=d", [])
START = {"type": "http.response.start", "status": 201, "headers": [(b"X-Y", b"z")]}


def block(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def read(body: Any) -> bytes:
    return b"".join([part async for part in body])


async def test_an_application_gets_the_request_and_its_answer_comes() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await send(START)
        await send(block(message["body"]))
        await send(block(scope["query_string"], more=False))

    reply = await ask(app, SCOPE, b"body ")

    assert (reply.status, reply.headers) == (201, ((b"x-y", b"z"),))
    assert await read(reply.body) == b"body c=d"


async def test_an_answer_streams_while_the_application_works() -> None:
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(block(b"first"))
        await go_on.wait()
        await send(block(b"second", more=False))

    reply = await ask(app, SCOPE, b"")
    blocks = aiter(reply.body)  # type: ignore[arg-type]

    assert await anext(blocks) == b"first"
    go_on.set()
    assert await anext(blocks) == b"second"


async def test_who_turns_away_ends_the_application() -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send(START)
            while True:
                await send(block(b"for ever"))
        finally:
            ended.set()

    reply = await ask(app, SCOPE, b"")
    assert not isinstance(reply.body, bytes)
    await reply.body.aclose()

    assert ended.is_set()


async def test_what_an_application_raises_before_it_answers_is_raised() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await ask(app, SCOPE, b"")


async def test_an_answer_that_ends_early_is_an_error_for_who_reads() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(block(b"half"))

    reply = await ask(app, SCOPE, b"")

    with pytest.raises(RuntimeError, match="ended before"):
        await read(reply.body)
