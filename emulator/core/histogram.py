"""How long things took: a histogram that can be merged and costs next to nothing to fill.

Buckets are 1 % wide, so that a quantile is off by half a percent at most, whatever the scale.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import ceil, exp, floor, inf, log
from typing import Any

GROWTH = 1.01
# Milliseconds. What is shorter counts as this.
SHORTEST = 0.001
SCALE = 1 / log(GROWTH)


class Histogram:
    """Of milliseconds. Sum, shortest and longest are exact."""

    __slots__ = ("_buckets", "count", "longest", "shortest", "sum")

    def __init__(self) -> None:
        self._buckets: defaultdict[int, int] = defaultdict(int)
        self.count = 0
        self.sum = 0.0
        self.shortest = inf
        self.longest = 0.0

    def add(self, milliseconds: float) -> None:
        if milliseconds < SHORTEST:
            milliseconds = SHORTEST
        self._buckets[floor(log(milliseconds) * SCALE)] += 1
        self.count += 1
        self.sum += milliseconds
        if milliseconds < self.shortest:
            self.shortest = milliseconds
        if milliseconds > self.longest:
            self.longest = milliseconds

    def merge(self, other: "Histogram") -> None:
        for index, count in other._buckets.items():
            self._buckets[index] += count
        self.count += other.count
        self.sum += other.sum
        self.shortest = min(self.shortest, other.shortest)
        self.longest = max(self.longest, other.longest)

    @classmethod
    def merged(cls, parts: Iterable["Histogram"]) -> "Histogram":
        whole = cls()
        for part in parts:
            whole.merge(part)
        return whole

    @property
    def mean(self) -> float:
        return self.sum / self.count if self.count else 0.0

    def quantile(self, q: float) -> float:
        """The value that a share of `q` does not exceed; 0 where nothing was added."""
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile is between 0 and 1, not {q}")
        # The product may be off by a rounding: 0.07 * 100 is more than 7.
        wanted, seen = max(1, ceil(round(q * self.count, 9))), 0
        for index in sorted(self._buckets):
            seen += self._buckets[index]
            if seen >= wanted:
                return min(max(exp((index + 0.5) / SCALE), self.shortest), self.longest)
        return 0.0

    def bins(self) -> Iterator[tuple[float, float, int]]:
        """From, to, and how many, in order; without the empty ones."""
        for index, count in sorted(self._buckets.items()):
            yield GROWTH**index, GROWTH ** (index + 1), count

    def json(self) -> dict[str, Any]:
        """`buckets` alternates a bucket's number and its count."""
        flat = [number for pair in sorted(self._buckets.items()) for number in pair]
        ends = {"shortest": self.shortest, "longest": self.longest} if self.count else {}
        return {"growth": GROWTH, "sum": self.sum, **ends, "buckets": flat}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Histogram":
        """As `json` tells it. Raises `ValueError`."""
        flat = told.get("buckets")
        if told.get("growth") != GROWTH or not isinstance(flat, list) or len(flat) % 2:
            raise ValueError("this is no histogram, or one with other buckets")
        made = cls()
        made._buckets.update(zip(map(int, flat[::2]), map(int, flat[1::2]), strict=True))
        if any(count < 1 for count in made._buckets.values()):
            raise ValueError("a histogram's bucket has at least one in it")
        made.count = sum(made._buckets.values())
        made.sum = float(told.get("sum", 0.0))
        made.shortest = float(told.get("shortest", inf))
        made.longest = float(told.get("longest", 0.0))
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.json() == other.json()

    __hash__ = None  # type: ignore[assignment]
