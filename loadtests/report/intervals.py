"""Ratios and how sure they are: formed within a round, summarised over rounds.

Rounds are interleaved, so noise that lasts longer than a round falls on both sides and cancels.
Ratios are summarised by their logarithms: twice as fast and half as fast are equally far from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, variance

# Student's t at 97.5 % by degrees of freedom.
T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio and where it is with 95 % confidence: nowhere known, of a single round."""

    value: float
    low: float | None
    high: float | None
    rounds: int

    @property
    def is_below_one(self) -> bool:
        return self.high is not None and self.high < 1

    @property
    def is_above_one(self) -> bool:
        return self.low is not None and self.low > 1


def interval(ratios: Sequence[float]) -> Interval:
    """Of one ratio a round."""
    logs = [log(one) for one in ratios]
    middle = fmean(logs)
    if len(logs) < 2:
        return Interval(exp(middle), None, None, len(logs))
    reach = t(len(logs) - 1) * sqrt(variance(logs) / len(logs))
    return Interval(exp(middle), exp(middle - reach), exp(middle + reach), len(logs))


def agree(first: Sequence[float], second: Sequence[float]) -> bool | None:
    """Whether two series of ratios may be the same one, by Welch's test; of too few, unknown."""
    if min(len(first), len(second)) < 2:
        return None
    left, right = [log(one) for one in first], [log(one) for one in second]
    a, b = variance(left) / len(left), variance(right) / len(right)
    apart = abs(fmean(left) - fmean(right))
    if a + b == 0:
        return apart == 0
    freedom = (a + b) ** 2 / (a**2 / (len(left) - 1) + b**2 / (len(right) - 1))
    return apart <= t(freedom) * sqrt(a + b)


def t(freedom: float) -> float:
    """Rounded towards the wider interval."""
    whole = int(freedom)
    return T[max(whole, 1) - 1] if whole <= len(T) else 1.96 + 2.46 / whole
