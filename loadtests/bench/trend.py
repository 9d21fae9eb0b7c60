"""How each ratio has gone from run to run. Runs of unlike machines are never compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from loadtests.bench.figures import Spread
from loadtests.bench.history import Kept, Line, names
from loadtests.bench.verdict import Measured


class Course(StrEnum):
    """From the run before to the last one; `LEVEL` where their ranges share a value."""

    BETTER = "better"
    WORSE = "worse"
    LEVEL = "level"
    FIRST = "first run"


@dataclass(frozen=True, slots=True)
class Point:
    """One ratio in one run."""

    line: Line
    kept: Kept


@dataclass(frozen=True, slots=True)
class Series:
    """One ratio in all runs on the machine of its last one, the oldest first."""

    part: str
    subject: str
    points: tuple[Point, ...]

    @property
    def last(self) -> Kept:
        return self.points[-1].kept

    @property
    def course(self) -> Course:
        if len(self.points) < 2:
            return Course.FIRST
        before, last = self.points[-2].kept.measured.value, self.last.measured.value
        if last.low <= before.high and before.low <= last.high:
            return Course.LEVEL
        is_better = (last.median > before.median) == self.last.measured.is_more_better
        return Course.BETTER if is_better else Course.WORSE


def series(lines: Sequence[Line], order: Sequence[str]) -> Iterator[Series]:
    """A row for each ratio of each part's last run, in the order of the parts named."""
    for name in names(lines, order):
        of_part = [one for one in lines if one.part == name]
        for kept in of_part[-1].ratios:
            yield Series(name, kept.subject, points(of_part, kept))


def points(lines: Sequence[Line], like: Kept) -> tuple[Point, ...]:
    alike = (one for one in lines if one.is_like(lines[-1]))
    every = chain.from_iterable(((one, kept) for kept in one.ratios) for one in alike)
    return tuple(
        Point(one, kept)
        for one, kept in every
        if (kept.subject, kept.unit) == (like.subject, like.unit)
    )


def change(one: Series) -> str:
    """The course in words, with the change where there is one."""
    if one.course in (Course.FIRST, Course.LEVEL):
        return str(one.course)
    before, last = one.points[-2].kept.median, one.last.median
    if one.last.unit.startswith("%") or before == 0:
        # A percentage of a percentage would be misread.
        return f"{one.course}, {last - before:+.3g} points"
    return f"{one.course}, {100 * (last / before - 1):+.0f} %"


def valued(number: float, unit: str) -> str:
    figure = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
    return figure + ("×" if unit == "×" else f" {unit}" if unit else "")


def ranged(value: Spread, unit: str) -> str:
    if value.low == value.high:
        return valued(value.median, unit)
    ends = "–".join(valued(one, "") for one in (value.low, value.high))
    return f"{valued(value.median, unit)} ({ends})"


def wanted(one: Measured) -> str:
    return f"{'≥' if one.is_more_better else '<'} {valued(one.wanted, one.unit)}"


def advantage(one: Measured, value: float) -> float | None:
    """How many times as good as wanted; none of a value that has no such factor."""
    if one.unit == "% lost":
        return factor(1 - value / 100, 1 - one.wanted / 100)
    if one.unit == "% more":
        return factor(1 + one.wanted / 100, 1 + value / 100)
    return factor(value, one.wanted) if one.is_more_better else factor(one.wanted, value)


def factor(over: float, under: float) -> float | None:
    return over / under if over > 0 and under > 0 else None
