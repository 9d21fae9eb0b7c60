"""One program and the process that runs it: started when it is needed, ended when it is idle."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from socket import socket
from typing import Any

from emulator.workers.runtime.child import Child, Launch, Log, start
from emulator.workers.runtime.config import render
from emulator.workers.runtime.failures import ProgramBroken, ProgramGone, RuntimeAbsent
from emulator.workers.runtime.program import Program
from emulator.workers.runtime.watchdog import Excess, Limits, ProcessGauge, watch


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs run: workerd (None: not on this machine) and the Python of Python Workers,
    a directory for data and one, of short path, for sockets, the address where bindings are
    served, and what one process may take.
    """

    binary: Path | None
    python: Path
    data: Path
    sockets: Path
    listener: str
    environment: Mapping[str, str]
    memory_bytes: int
    idle_seconds: float


class Runner:
    """Runs one program. `port` is the socket that it serves beside the edge's, if it has one.

    All methods belong to one event loop. `ended` is called when the process has ended without
    being told to, or because it had nothing to do.
    """

    def __init__(
        self,
        place: Place,
        numbers: "count[int]",
        program: Program,
        port: socket | None,
        log: Log,
        ended: Callable[[], None],
    ) -> None:
        self._place = place
        self._numbers = numbers
        self._program = program
        self._port = port
        self._log = log
        self._ended = ended
        self._child: Child | None = None
        self._lock = asyncio.Lock()
        self._closed = False
        # Why the last process had to be ended, if it had.
        self.excess: Excess | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def has_objects(self) -> bool:
        """Whether it keeps Durable Objects on disk."""
        return bool(self._program.objects)

    @property
    def is_python(self) -> bool:
        """Whether it runs on our own runtime, which tells what its calls are made for."""
        return self._program.is_python

    @property
    def is_called(self) -> bool:
        """Whether other scripts call it."""
        return bool(self._program.entrances)

    @property
    def child(self) -> Child | None:
        """The process that serves now, if one does."""
        current = self._child
        return current if current is not None and not current.ended.done() else None

    async def ready(self) -> Child:
        """A process that serves. Raises `ProgramBroken`, `ProgramGone`."""
        if (current := self.child) is not None:
            return current
        async with self._lock:
            if (current := self.child) is not None:
                return current
            if self._closed:
                raise ProgramGone("the script was replaced")
            self._child = candidate = await launch(
                self._place, next(self._numbers), self._program, self._port, self._log
            )
            self.excess = None
            self._spawn(self._look_after(candidate))
            return candidate

    async def rest(self) -> None:
        """End the process until it is needed again."""
        async with self._lock:
            current, self._child = self._child, None
            if current is not None:
                await current.stop()
                self._ended()

    async def retire(self) -> None:
        """End for good, when what was asked has been answered."""
        async with self._lock:
            self._closed = True
            current, self._child = self._child, None
        if current is not None:
            await current.retire()
        await self.close()

    async def close(self) -> None:
        """End for good."""
        async with self._lock:
            self._closed = True
            current, self._child = self._child, None
            if current is not None:
                await current.stop()
        mine = asyncio.current_task()
        await asyncio.gather(*(one for one in self._tasks if one is not mine))

    async def _look_after(self, current: Child) -> None:
        """Until it ends, whoever ends it."""
        guard = asyncio.create_task(self._guard(current))
        code = await asyncio.shield(current.ended)
        if self._child is current:
            self._gone(current, None, code)
        guard.cancel()

    async def _guard(self, current: Child) -> None:
        """End it when it takes too much. While it is idle, it need not be there."""
        limits = Limits(
            self._program.cpu_seconds, self._place.memory_bytes, self._place.idle_seconds
        )
        with suppress(ProcessLookupError):
            gauge = ProcessGauge(current.pid)

            def is_needed() -> bool:
                return current.is_used or gauge.is_connected()

            end = await watch(gauge, lambda: is_free(current), is_needed, limits)
            if end is not None:
                self._gone(current, end)
                await current.kill()
            elif self._child is current:
                self._spawn(self.rest())

    def _gone(self, current: Child, excess: Excess | None, code: int | None = None) -> None:
        """The process is not there any more, or will not be in a moment."""
        if self._child is current:
            self._child, self.excess = None, excess
            self._log("error", f"the script's process is gone: {excess or code}")
            self._ended()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def launch(
    place: Place, number: int, program: Program, port: socket | None, log: Log
) -> Child:
    """A process that runs the program. Raises `ProgramBroken`."""
    place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place.data / f"{number}.config"
    # It holds secrets, and is read once.
    path.touch(0o600)
    try:
        serve = configured(place, program, path)
        entrances = tuple(one.name for one in program.entrances)
        sockets = place.sockets / str(number)
        return await start(Launch(serve, sockets, port, place.environment, entrances), log)
    finally:
        path.unlink(missing_ok=True)


def configured(place: Place, program: Program, path: Path) -> tuple[str, ...]:
    """Write the configuration there; the command that serves it. Raises `ProgramBroken`."""
    if program.is_python:
        from emulator.workers.python.config import render as render_python

        path.write_bytes(render_python(program, place.listener))
        return (str(place.python), "-m", "emulator.workers.python.host", str(path))
    if place.binary is None:
        raise ProgramBroken(str(RuntimeAbsent()))
    objects = place.data / "objects"
    objects.mkdir(exist_ok=True)
    path.write_text(render(program, place.listener, objects), encoding="utf-8")
    # Files that the configuration embeds have absolute paths.
    return (str(place.binary), "serve", "--experimental", "--import-path=/", str(path))


async def check(place: Place, number: int, program: Program, log: Log) -> None:
    """Start the program where nobody sees it, and end it. Raises `ProgramBroken`."""
    child = await launch(place, number, program, None, log)
    await child.stop()


async def is_free(child: Child) -> None:
    """Returns when the script's thread has answered, or the process has gone."""
    with suppress(OSError):
        reader, writer = await asyncio.open_unix_connection(child.control)
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: control\r\n\r\n")
            await reader.readline()
        finally:
            writer.close()
