"""What the page shows of a run, part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from emulator.core.histogram import Histogram
from loadtests.report.figures import called
from loadtests.report.plots.course import Points, course
from loadtests.report.plots.density import density
from loadtests.report.results import Moment, Run, Served
from loadtests.report.sides import SIDES, in_order, kind_of

MOST_ERRORS = 12
TEXT = 160
# By the class of their colour.
PROCESSES = {
    "of-client": "Locust",
    "of-twin": "the twin",
    "of-worker": "the Worker",
    "of-postgres": "Postgres",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One operation on one side, over all rounds. `served`: the same at the server."""

    operation: str
    side: str
    times: Histogram
    requests: int
    failed: int
    per_second: float
    served: Served | None = None

    @property
    def name(self) -> str:
        return SIDES.get(self.side, self.side)

    @property
    def kind(self) -> str:
        return kind_of(self.side)


@dataclass(frozen=True, slots=True)
class Course:
    """A plot over time. `kinds`: colours and what they stand for."""

    title: str
    plot: Markup
    kinds: tuple[tuple[str, str], ...]


def lines(run: Run) -> list[Line]:
    """Those of an operation together, where its sides are of one kind."""
    order = list(SIDES)
    keys = dict.fromkeys((one.operation, one.side) for one in run.cells)
    operations = in_order(operation for operation, _ in keys)
    kinds = list(dict.fromkeys(map(kind_of, run.sides)))
    known = {(one.operation, one.side): one for one in run.served}

    def place(key: tuple[str, str]) -> tuple[int, int, int]:
        side = order.index(key[1]) if key[1] in order else len(order)
        return kinds.index(kind_of(key[1])), operations.index(key[0]), side

    return [line(run, *key, known.get(key)) for key in sorted(keys, key=place)]


def line(run: Run, operation: str, side: str, served: Served | None) -> Line:
    cells = [one for one in run.cells if (one.operation, one.side) == (operation, side)]
    requests = sum(one.requests for one in cells)
    return Line(
        operation,
        side,
        Histogram.merged(one.histogram for one in cells),
        requests,
        sum(one.failed for one in cells),
        requests / max(sum(one.seconds for one in cells), 1e-9),
        served,
    )


def unmatched(run: Run) -> list[Served]:
    """The server's figures of what it names in its own way."""
    keys = {(one.operation, one.side) for one in run.cells}
    left = [one for one in run.served if (one.operation, one.side) not in keys]
    return sorted(left, key=lambda one: (one.side not in SIDES, [*SIDES, one.side].index(one.side)))


def spreads(found: list[Line]) -> Iterator[tuple[str, Markup, list[Line]]]:
    """A plot an operation."""
    for kind, operation in dict.fromkeys((one.kind, one.operation) for one in found):
        there = (one for one in found if (one.kind, one.operation) == (kind, operation))
        here = [one for one in there if one.times.count]
        if here:
            sides = {one.side: one.times for one in here}
            yield operation, density(operation, sides, {one.side: one.name for one in here}), here


def courses(run: Run) -> Iterator[Course]:
    moments = run.moments
    asked = by_side(moments, {id(one): float(one.requests) for one in moments})
    yield from plotted("Requests a second", asked)
    slow = by_side(moments, {id(one): one.p95 for one in moments if one.p95 is not None})
    yield from plotted("95th percentile, ms", slow)
    waiting = by_side(moments, {id(one): one.queue for one in moments if one.queue is not None})
    yield from plotted("Queue: statements that wait", waiting)
    if any(one.errors for one in moments):
        wrong = by_side(moments, {id(one): float(one.errors) for one in moments})
        yield from plotted("Errors a second", wrong)
    if len({one.users for one in moments}) > 1:
        yield from plotted("Users", by_side(moments, {id(one): one.users for one in moments}))
    memory: dict[str, list[tuple[int, float]]] = {}
    for sample in run.memory:
        memory.setdefault(f"of-{sample.process}", []).append((sample.second, sample.megabytes))
    yield from plotted("Memory, MB", memory, PROCESSES)


def by_side(
    moments: tuple[Moment, ...], values: Mapping[int, float | None]
) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for one in moments:
        value = values.get(id(one))
        if value is not None:
            found.setdefault(one.side, []).append((one.second, value))
    return found


def plotted(
    title: str, points: Mapping[str, Points], names: Mapping[str, str] = SIDES
) -> Iterator[Course]:
    if any(len(one) > 1 for one in points.values()):
        kinds = tuple((one, names.get(one, one)) for one in points)
        yield Course(title, course(title, points), kinds)


def errors(run: Run) -> list[tuple[str, str, str, int]]:
    """Side, operations, text, and how many: the most frequent first."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for cell in run.cells:
        for said, count in cell.errors.items():
            here = counts.setdefault((cell.side, said[:TEXT]), {})
            here[cell.operation] = here.get(cell.operation, 0) + count
    ordered = sorted(counts.items(), key=lambda pair: -sum(pair[1].values()))
    return [
        (side, some(list(where)), said, sum(where.values()))
        for (side, said), where in ordered[:MOST_ERRORS]
    ]


def some(operations: list[str]) -> str:
    return (
        ", ".join(map(called, operations))
        if len(operations) <= 3
        else f"{len(operations)} operations"
    )
