"""The server's side of the times: read from the twin, and where the time of an answer goes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.core.histogram import Histogram
from loadtests.report.results import Run, Served

ADDED = {"network": "network", "queue": "waited", "service": "service"}


@dataclass(frozen=True, slots=True)
class Parts:
    """Of the mean answer of a side, in milliseconds. `client`: between the client's clock and the
    twin's, which is loopback and the client itself.
    """

    side: str
    network: float
    queue: float
    service: float
    twin: float
    client: float

    @property
    def whole(self) -> float:
        return self.network + self.queue + self.service + self.twin + self.client

    @property
    def named(self) -> tuple[tuple[str, float], ...]:
        names = ("network", "queue", "service", "twin", "client")
        return tuple((name, getattr(self, name)) for name in names)


def served(side: str, operations: Iterable[Mapping[str, Any]]) -> tuple[Served, ...]:
    """As `/_twin/timings` tells of operations, while this side alone ran."""
    return tuple(
        Served(
            side,
            one["operation"],
            Histogram.of(one["total"]),
            door=one["door"],
            **{ADDED[name]: Histogram.of(part) for name, part in one["added"].items()},
        )
        for one in operations
        if one["total"]["buckets"]
    )


def merged(found: Iterable[Served]) -> tuple[Served, ...]:
    """One of a side, door and operation, where several rounds told of it."""
    groups: dict[tuple[str, str, str], list[Served]] = {}
    for one in found:
        groups.setdefault((one.side, one.door, one.operation), []).append(one)
    return tuple(
        Served(
            side,
            operation,
            Histogram.merged(one.histogram for one in group),
            together([one.waited for one in group]),
            together([one.network for one in group]),
            together([one.service for one in group]),
            door,
        )
        for (side, door, operation), group in groups.items()
    )


def together(parts: Sequence[Histogram | None]) -> Histogram | None:
    there = [one for one in parts if one is not None]
    return Histogram.merged(there) if there else None


def parts(run: Run) -> tuple[Parts, ...]:
    """Of the sides of which the server told."""
    return tuple(one for side in run.sides if (one := parts_of(run, side)))


def parts_of(run: Run, side: str) -> Parts | None:
    here = [one for one in run.served if one.side == side]
    client = Histogram.merged(one.histogram for one in run.cells if one.side == side)
    inside = sum(one.histogram.sum for one in here if one.door != "binding")
    if not client.count or not inside:
        return None
    network, queue, service = (
        sum(part.sum for one in here if (part := getattr(one, name))) / client.count
        for name in ADDED.values()
    )
    added = network + queue + service
    # The profile's part of refusals is counted, their whole is not.
    within = max(inside / client.count, added)
    twin = within - added
    return Parts(side, network, queue, service, twin, max(0.0, client.mean - within))
