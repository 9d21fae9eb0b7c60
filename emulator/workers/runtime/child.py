"""One workerd process: started, ready or broken, stopped.

It has two Unix sockets of its own and serves the script's port, which belongs to the twin and
outlives it: the next process takes over without a refused connection.
"""

import asyncio
import ctypes
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

import orjson

from emulator.workers.runtime.failures import ProgramBroken

# A script has to be ready to serve within so many seconds.
START_SECONDS = 10.0
# What runs may finish within so many seconds after it was told to stop.
STOP_SECONDS = 2.0
# A process that was replaced may finish its requests within so many seconds.
DRAIN_SECONDS = 30.0
# What every process serves; it says of each that it is ready.
SOCKETS = ("edge", "control", "direct")
MAX_LINE_BYTES = 1_048_576
MAX_BROKEN_LINES = 50
PR_SET_PDEATHSIG = 1

# `service main: Uncaught SyntaxError: …`, and what else workerd puts before its reason.
REASON = re.compile(r"^(?:service main|\S+\.capnp:\S+): (?P<reason>.*)$", re.DOTALL)

# Told each line of the log: the level workerd gives it, and the text.
Log = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process is started: `directory` is for its sockets, and its path is short. Without
    a `port` it has one more socket there, which nobody knows. `entrances` are further sockets,
    by which other scripts call this one.
    """

    program: tuple[str, ...]
    directory: Path
    port: socket | None
    environment: Mapping[str, str]
    entrances: tuple[str, ...] = ()

    @property
    def sockets(self) -> tuple[str, ...]:
        return (*SOCKETS, *self.entrances)

    def command(self, told: int) -> list[str]:
        """workerd's options, which every runtime here understands."""
        port = self.port
        addresses = [
            f"--socket-fd={name}={port.fileno()}"
            if name == "direct" and port is not None
            else f"--socket-addr={name}=unix:{self.directory / name}"
            for name in self.sockets
        ]
        return [*self.program, *addresses, f"--control-fd={told}"]


class Child:
    """A process that runs one program. `ended` is done when it is gone."""

    def __init__(self, process: Process, launch: Launch, log: Log) -> None:
        self._process = process
        self._launch = launch
        self._log = log
        self._requests = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._last_lines: list[str] = []
        self._readers = [
            asyncio.create_task(self._read(stream))
            for stream in (process.stdout, process.stderr)
            if stream is not None
        ]
        self.ended = asyncio.create_task(self._wait())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def edge(self) -> Path:
        """The socket that the script serves."""
        return self.entrance("edge")

    @property
    def control(self) -> Path:
        """The socket of the worker beside the script."""
        return self.entrance("control")

    def entrance(self, name: str) -> Path:
        """The socket of that name."""
        return self._launch.directory / name

    @property
    def is_used(self) -> bool:
        return self._requests > 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """While it is answered by this process, which is then not told to end."""
        self._requests += 1
        self._drained.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._drained.set()

    async def retire(self) -> None:
        """Let it finish what it has been asked, but not for ever, then stop it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._drained.wait(), DRAIN_SECONDS)
        await self.stop()

    async def stop(self) -> None:
        """Let it finish what it does, but not for long."""
        self._send(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.ended), STOP_SECONDS)
            return
        await self.kill()

    async def kill(self) -> None:
        self._send(signal.SIGKILL)
        await self.ended

    def reason(self) -> str:
        """Why it ended: what it said last, without the runtime's own preamble."""
        lines = [match["reason"] for line in self._last_lines if (match := REASON.match(line))]
        return "\n".join(lines or self._last_lines) or "the runtime ended without a word"

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _wait(self) -> int:
        code = await self._process.wait()
        await asyncio.gather(*self._readers)
        shutil.rmtree(self._launch.directory, ignore_errors=True)
        return code

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await next_line(stream):
            text = line.decode("utf-8", "replace").rstrip("\n")
            if (entry := entry_of(text)) is not None:
                self._log(*entry)
                text = entry[1]
            else:
                self._log("error", text)
            self._last_lines = [*self._last_lines[-MAX_BROKEN_LINES:], text]


async def start(launch: Launch, log: Log) -> Child:
    """A process that serves. Raises `ProgramBroken`."""
    launch.directory.mkdir(mode=0o700)
    ready, told = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.command(told),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=(told,) if launch.port is None else (told, launch.port.fileno()),
            env=dict(launch.environment),
            limit=MAX_LINE_BYTES,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
            # What a terminal sends to the twin is not for them.
            start_new_session=True,
        )
    except BaseException:
        os.close(ready)
        raise
    finally:
        os.close(told)
    child = Child(process, launch, log)
    try:
        await asyncio.wait_for(until_listening(ready, len(launch.sockets)), START_SECONDS)
    except TimeoutError:
        await child.kill()
        raise ProgramBroken(f"Script startup exceeded {START_SECONDS:g} seconds.") from None
    except EOFError:
        await child.ended
        raise ProgramBroken(child.reason()) from None
    except BaseException:
        await child.kill()
        raise
    return child


async def until_listening(descriptor: int, sockets: int) -> None:
    """Until the process says so of every socket. Raises `EOFError` if it ends before."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        for _ in range(sockets):
            if not await reader.readline():
                raise EOFError
    finally:
        transport.close()


async def next_line(stream: asyncio.StreamReader) -> bytes:
    """A line of the log; of one that is too long, its beginning."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await stream.readexactly(long.consumed)


def entry_of(line: str) -> tuple[str, str] | None:
    """Level and text of a line that workerd has written as JSON."""
    try:
        entry: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(entry) is not dict or type(entry.get("message")) is not str:
        return None
    return str(entry.get("level", "log")), entry["message"]


def die_with_parent() -> None:
    """In the new process: the kernel ends it when the twin is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
