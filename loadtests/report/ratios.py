"""Which of two sides is faster at what, by their pairs of rounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from emulator.core.histogram import Histogram
from loadtests.report.intervals import Interval, When, interval, middle, samples
from loadtests.report.results import Cell, Run
from loadtests.report.sides import PAIRS, SIDES, Pair, in_order

# What is so near to 1 makes no difference to anybody. [guess]
NEAR = 1.25
Verdict = Literal["faster", "slower", "level", "unknown"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of one operation. `typical` is of medians, `slow` of 95th percentiles."""

    operation: str
    typical: Interval
    slow: Interval
    left: Histogram
    right: Histogram

    @property
    def verdict(self) -> Verdict:
        return verdict(self.typical)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`overall`: of all operations alike, whatever they take."""

    pair: Pair
    ratios: tuple[Ratio, ...]
    overall: Interval

    @property
    def left(self) -> str:
        return SIDES[self.pair.left]

    @property
    def right(self) -> str:
        return SIDES[self.pair.right]

    def count(self, verdict: Verdict) -> int:
        return sum(one.verdict == verdict for one in self.ratios)


def verdict(ratio: Interval) -> Verdict:
    """Level is only what is known to be near 1; a wide interval around 1 says nothing."""
    if ratio.low is None or ratio.high is None:
        return "unknown"
    if ratio.is_below_one:
        return "faster"
    if ratio.is_above_one:
        return "slower"
    return "level" if max(ratio.high, 1 / ratio.low) <= NEAR else "unknown"


def comparisons(run: Run) -> tuple[Comparison, ...]:
    """Of the pairs that have an operation in common."""
    return tuple(one for pair in PAIRS if (one := comparison(run.cells, pair)))


def comparison(cells: Sequence[Cell], pair: Pair) -> Comparison | None:
    found = {
        operation: dict(paired(cells, pair, operation))
        for operation in in_order(one.operation for one in cells)
    }
    found = {operation: rounds for operation, rounds in found.items() if rounds}
    if not found:
        return None
    ratios = tuple(ratio_of(operation, rounds) for operation, rounds in found.items())
    # Rounds in which an operation is missing would weigh the others otherwise.
    common = sorted(set.intersection(*(set(rounds) for rounds in found.values())))
    whole = {when: middle([by(*rounds[when], 0.5) for rounds in found.values()]) for when in common}
    return Comparison(pair, ratios, interval(samples(whole)) if whole else ratios[0].typical)


def paired(
    cells: Sequence[Cell], pair: Pair, operation: str
) -> Iterator[tuple[When, tuple[Histogram, Histogram]]]:
    """The rounds in which both sides have answers to compare."""
    here = [one for one in cells if one.operation == operation and one.histogram.count]
    left = {one.when: one.histogram for one in here if one.side == pair.left}
    right = {one.when: one.histogram for one in here if one.side == pair.right}
    for when in sorted(left.keys() & right.keys()):
        yield when, (left[when], right[when])


def by(left: Histogram, right: Histogram, q: float) -> float:
    return left.quantile(q) / right.quantile(q)


def ratio_of(operation: str, rounds: Mapping[When, tuple[Histogram, Histogram]]) -> Ratio:
    return Ratio(
        operation,
        interval(samples(ratios(rounds, 0.5))),
        interval(samples(ratios(rounds, 0.95))),
        Histogram.merged(left for left, _ in rounds.values()),
        Histogram.merged(right for _, right in rounds.values()),
    )


def ratios(rounds: Mapping[When, tuple[Histogram, Histogram]], q: float) -> dict[When, float]:
    return {when: by(*both, q) for when, both in rounds.items()}
