"""How long the twin itself takes for each operation, from its first byte in to its answer out.

What a latency profile adds is told apart from it, so that a run shows whose time it was.
"""

from typing import Any

from emulator.core.events import Event
from emulator.core.histogram import Histogram
from emulator.latency.naming import supabase

# Doors of events, by the names that profiles have for them.
DOORS = {"binding": "binding", "edge": "edge"}


class Timing:
    """One operation at one door. Histograms have the answers below 400."""

    __slots__ = ("failed", "network", "queue", "service", "total")

    def __init__(self) -> None:
        self.total = Histogram()
        self.failed: dict[int, int] = {}
        self.network = Histogram()
        self.queue = Histogram()
        self.service = Histogram()

    def json(self) -> dict[str, Any]:
        parts = {"network": self.network, "queue": self.queue, "service": self.service}
        added = {name: part.json() for name, part in parts.items() if part.count}
        return {"total": self.total.json(), "added": added, "failed": self.failed}


class Timings:
    """Of one twin since `started`, epoch seconds."""

    def __init__(self, started: float) -> None:
        self.started = started
        self._all: dict[tuple[str, str], Timing] = {}

    def hear(self, event: Event) -> None:
        timing = self._of(DOORS.get(event.door, "rest"), operation_of(event))
        if event.status < 400:
            timing.total.add(event.milliseconds)
        else:
            timing.failed[event.status] = timing.failed.get(event.status, 0) + 1

    def delayed(
        self, door: str, operation: str, network: float, queue: float, service: float
    ) -> None:
        """What a profile has added to one call. Milliseconds."""
        timing = self._of(door, operation)
        timing.network.add(network)
        timing.queue.add(queue)
        timing.service.add(service)

    def json(self) -> list[dict[str, Any]]:
        return [
            {"door": door, "operation": operation, **timing.json()}
            for (door, operation), timing in sorted(self._all.items())
        ]

    def _of(self, door: str, operation: str) -> Timing:
        timing = self._all.get((door, operation))
        if timing is None:
            timing = self._all[door, operation] = Timing()
        return timing


def operation_of(event: Event) -> str:
    """Of a project of Supabase it is said what is asked of it."""
    if event.operation not in ("outside.supabase", "outbound.supabase"):
        return event.operation
    return supabase(event.method, event.path)
