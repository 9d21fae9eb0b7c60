"""A client below HTTP: sees each part of an answer as it is sent, and can go away."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
App = Callable[
    [Any, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class Caller:
    """One POST. `blocks` is what has come so far; `go` closes the connection."""

    def __init__(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        given = (headers or {}).items()
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "headers": [(name.encode(), value.encode()) for name, value in given],
        }
        self._body = body
        self._sent = False
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.blocks: list[bytes] = []
        self.complete = False

    def go(self) -> None:
        self._gone.set()

    async def receive(self) -> Message:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            if block := message.get("body", b""):
                self.blocks.append(block)
            self.complete = not message.get("more_body", False)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something of the answer has made the condition true."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def run(self, app: App) -> None:
        await app(self.scope, self.receive, self.send)
