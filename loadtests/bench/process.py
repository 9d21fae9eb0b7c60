"""Servers under test: start one, know when it is ready, count its CPU and memory, end it.

A server is a process tree in a session of its own. It is ended by its id alone, and
whatever it left behind with its process group.
"""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen, TimeoutExpired
from time import clock_gettime_ns, perf_counter

ROOT = Path(__file__).parents[2]
READY_SECONDS = 90.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.005


class ServerFailed(Exception):
    """A server ended, or stayed silent, before it said that it was ready."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a server. Group 1 of `ready` is the port in the line that says so."""

    name: str
    argv: tuple[str, ...]
    ready: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready. `line` is what it said, `ready_seconds` when."""

    name: str
    pid: int
    port: int
    line: str
    ready_seconds: float
    log: Path

    def rss_mb(self) -> float:
        """Resident memory of the tree; shared pages count once for each process."""
        return sum(resident_kb(pid) for pid in tree(self.pid)) / 1024

    def cpu_ns(self) -> dict[int, int]:
        """Nanoseconds on a CPU of every process in the tree, with its threads that have ended."""
        return {pid: on_cpu_ns(pid) for pid in tree(self.pid)}


def spent_seconds(before: Mapping[int, int], after: Mapping[int, int]) -> float:
    """CPU seconds between two looks; a process that is new since then counts from zero."""
    return sum(ns - before.get(pid, 0) for pid, ns in after.items()) / 1e9


@contextmanager
def running(command: Command, directory: Path) -> Iterator[Server]:
    """The server, ready, in its own `directory`; it is gone afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / f"{command.name.replace(' ', '-')}.log"
    started = perf_counter()
    with log.open("wb") as output:
        process = Popen(
            command.argv,
            cwd=directory,
            env={**os.environ, **command.environment},
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
        )
    try:
        found = wait_for_ready(command, process, log, started)
        ready_seconds = perf_counter() - started
        port = int(found[1])
        yield Server(command.name, process.pid, port, found.string, ready_seconds, log)
    finally:
        end(process)


def wait_for_ready(
    command: Command, process: Popen[bytes], log: Path, started: float
) -> re.Match[str]:
    while perf_counter() - started < READY_SECONDS:
        for line in log.read_text(errors="replace").splitlines():
            if found := re.search(command.ready, line):
                return found
        with suppress(TimeoutExpired):
            process.wait(POLL_SECONDS)
            raise ServerFailed(f"{command.name} ended at once: {last_lines(log)}")
    raise ServerFailed(f"{command.name} was not ready in {READY_SECONDS:.0f} s: {last_lines(log)}")


def last_lines(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").splitlines()[-20:]) or "it said nothing"


def end(process: Popen[bytes]) -> None:
    process.terminate()
    with suppress(TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                found += tree(int(child))
    return found


def on_cpu_ns(pid: int) -> int:
    # Linux's clock id of another process's CPU time, as clock_getcpuclockid(3) makes it.
    clock = ~pid << 3 | 2
    try:
        return clock_gettime_ns(clock)
    except OSError:  # the process has just ended
        return 0


def resident_kb(pid: int) -> int:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
