"""Asks an application of this process, with no socket between, and streams what it answers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from emulator.wire.body import Receive
from emulator.wire.reply import Reply
from emulator.wire.stream import Send

Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Message = MutableMapping[str, Any]

# Of an answer, before who writes it waits for who reads it.
MESSAGES_AHEAD = 8

log = logging.getLogger("cftwin.inside")


def scope_of(
    method: str,
    scheme: str,
    server: tuple[str, int],
    raw_path: bytes,
    path: str,
    query: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    client: tuple[str, int] = ("127.0.0.1", 0),
) -> dict[str, Any]:
    """What the application is asked. `path` is the raw path decoded; no query in either."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": client,
        "server": server,
        "extensions": {},
        "state": {},
    }


async def ask(app: Asgi, scope: MutableMapping[str, Any], body: bytes) -> Reply:
    """The answer, its body as it comes. What the application raises before it answers is raised."""
    answer = Answer(app, scope, body)
    try:
        start = await answer.next_message()
    except BaseException:
        await answer.aclose()
        raise
    headers = tuple((bytes(name).lower(), bytes(value)) for name, value in start["headers"])
    return Reply(answer, status=start["status"], headers=headers)


class Answer:
    """An application at work, and the body of its answer. Closing it ends the work."""

    def __init__(self, app: Asgi, scope: MutableMapping[str, Any], body: bytes) -> None:
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(MESSAGES_AHEAD)
        self._request: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(app, scope))

    async def next_message(self) -> Message:
        message = await self._messages.get()
        if message is None:
            # Raises what the application has raised.
            await self._task
            raise RuntimeError("the application ended before its answer did")
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self.next_message()
            more = message.get("more_body", False)
            if block := message.get("body", b""):
                yield block
        try:
            await self._task
        except Exception:
            log.exception("an application failed after it had answered")

    async def aclose(self) -> None:
        self._gone.set()
        if not self._task.done():
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, app: Asgi, scope: MutableMapping[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._messages.put)
        finally:
            # An answer that nobody reads is not waited for: the task has been cancelled then.
            if not self._gone.is_set():
                await self._messages.put(None)

    async def _receive(self) -> Message:
        request, self._request = self._request, None
        if request is not None:
            return request
        await self._gone.wait()
        return {"type": "http.disconnect"}
