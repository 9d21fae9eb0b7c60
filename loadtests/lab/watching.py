"""What processes use while the load runs, and how many wait in the twin: looked at from outside."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import httpx

from loadtests.bench.machine import busy_seconds
from loadtests.bench.process import on_cpu_ns, resident_kb, tree

LOOK_SECONDS = 0.5
CLIENT, TWIN, WORKER, POSTGRES = "client", "twin", "worker", "postgres"
# Whatever else runs on the machine.
OTHERS = "other processes"


@dataclass(frozen=True, slots=True)
class Look:
    """Of each process: what it is, seconds on a CPU, megabytes. `queue`: requests that wait;
    `busy`: CPU seconds of the whole machine.
    """

    moment: float
    processes: Mapping[int, tuple[str, float, float]]
    queue: int | None
    busy: float = 0.0


@dataclass(slots=True)
class Watch:
    """`twin` 0: it is not on this machine."""

    twin: int
    control: str
    looks: list[Look] = field(default_factory=list)
    client: int = 0
    _kinds: dict[int, str] = field(default_factory=dict)
    _over: Event = field(default_factory=Event)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=10.0, trust_env=False) as client:
            while not self._over.wait(LOOK_SECONDS):
                self.looks.append(self.look(client))

    def look(self, client: httpx.Client) -> Look:
        found = {pid: CLIENT for pid in (tree(self.client) if self.client else ())}
        if self.twin:
            found |= {pid: self.kind(pid) for pid in tree(self.twin)}
        processes = {
            pid: (kind, on_cpu_ns(pid) / 1e9, resident_kb(pid) / 1024)
            for pid, kind in found.items()
        }
        return Look(monotonic(), processes, self.queue(client), busy_seconds())

    def kind(self, pid: int) -> str:
        """Of a process of the twin's."""
        if pid == self.twin:
            return TWIN
        if pid not in self._kinds:
            self._kinds[pid] = POSTGRES if "postgres" in command(pid) else WORKER
        return self._kinds[pid]

    def queue(self, client: httpx.Client) -> int | None:
        if not self.control:
            return None
        try:
            told = client.get(f"{self.control}/_twin/timings/queues").raise_for_status().json()
        except httpx.HTTPError:
            return None
        return sum(int(one["length"]) for one in told["queues"])


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def cores(looks: Sequence[Look], began: float, ended: float) -> dict[str, tuple[float, float]]:
    """What each kind of process used between two moments: CPU seconds, and seconds looked at. Of
    several Workers the busiest.
    """
    within = [one for one in looks if began <= one.moment <= ended]
    if len(within) < 2:
        return {}
    first, last = within[0], within[-1]
    spent: dict[str, list[float]] = {}
    for pid, (kind, seconds, _) in last.processes.items():
        before = first.processes.get(pid, (kind, 0.0, 0.0))[1]
        spent.setdefault(kind, []).append(seconds - before)
    length = last.moment - first.moment
    ours = sum(sum(each) for each in spent.values())
    others = max(0.0, last.busy - first.busy - ours)
    used = {kind: max(each) if kind == WORKER else sum(each) for kind, each in spent.items()}
    return {kind: (seconds, length) for kind, seconds in (used | {OTHERS: others}).items()}
