"""Requests as wrangler's proxy sends them, and what an ASGI application makes of a raw one."""

from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from emulator.app import Asgi
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send

Message = MutableMapping[str, Any]


@asynccontextmanager
async def api_client(app: Asgi, account_id: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API as wrangler's bridge asks it, below the account's Workers."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=f"http://twin/client/v4/accounts/{account_id}/workers",
        headers={"Authorization": f"Bearer {token}", "User-Agent": "remote-bindings/0.0.67"},
    ) as client:
        yield client


class Bridged:
    """A client of one preview."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.token = token

    async def ask(
        self, method: str, url: str, *, name: str = "KV", content: bytes = b"", **headers: str
    ) -> httpx.Response:
        """One call of a binding; `headers` are those that the runtime sends, `_` for `-`."""
        sent = {f"MF-Header-{key.replace('_', '-')}": value for key, value in headers.items()}
        return await self.raw(method, url, name, self.token, content, **sent)

    async def raw(
        self, method: str, url: str, name: str, token: str, content: bytes = b"", **sent: str
    ) -> httpx.Response:
        asked = {"cf-workers-preview-token": token, "MF-Binding": name, "MF-URL": url, **sent}
        headers = [(key.encode(), value.encode()) for key, value in asked.items()]
        return await self.client.request(method, "/", content=content, headers=headers)


async def shop(scope: Scope, receive: Receive, send: Send) -> None:
    """A Worker that answers with what it was asked, or at `/duplex` with what it is sent."""
    if scope["type"] == "websocket":
        await receive()
        protocol = f"{scope['path']} {scope['subprotocols'][-1]}"
        await send({"type": "websocket.accept", "subprotocol": protocol})
        return
    await send({"type": "http.response.start", "status": 418, "headers": [(b"x", b"1")]})
    if scope["path"] == "/duplex":
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})
        return
    headers = dict(scope["headers"])
    asked = (scope["method"].encode(), headers[b"host"], scope["raw_path"], scope["query_string"])
    await send({"type": "http.response.body", "body": b"%b %b %b?%b" % asked})


def scope_of(kind: str, token: str, query: bytes = b"", **headers: str) -> Scope:
    named = {"cf-workers-preview-token": token, **headers}
    return {
        "type": kind,
        "scheme": "https",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": query,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()],
    }


async def told(
    app: Asgi,
    scope: Scope,
    received: Iterable[Message],
    see: Callable[[bytes], None] = lambda body: None,
) -> list[Message]:
    """All that the application sends; `see` is shown each block of a body as it is sent."""
    waiting = iter(received)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(waiting)

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            see(message["body"])

    await app(dict(scope), receive, send)
    return sent
