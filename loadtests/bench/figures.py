"""Samples and what may be said of them: medians, ranges, and ratios paired by round.

Rounds are interleaved, so the n-th samples of two servers were taken next to each other;
a ratio is formed within a round and only then summarised. Noise that lasts longer than
a round falls on both and cancels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One server under one load for a few seconds."""

    requests: int
    seconds: float
    cpu_seconds: float
    p99_ms: float
    foreign_cores: float

    @property
    def rps(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_seconds * 1e6 / self.requests


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of a figure and its range."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def rps(samples: Sequence[Sample]) -> Spread:
    return spread([sample.rps for sample in samples])


def cpu_us(samples: Sequence[Sample]) -> Spread:
    return spread([sample.cpu_us for sample in samples])


def rps_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Spread:
    """How many times as many requests a second we answer."""
    return spread([our.rps / their.rps for our, their in zip(ours, theirs, strict=True)])


def cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Spread:
    """How many times as many requests we answer for the same server CPU."""
    return spread([their.cpu_us / our.cpu_us for our, their in zip(ours, theirs, strict=True)])
