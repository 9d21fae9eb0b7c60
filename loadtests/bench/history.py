"""Every run that was kept: `history.jsonl` has a line for each part of each, the oldest first."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter

from loadtests.bench.figures import Spread
from loadtests.bench.machine import cpu_model
from loadtests.bench.report import Conditions, Part
from loadtests.bench.verdict import Measured

HISTORY = Path(__file__).with_name("history.jsonl")


@dataclass(frozen=True, slots=True)
class Kept:
    """One ratio, or another figure that has a target. `met` is of the target of that day."""

    subject: str
    met: bool
    measured: Measured

    @property
    def median(self) -> float:
        return self.measured.value.median

    @property
    def unit(self) -> str:
        return self.measured.unit


@dataclass(frozen=True, slots=True)
class Line:
    """One part of one run. What is not known of an old run is empty.

    `foreign_cores` is what others on the machine used meanwhile, the median of all samples.
    """

    part: str
    date: str
    machine: str
    commit: str
    versions: Mapping[str, str]
    rounds: int
    seconds: int
    connections: int
    ratios: tuple[Kept, ...]
    foreign_cores: float | None = None
    cpu: str = ""

    def is_like(self, other: "Line") -> bool:
        """Whether they ran on one kind of machine, as far as it is known of both."""
        alike = self.cpu == other.cpu or not (self.cpu and other.cpu)
        return alike and self.machine == other.machine


LINE = TypeAdapter(Line)


def line(name: str, part: Part, when: Conditions, commit: str, versions: Mapping[str, str]) -> Line:
    return Line(
        name,
        when.taken_at,
        when.machine,
        commit,
        versions,
        when.rounds,
        when.seconds,
        when.connections,
        tuple(kept(part)),
        foreign_cores(part),
        cpu_model(),
    )


def foreign_cores(part: Part) -> float | None:
    every = [sample.foreign_cores for cell in part.cells for sample in cell.samples]
    return rounded(median(every)) if every else None


def kept(part: Part) -> Iterator[Kept]:
    for verdict in part.verdicts:
        if (one := verdict.measured) is not None:
            value = Spread(*(rounded(of) for of in astuple(one.value)))
            short = replace(one, value=value, wanted=float(one.wanted))
            yield Kept(verdict.subject, verdict.met, short)


def rounded(number: float) -> float:
    """Four digits are more than a measurement has."""
    return float(f"{number:.4g}")


def append(path: Path, lines: Iterable[Line]) -> None:
    """A part that found nothing leaves no line."""
    text = "".join(as_text(one) for one in lines if one.ratios)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def as_text(one: Line) -> str:
    return json.dumps(asdict(one), ensure_ascii=False) + "\n"


def read(path: Path) -> list[Line]:
    """Oldest first, also where two branches have been joined."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return sorted((LINE.validate_json(one) for one in lines), key=lambda one: one.date)


def names(lines: Sequence[Line], order: Sequence[str]) -> list[str]:
    """The parts that have been kept, in their order; those that are no longer made come last."""
    found = dict.fromkeys([*order, *(one.part for one in lines)])
    have = {one.part for one in lines}
    return [name for name in found if name in have]
