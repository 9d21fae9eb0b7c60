"""The CPU time that scripts take, by what their processes took while they answered requests.

An upper bound of what Cloudflare counts: a process also parses HTTP and collects garbage.
Before the first answer nothing counts, for what a start takes is not billed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

# Asking the system costs as much as a tenth of a small request.
REQUESTS_BETWEEN = 64
MAX_PROCESSES = 1_000

Script = tuple[str, str]


class Gauge(Protocol):
    """A process. Raises `ProcessLookupError` when it is gone."""

    def cpu_seconds(self) -> float: ...


@dataclass(slots=True)
class Process:
    script: Script
    gauge: Gauge
    seconds: float
    requests: int = 0

    def milliseconds(self) -> float:
        """Since it was last asked."""
        before = self.seconds
        try:
            self.seconds = self.gauge.cpu_seconds()
        except ProcessLookupError:
            return 0.0
        return (self.seconds - before) * 1000


class Cpu:
    """For all threads."""

    def __init__(self, gauge_of: Callable[[int], Gauge]) -> None:
        self._gauge_of = gauge_of
        self._lock = Lock()
        self._processes: dict[int, Process] = {}

    def answered(self, script: Script, pid: int) -> float:
        """A process has answered a request: milliseconds that are now known, mostly none."""
        with self._lock:
            process = self._processes.get(pid)
            if process is None or process.script != script:
                self._open(script, pid)
                return 0.0
            process.requests += 1
            return process.milliseconds() if process.requests % REQUESTS_BETWEEN == 0 else 0.0

    def ask(self) -> Iterator[tuple[Script, float]]:
        """All that is not known yet."""
        with self._lock:
            found = [(one.script, one.milliseconds()) for one in self._processes.values()]
        return iter([(script, spent) for script, spent in found if spent])

    def _open(self, script: Script, pid: int) -> None:
        try:
            gauge = self._gauge_of(pid)
            self._processes[pid] = Process(script, gauge, gauge.cpu_seconds())
        except ProcessLookupError:
            return
        if len(self._processes) > MAX_PROCESSES:
            del self._processes[next(iter(self._processes))]
