"""ASGI applications in a Worker: `asgi.fetch(app, request, env)`, streaming both ways.

The application's lifespan begins with its first request and ends with the process.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from emulator.workers.python.logs import Say
from emulator.workers.python.messages import NULL_BODY, Request, Response
from emulator.workers.python.streams import ReadableStream, once

VERSION = {"version": "3.0", "spec_version": "2.3"}
# Chunks of an answer that wait for its reader.
WAITING = 16
END_SECONDS = 1.0


class AsgiServer:
    """Runs applications. `say` is told of what goes wrong after an answer has begun."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lifespans: dict[int, Lifespan] = {}

    async def fetch(self, app: Any, req: Any, env: Any = None, ctx: Any = None) -> Response:
        """The application's answer. Raises what it raises before that."""
        request: Request = getattr(req, "js_object", req)
        lifespan = self._lifespans.get(id(app))
        if lifespan is None:
            lifespan = self._lifespans[id(app)] = Lifespan(app)
        scope = scope_of(request, env, await lifespan.begun())
        if request.socket is not None:
            request.socket.run = lambda receive, send: app(scope, receive, send)
            return Response(None)
        return await Exchange(app, scope, request, self._say).answer()

    async def close(self) -> None:
        for lifespan in self._lifespans.values():
            await lifespan.end()


class Exchange:
    """One request to an application and its answer."""

    def __init__(self, app: Any, scope: dict[str, Any], request: Request, say: Say) -> None:
        self._app = app
        self._scope = scope
        self._say = say
        source = request.take()
        self._body = source.chunks() if isinstance(source, ReadableStream) else once(source or b"")
        self._more = True
        self._head: Mapping[str, Any] = {}
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._begun: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def answer(self) -> Response:
        try:
            return await self._begun
        except asyncio.CancelledError:
            self._task.cancel()
            raise

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
            if not self._begun.done():
                raise RuntimeError("The application did not generate a response")
        except Exception as error:
            if not self._begun.done():
                self._begun.set_exception(error)
                return
            self._say("error", "".join(traceback.format_exception(error)).rstrip())
        if not self._gone.is_set():
            await self._chunks.put(None)

    async def _receive(self) -> dict[str, Any]:
        if self._more:
            try:
                chunk = await anext(self._body)
                return {"type": "http.request", "body": bytes(chunk), "more_body": True}
            except StopAsyncIteration:
                self._more = False
                return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        if message["type"] != "http.response.body":
            raise RuntimeError(f"{message['type']} is not implemented by Cloudflare Twin")
        chunk, more = bytes(message.get("body", b"")), message.get("more_body", False)
        if not self._begun.done():
            whole: Any = ReadableStream(self._read()) if more else chunk
            self._begun.set_result(response_of(self._head, whole))
            if not more:
                self._gone.set()
        if self._gone.is_set():
            return
        if chunk:
            await self._chunks.put(chunk)
        if not more:
            await self._chunks.put(None)

    async def _read(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._chunks.get()) is not None:
                yield chunk
        finally:
            self._gone.set()
            # Whoever waits to write need not any more.
            while not self._chunks.empty():
                self._chunks.get_nowait()


class Lifespan:
    """An application's start and end, if it wants to know of them."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.state: dict[str, Any] = {}
        self._events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run())

    async def begun(self) -> dict[str, Any]:
        """Its state. Raises `RuntimeError` when the application says that it cannot start."""
        await asyncio.shield(self._started)
        return dict(self.state)

    async def end(self) -> None:
        await self._events.put({"type": "lifespan.shutdown"})
        await asyncio.wait([self._task], timeout=END_SECONDS)
        self._task.cancel()

    async def _run(self) -> None:
        await self._events.put({"type": "lifespan.startup"})
        scope = {"type": "lifespan", "asgi": VERSION, "state": self.state}
        try:
            await self._app(scope, self._events.get, self._told)
        except Exception:
            # An application that knows no lifespan.
            pass
        if not self._started.done():
            self._started.set_result(None)

    async def _told(self, message: Mapping[str, Any]) -> None:
        if self._started.done():
            return
        if message["type"] == "lifespan.startup.failed":
            text = message.get("message") or "ASGI lifespan startup failed"
            self._started.set_exception(RuntimeError(text))
        elif message["type"] == "lifespan.startup.complete":
            self._started.set_result(None)


def scope_of(request: Request, env: Any, state: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(request.url)
    scope = {
        "type": "http",
        "asgi": VERSION,
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": request.headers.raw(),
        "server": (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)),
        "client": client_of(request),
        "state": state,
        "env": env,
    }
    if request.socket is not None:
        scheme = "wss" if parts.scheme == "https" else "ws"
        scope |= {"type": "websocket", "scheme": scheme}
        scope["subprotocols"] = request.socket.subprotocols
        del scope["method"]
    return scope


def client_of(request: Request) -> tuple[str, int] | None:
    address = request.headers.get("cf-connecting-ip")
    return (address, 0) if address else None


def response_of(head: Mapping[str, Any], body: Any) -> Response:
    status = head["status"]
    answer = Response(None if status in NULL_BODY else body, status=status)
    for name, value in head.get("headers", ()):
        text = bytes(value).decode("utf-8", "replace")
        answer.headers.append(bytes(name).decode("latin-1"), text)
    return answer
