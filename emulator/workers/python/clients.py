"""HTTP clients of Python inside a Worker: what they ask for goes where `fetch` goes.

`urllib`, `http.client`, `requests`, `httpx` and `aiohttp` work as they are; each is turned
round when it is imported.
"""

import http.client
import importlib.abc
import importlib.machinery
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from emulator.workers.python.fetcher import Fetcher
from emulator.workers.python.messages import Request
from emulator.workers.python.streams import ReadableStream
from emulator.workers.python.values import JsException

Turn = Callable[[ModuleType], None]


class Turning(importlib.abc.MetaPathFinder):
    """Finds what others find, and turns it round when it has been loaded."""

    def __init__(self, turns: Mapping[str, Turn]) -> None:
        self._turns = turns

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        turn = self._turns.get(name)
        if turn is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                turn(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # for this module
        return spec


def turn_clients(outbound: Fetcher, path: str, token: str) -> None:
    """`path` is the listener's socket, `token` what opens the way out."""
    turn_http_client(path, token)
    turns = {
        "httpx": turn_httpx(outbound),
        "aiohttp.connector": turn_aiohttp(path, token),
        "urllib3.connection": turn_urllib3(),
    }
    sys.meta_path.insert(0, Turning(turns))


def turn_http_client(path: str, token: str) -> None:
    putrequest = http.client.HTTPConnection.putrequest

    def connect(self: Any) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
        self.sock.connect(path)

    def put(self: Any, *given: Any, **named: Any) -> None:
        putrequest(self, *given, **named)
        self.putheader("cftwin-binding", token)
        secure = isinstance(self, http.client.HTTPSConnection) or self.default_port == 443
        self.putheader("x-forwarded-proto", "https" if secure else "http")

    for kind in (http.client.HTTPConnection, http.client.HTTPSConnection):
        kind.connect = connect  # type: ignore[method-assign]  # the way out
    http.client.HTTPConnection.putrequest = put  # type: ignore[method-assign]  # says whose it is


def turn_urllib3() -> Turn:
    def turn(module: ModuleType) -> None:
        def connect(self: Any) -> None:
            http.client.HTTPConnection.connect(self)
            self.is_verified = True
            self.proxy_is_verified = None

        module.HTTPConnection.connect = connect
        module.HTTPSConnection.connect = connect
        # Nobody asks the hosts for certificates.
        module.HTTPSConnection.is_verified = True

    return turn


def turn_httpx(outbound: Fetcher) -> Turn:
    def turn(module: ModuleType) -> None:
        import httpx

        class Body(httpx.AsyncByteStream):
            def __init__(self, stream: ReadableStream | None) -> None:
                self._stream = stream

            async def __aiter__(self) -> Any:
                if self._stream is not None:
                    async for chunk in self._stream.chunks():
                        yield chunk

        async def ask(self: Any, request: httpx.Request) -> httpx.Response:
            body = await request.aread() if request.method not in ("GET", "HEAD") else None
            sent = Request(str(request.url), redirect="manual")
            sent.method, sent.source = request.method, body
            for name, value in request.headers.multi_items():
                if name != "accept-encoding":
                    sent.headers.append(name, value)
            try:
                answer = await outbound.fetch(sent)
            except JsException as error:
                raise httpx.ConnectError(error.message, request=request) from error
            headers = [
                pair
                for pair in answer.headers.raw()
                if pair[0] not in (b"content-encoding", b"content-length")
            ]
            return httpx.Response(answer.status, headers=headers, stream=Body(answer.body))

        def ask_at_once(self: Any, request: httpx.Request) -> httpx.Response:
            secure = request.url.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(request.url.netloc.decode())
            target = request.url.raw_path.decode()
            named = {k: v for k, v in request.headers.items() if k != "accept-encoding"}
            try:
                connection.request(request.method, target, request.read(), named)
                answer = connection.getresponse()
                content = answer.read()
            except OSError as error:
                raise httpx.ConnectError(str(error), request=request) from error
            finally:
                connection.close()
            return httpx.Response(answer.status, headers=answer.getheaders(), content=content)

        vars(module)["AsyncHTTPTransport"].handle_async_request = ask
        vars(module)["HTTPTransport"].handle_request = ask_at_once

    return turn


def turn_aiohttp(path: str, token: str) -> Turn:
    def turn(module: ModuleType) -> None:
        connector = vars(module)["TCPConnector"]
        connect = connector.connect

        async def asked(self: Any, req: Any, *given: Any, **named: Any) -> Any:
            req.headers["cftwin-binding"] = token
            req.headers["x-forwarded-proto"] = req.url.scheme
            return await connect(self, req, *given, **named)

        async def create(self: Any, req: Any, *_: Any, **__: Any) -> Any:
            _, protocol = await self._loop.create_unix_connection(self._factory, path)
            return protocol

        connector.connect = asked
        connector._create_connection = create

    return turn
