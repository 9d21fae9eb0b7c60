"""The three listeners in one event loop: bind, serve, stop.

Sockets are bound before anything else, so a port that is taken is known at once, and 0
means a free one whose number is known before the first request.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import uvicorn

from emulator.app import Asgi
from emulator.cork import CorkedProtocol

GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Listener:
    """An application on a bound socket."""

    app: Asgi
    socket: socket.socket

    @property
    def url(self) -> str:
        host, port = self.socket.getsockname()[:2]
        return f"http://{host}:{port}"


def bind(app: Asgi, host: str, port: int) -> Listener:
    """Bind and listen. Raises `OSError` with the address when it is taken."""
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
    return Listener(app, sock)


class Servers:
    """uvicorn servers for the listeners. `start` returns when all of them answer."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._pairs = [(uvicorn.Server(config(one.app)), one.socket) for one in listeners]
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        for server, sock in self._pairs:
            server.config.load()
            server.lifespan = server.config.lifespan_class(server.config)
            await server.startup(sockets=[sock])
            self._loops.append(asyncio.create_task(server.main_loop()))

    async def stop(self) -> None:
        for server, _ in self._pairs:
            server.should_exit = True
        await asyncio.gather(*self._loops)
        for server, sock in self._pairs:
            await server.shutdown(sockets=[sock])


def config(app: Asgi) -> uvicorn.Config:
    """Lean: no access log (the event ring has it), no proxy headers, no lifespan."""
    return uvicorn.Config(
        app,
        loop="none",
        http=CorkedProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
