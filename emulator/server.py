"""The listeners in one event loop: bind, serve, stop.

Sockets are bound before anything else, so a port that is taken is known at once, and 0
means a free one whose number is known before the first request.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from emulator.app import Asgi
from emulator.cork import CorkedProtocol
from emulator.phrase import PhrasedProtocol

if TYPE_CHECKING:
    import ssl

GRACE_SECONDS = 5
# How long Cloudflare keeps a client's connection:
# https://developers.cloudflare.com/fundamentals/reference/connection-limits/
KEEP_ALIVE_SECONDS = 400
# The runtime keeps its connections, and loses what it sends on one that closes meanwhile.
RUNTIME_KEEP_ALIVE_SECONDS = 600
# Of Linux; macOS has four fewer.
MAX_SOCKET_PATH_BYTES = 103


@dataclass(frozen=True, slots=True)
class Listener:
    """An application on a bound socket."""

    app: Asgi
    socket: socket.socket
    http: type[CorkedProtocol] = CorkedProtocol
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS
    tls: "ssl.SSLContext | None" = None

    @property
    def url(self) -> str:
        """`http://host:port`, or `https`; of a Unix socket `unix:/path`, as workerd has it."""
        if self.socket.family == socket.AF_UNIX:
            return f"unix:{self.socket.getsockname()}"
        host, port = self.socket.getsockname()[:2]
        return f"{'https' if self.tls else 'http'}://{reached_at(host)}:{port}"


def reached_at(host: str) -> str:
    """How a URL of this machine names the address: browsers refuse the one that is all of them."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def bind(app: Asgi, host: str, port: int) -> Listener:
    """Bind and listen. Raises `OSError` with the address when it is taken."""
    return Listener(app, open_socket(host, port))


def open_socket(host: str, port: int) -> socket.socket:
    """Bound and listening. Raises `OSError` with the address when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP so that event loops turn Nagle off: headers and body are two writes.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from None
    sock.listen(2048)
    sock.setblocking(False)
    return sock


def bind_runtime(app: Asgi, path: Path) -> Listener:
    """A Unix socket for the Workers runtime, which only this user may open.

    One that a killed process has left is replaced. Raises `OSError`.
    """
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise OSError(f"{path} is too long for a socket's name: choose a shorter --state")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Before there is a name by which anybody could connect; macOS takes it only afterwards.
    with suppress(OSError):
        os.fchmod(sock.fileno(), 0o600)
    sock.bind(str(path))
    path.chmod(0o600)
    sock.listen(2048)
    sock.setblocking(False)
    return Listener(app, sock, PhrasedProtocol, RUNTIME_KEEP_ALIVE_SECONDS)


class Servers:
    """uvicorn servers for the listeners. `start` returns when all of them answer."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._pairs = [(uvicorn.Server(config(one)), one) for one in listeners]
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        for server, listener in self._pairs:
            server.config.load()
            server.config.ssl = listener.tls
            server.lifespan = server.config.lifespan_class(server.config)
            await server.startup(sockets=[listener.socket])
            self._loops.append(asyncio.create_task(server.main_loop()))

    async def stop(self) -> None:
        for server, _ in self._pairs:
            server.should_exit = True
        await asyncio.gather(*self._loops)
        for server, listener in self._pairs:
            await server.shutdown(sockets=[listener.socket])


def websocket(*given: Any, **named: Any) -> asyncio.Protocol:
    """The protocol of a WebSocket, which is loaded with the first of them."""
    from emulator.masking import LenientWebSocket

    return LenientWebSocket(*given, **named)


def config(listener: Listener) -> uvicorn.Config:
    """Lean: no access log (the event ring has it), no proxy headers, no lifespan."""
    return uvicorn.Config(
        listener.app,
        loop="none",
        http=listener.http,
        ws=websocket,  # type: ignore[arg-type]  # a function that makes what it takes
        timeout_keep_alive=listener.keep_alive_seconds,
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
