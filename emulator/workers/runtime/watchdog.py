"""What ends a script's process that loops or leaks (workerd limits neither), or has no work.

A script has one thread. A process that is busy is asked by way of its control socket whether
that thread is free; if no answer comes for as long as the script may compute, it loops.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

INTERVAL_SECONDS = 1.0
# Computing for so much of the interval is worth asking. Others may want the processor, too.
BUSY = 0.2


class Excess(StrEnum):
    """As the outcome of a Cloudflare trace names it."""

    CPU = "exceededCpu"
    MEMORY = "exceededMemory"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a script may compute without a pause, how much memory its process may hold, and
    after what time without work and connections the process is not needed.
    """

    cpu_seconds: float
    memory_bytes: int
    idle_seconds: float


class Gauge(Protocol):
    """A process, measured. Raises `ProcessLookupError` when it is gone."""

    def cpu_seconds(self) -> float: ...

    def memory_bytes(self) -> int: ...


class ProcessGauge:
    """A process of this machine."""

    def __init__(self, pid: int) -> None:
        import psutil

        self._psutil = psutil
        with self._known():
            self._process = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        with self._known():
            times = self._process.cpu_times()
        return float(times.user + times.system)

    def memory_bytes(self) -> int:
        with self._known():
            return int(self._process.memory_info().rss)

    def is_connected(self) -> bool:
        """Whether there is somebody at the other end of its port."""
        with self._known():
            found = self._process.net_connections("tcp")
        return any(one.status == self._psutil.CONN_ESTABLISHED for one in found)

    @contextmanager
    def _known(self) -> Iterator[None]:
        try:
            yield
        except self._psutil.NoSuchProcess:
            raise ProcessLookupError from None


async def watch(
    gauge: Gauge,
    is_free: Callable[[], Awaitable[None]],
    is_needed: Callable[[], bool],
    limits: Limits,
    interval_seconds: float = INTERVAL_SECONDS,
) -> Excess | None:
    """Until the process does what it may not, or (None) has had nothing to do for long.

    `is_free` returns when the script's thread has answered; a process that `is_needed` is not
    idle, whatever it does.
    """
    asked: asyncio.Future[None] | None = None
    before = asked_at = gauge.cpu_seconds()
    idle_seconds = 0.0
    try:
        while True:
            await asyncio.sleep(interval_seconds)
            if gauge.memory_bytes() > limits.memory_bytes:
                return Excess.MEMORY
            now = gauge.cpu_seconds()
            used, before = now - before, now
            if asked is not None and asked.done():
                asked = None
            if asked is not None and now - asked_at >= limits.cpu_seconds:
                return Excess.CPU
            if asked is None and used >= BUSY * interval_seconds:
                asked, asked_at = asyncio.ensure_future(is_free()), now
            idle_seconds = 0.0 if used else idle_seconds + interval_seconds
            if idle_seconds >= limits.idle_seconds:
                if not is_needed():
                    return None
                idle_seconds = 0.0
    finally:
        if asked is not None:
            asked.cancel()
