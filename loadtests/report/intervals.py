"""Ratios and how sure they are: formed within a round, summarised over starts or rounds.

Rounds are interleaved, so noise that lasts longer than a round falls on both sides and cancels.
What stays as it is from start to end, as a process has come to lie in memory, does not: where all
was started several times each start is one sample. Kalibera and Jones, "Rigorous benchmarking in
reasonable time" (ISMM 2013), tell why.

Ratios are summarised by their logarithms: twice as fast and half as fast are equally far from 1.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, variance
from typing import Literal

from scipy import stats

CONFIDENCE = 0.95
# Start and round.
When = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Samples:
    """Ratios that do not depend on each other: one of each start, or of each round of one."""

    of: Literal["start", "round"]
    ratios: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio and where it is with 95 % confidence: nowhere known, of a single sample. `samples`:
    how many, and `of` what.
    """

    value: float
    low: float | None
    high: float | None
    samples: int
    of: Literal["start", "round"] = "round"

    @property
    def is_below_one(self) -> bool:
        return self.high is not None and self.high < 1

    @property
    def is_above_one(self) -> bool:
        return self.low is not None and self.low > 1


def samples(ratios: Mapping[When, float]) -> Samples:
    """Of the ratios of rounds, of which there is one at least."""
    starts: defaultdict[int, list[float]] = defaultdict(list)
    for (start, _), ratio in ratios.items():
        starts[start].append(ratio)
    if len(starts) == 1:
        return Samples("round", tuple(ratios.values()))
    return Samples("start", tuple(middle(rounds) for rounds in starts.values()))


def middle(ratios: Sequence[float]) -> float:
    """Their geometric mean."""
    return exp(fmean(map(log, ratios)))


def interval(found: Samples) -> Interval:
    ratios, count = found.ratios, len(found.ratios)
    value = middle(ratios)
    if count < 2:
        return Interval(value, None, None, count, found.of)
    error = sqrt(variance(map(log, ratios)) / count)
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1))
    return Interval(value, value * exp(-reach), value * exp(reach), count, found.of)


def chance(first: Samples, second: Samples) -> float | None:
    """How likely two series of one ratio differ as much as these do, by Welch's test; of too few,
    unknown.
    """
    if min(len(first.ratios), len(second.ratios)) < 2:
        return None
    left, right = list(map(log, first.ratios)), list(map(log, second.ratios))
    if variance(left) + variance(right) == 0:
        return float(left[0] == right[0])
    return float(stats.ttest_ind(left, right, equal_var=False).pvalue)


def agreeing(chances: Sequence[float | None]) -> list[bool | None]:
    """Which of several pairs of series may be the same: with 95 % confidence for all of them
    together, by Holm's method. Of 35 compared one by one, two would seem to differ by chance.
    """
    found: list[bool | None] = [None] * len(chances)
    known = sorted((one, place) for place, one in enumerate(chances) if one is not None)
    agree = False
    for left, (one, place) in zip(range(len(known), 0, -1), known, strict=True):
        agree = agree or one > (1 - CONFIDENCE) / left
        found[place] = agree
    return found
