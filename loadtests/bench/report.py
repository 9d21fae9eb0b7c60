"""The results as Markdown and as JSON. Pure: values in, text out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from loadtests.bench.figures import Spread, cpu_us, rps, spread
from loadtests.bench.rounds import Cell
from loadtests.bench.verdict import Verdict

RATIOS = (
    "Each with its last value and the change since the run before on the same machine; “level”"
    " is where the ranges of the two overlap. The runs are in [history.jsonl](history.jsonl),"
    " plots of them in [RESULTS.html](RESULTS.html)."
)
CELL_HEADER = ("operation", "server", "requests/s", "CPU µs/request", "p99 ms", "foreign cores")


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """When, on what and how a part was measured."""

    taken_at: str
    machine: str
    rounds: int
    seconds: int
    connections: int

    def __str__(self) -> str:
        return (
            f"{self.taken_at}, {self.machine}: {self.rounds} rounds of {self.seconds} s"
            f" at {self.connections} connections."
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the benchmark found; `not_run` says why it found nothing."""

    title: str
    cells: tuple[Cell, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    tables: tuple[Table, ...] = ()
    not_run: str | None = None
    conditions: Conditions | None = None


def markdown(parts: Sequence[Part], ratios: Table | None = None) -> str:
    """`ratios` is the one table of all of them, with where each is going."""
    lines = [
        "# How fast the twin is",
        "",
        "Every cell is the median of its rounds, with the range in brackets. The rounds of one"
        " operation are interleaved and its ratios formed within each round, so trust the ratios,"
        " not the absolute figures. CPU is that of the server's whole process tree; “foreign"
        " cores” is what everybody else on the machine used meanwhile. `make bench` makes this"
        " page; a run of some parts leaves the others as they were.",
    ]
    if ratios is not None:
        lines += ["", "## All ratios", "", RATIOS, "", table(ratios)]
    for part in parts:
        lines += ["", section(part)]
    return "\n".join(lines) + "\n"


def section(part: Part) -> str:
    """One part: its targets first, then the figures they come from."""
    blocks = [f"## {part.title}"]
    if part.conditions is not None:
        blocks.append(str(part.conditions))
    if part.not_run is not None:
        blocks.append(f"**Not run**: {part.not_run}.")
    if part.verdicts:
        blocks.append(table(verdict_table(part.verdicts)))
    if part.cells:
        blocks.append(table(cell_table(part.cells)))
    blocks += [table(extra) for extra in part.tables]
    return "\n\n".join(blocks)


def as_json(parts: Sequence[Part]) -> str:
    data = {"parts": [asdict(part) for part in parts]}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def parts_in(text: str) -> list[Part]:
    """What `as_json` has written."""
    return PARTS.validate_python(json.loads(text)["parts"])


def merged(new: Sequence[Part], old: Sequence[Part], titles: Sequence[str]) -> list[Part]:
    """The parts with these titles, in their order: the new one, else the old one."""
    known = {part.title: part for part in (*old, *new)}
    return [known[title] for title in titles if title in known]


PARTS = TypeAdapter(list[Part])


def all_met(parts: Iterable[Part]) -> bool:
    """Whether every part ran and met all its targets."""
    return all(
        part.not_run is None and all(verdict.met for verdict in part.verdicts) for part in parts
    )


def verdict_table(verdicts: Iterable[Verdict]) -> Table:
    rows = (
        (line.subject, line.target, line.figure, "met" if line.met else "**not met**")
        for line in verdicts
    )
    return Table(("target", "wanted", "measured", ""), tuple(rows))


def cell_table(cells: Iterable[Cell]) -> Table:
    return Table(CELL_HEADER, tuple(cell_row(cell) for cell in cells))


def cell_row(cell: Cell) -> tuple[str, ...]:
    samples = cell.samples
    return (
        cell.operation,
        cell.contestant,
        whole(rps(samples)),
        whole(cpu_us(samples)),
        f"{spread([sample.p99_ms for sample in samples]).median:.1f}",
        f"{spread([sample.foreign_cores for sample in samples]).median:.2f}",
    )


def whole(value: Spread) -> str:
    return f"{value.median:,.0f} ({value.low:,.0f}–{value.high:,.0f})"


def table(content: Table) -> str:
    rule = ("---",) * len(content.header)
    return "\n".join(f"| {' | '.join(row)} |" for row in (content.header, rule, *content.rows))
