"""The sockets' applications: requests become the script's, answers go back as they come."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from emulator.workers.python.invocation import Invocation, Invocations
from emulator.workers.python.messages import HOST, Request, Response
from emulator.workers.python.script import Script
from emulator.workers.python.streams import ReadableStream, end, once
from emulator.workers.python.values import JsException, JsObject, parse
from emulator.workers.python.wire import CAUSE_HEADER

BODY = b"Internal Server Error"
# As workerd answers for a script that threw: the edge knows it by what is missing.
UNCAUGHT = {
    "type": "http.response.start",
    "status": 500,
    "headers": [(b"content-length", b"%d" % len(BODY)), (b"connection", b"close")],
}
# A connection's own.
HOP = frozenset((b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"))
OURS = frozenset((b"cftwin-cf", b"x-forwarded-proto", CAUSE_HEADER))
NO_BODY = (204, 304)

Scope = Mapping[str, Any]


class Socket:
    """A client that wants to talk by WebSocket: `run` is set by who talks to it."""

    def __init__(self, subprotocols: list[str]) -> None:
        self.subprotocols = subprotocols
        self.run: Any = None


class Front:
    """Serves the script; `entrypoint` names the class, if it is not the default one."""

    def __init__(
        self, script: Script, invocations: Invocations, entrypoint: str | None = None
    ) -> None:
        self._script = script
        self._invocations = invocations
        self._entrypoint = entrypoint

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        incoming = Incoming(receive)
        try:
            request = request_of(scope, incoming)
        except JsException as refusal:
            await refuse(scope, send, str(refusal))
            return
        cause = dict(scope["headers"]).get(CAUSE_HEADER)
        invocation = self._invocations.begin({"request": told(request)}, cause)
        try:
            answer = await self._script.fetch(request, invocation, self._entrypoint)
            if request.socket is not None:
                await connect(request.socket, receive, send)
            else:
                invocation.event["response"] = {"status": answer.status}
                await reply(scope["method"], answer, send, incoming)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            await self._failed(scope, send, invocation, error)
        finally:
            self._invocations.finish(invocation)

    async def _failed(
        self, scope: Scope, send: Any, invocation: Invocation, error: BaseException
    ) -> None:
        """The log is told all, the client nothing. Raises the error when an answer has begun."""
        self._invocations.failed(invocation, error)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1011})
        elif "response" in invocation.event:
            raise error
        else:
            await send(UNCAUGHT)
            await send({"type": "http.response.body", "body": BODY})


async def refuse(scope: Scope, send: Any, text: str) -> None:
    """A request that is none, such as one without a host."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1002})
        return
    body = text.encode("utf-8", "replace")
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def reply(method: str, answer: Response, send: Any, incoming: "Incoming") -> None:
    """Send it, as long as there is somebody to take it. Raises what its body raises."""
    source = answer.take()
    headers = [pair for pair in answer.headers.raw() if pair[0] not in HOP]
    if not isinstance(source, ReadableStream):
        body = source or b""
        if method != "HEAD" and answer.status not in NO_BODY:
            headers = [pair for pair in headers if pair[0] != b"content-length"]
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    if source.length is not None and b"content-length" not in dict(headers):
        headers.append((b"content-length", b"%d" % source.length))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    chunks = source.chunks()
    try:
        with incoming.watched():
            async for chunk in chunks if method != "HEAD" else once(b""):
                await send({"type": "http.response.body", "body": bytes(chunk), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await end(chunks)


async def connect(socket: Socket, receive: Any, send: Any) -> None:
    """Let the application talk; or tell the client that nobody does."""
    if socket.run is not None:
        await socket.run(receive, send)
        return
    await send({"type": "websocket.close", "code": 1000})


class Incoming:
    """The request's body, and after it whether the client is still there."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._read = asyncio.Event()

    def has_none(self) -> None:
        """There is no body to wait for."""
        self._read.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises `OSError` when the client is gone."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise OSError("the client is gone")
            if not message.get("more_body"):
                self._read.set()
            if message.get("body"):
                yield message["body"]
            if self._read.is_set():
                return

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What is done here is given up when the client is gone."""
        mine = asyncio.current_task()
        assert mine is not None
        watch = asyncio.create_task(self._gone())
        watch.add_done_callback(lambda done: done.cancelled() or mine.cancel())
        try:
            yield
        except asyncio.CancelledError:
            if not watch.done() or mine.uncancel():
                raise
        finally:
            watch.cancel()

    async def _gone(self) -> None:
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


def request_of(scope: Scope, incoming: Incoming) -> Request:
    """The request as a script gets it. Raises `JsException` for one that has no URL."""
    named = dict(scope["headers"])
    scheme = named.get(b"x-forwarded-proto", b"http").decode("latin-1")
    host = named.get(b"host", b"localhost").decode("latin-1")
    if not HOST.fullmatch(host):
        raise JsException("TypeError", "Invalid Host")
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    request = Request(f"{'https' if scheme in ('https', 'wss') else 'http'}://{host}{path}")
    request.method = scope.get("method", "GET")
    for name, value in scope["headers"]:
        if name not in OURS:
            request.headers.append(name.decode("latin-1"), value.decode("utf-8", "replace"))
    cf = named.get(b"cftwin-cf")
    request.cf = parse(cf.decode("utf-8", "replace")) if cf is not None else None
    if scope["type"] == "websocket":
        request.socket = Socket(scope.get("subprotocols", []))
    elif b"transfer-encoding" in named or named.get(b"content-length", b"0") != b"0":
        length = named.get(b"content-length", b"")
        size = int(length) if length.isdigit() else None
        request.source = ReadableStream(incoming.chunks(), size)
    else:
        incoming.has_none()
    return request


def told(request: Request) -> dict[str, Any]:
    """What a trace tells of a request."""
    return {
        "url": request.url,
        "method": request.method,
        "headers": dict(request.headers.entries()),
        "cf": request.cf,
    }


class Controller(JsObject):
    """What a cron handler is given."""

    def noRetry(self) -> None:
        object.__setattr__(self, "is_final", True)


class Control:
    """Whether the script's thread is free, and cron handlers."""

    def __init__(self, script: Script, invocations: Invocations) -> None:
        self._script = script
        self._invocations = invocations

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        body = b"free"
        if scope["path"] == "/scheduled":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            body = json.dumps(await self._scheduled(query["cron"][0], query["time"][0])).encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _scheduled(self, cron: str, time: str) -> dict[str, Any]:
        moment = int(float(time))
        controller = Controller(cron=cron, scheduledTime=moment, type="scheduled")
        event = {"cron": cron, "scheduledTime": moment}
        invocation = self._invocations.begin(event, f"cron {cron}".encode("latin-1", "replace"))
        try:
            await self._script.scheduled(controller, invocation)
        except Exception as error:
            self._invocations.failed(invocation, error)
        finally:
            self._invocations.finish(invocation)
        is_final = "is_final" in vars(controller)
        return {"outcome": invocation.outcome, "noRetry": is_final}
