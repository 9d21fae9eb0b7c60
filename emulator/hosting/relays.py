"""How one script calls another: a Unix socket that leads to whatever process serves the other.

Bytes are carried as they are, so all that workerd speaks between its processes works: requests,
WebSockets, and the methods of a `WorkerEntrypoint`. A process that is told to end closes the
connections that are idle, and the caller's next request finds the one that has replaced it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

BLOCK_BYTES = 65_536

# The socket of the entrance, when the process behind it is ready. Raises `LookupError`.
Find = Callable[[], Awaitable[Path]]


class Relays:
    """Sockets by what they lead to. All methods belong to one event loop."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count(1)
        self._paths: dict[tuple[str, ...], Path] = {}
        self._servers: list[asyncio.Task[asyncio.Server]] = []

    def path(self, key: tuple[str, ...], find: Find) -> Path:
        """Where to connect to for what `key` names; made when it is first asked for."""
        path = self._paths.get(key)
        if path is None:
            path = self._paths[key] = self._directory / f"r{next(self._numbers)}"
            bound = socket.socket(socket.AF_UNIX)
            bound.bind(str(path))
            bound.listen(128)
            bound.setblocking(False)
            serve = asyncio.start_unix_server(lambda r, w: relay(r, w, find), sock=bound)
            self._servers.append(asyncio.ensure_future(serve))
        return path

    async def close(self) -> None:
        for server in await asyncio.gather(*self._servers):
            server.close()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, find: Find) -> None:
    """Carry one connection to the process, and back, until either side ends it."""
    try:
        far_reader, far_writer = await asyncio.open_unix_connection(await find())
    except (OSError, LookupError):
        writer.close()
        return
    there = asyncio.create_task(carry(reader, far_writer))
    back = asyncio.create_task(carry(far_reader, writer))
    await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
    # What was still on its way when one side ended may arrive.
    await asyncio.wait((there, back), timeout=1)
    for task, end in ((there, far_writer), (back, writer)):
        task.cancel()
        end.close()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(BLOCK_BYTES):
            writer.write(block)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
