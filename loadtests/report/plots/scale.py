"""Where a value is on an axis, and which values an axis names."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, inf, log10

MOST_TICKS = 7
FACTORS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (3.2, (1.5, 2, 3)),
    (12, (2, 4, 10)),
    (inf, (10, 100, 1000)),
)
STEPS: tuple[tuple[float, ...], ...] = (
    (1, 1.5, 2, 3, 4, 5, 6, 8),
    (1, 2, 5),
    (1, 3),
    (1,),
)


@dataclass(frozen=True, slots=True)
class Logarithmic:
    low: float
    high: float

    def at(self, value: float) -> float:
        """In percent; what is outside is at the end."""
        value = min(max(value, self.low), self.high)
        return 100 * log10(value / self.low) / log10(self.high / self.low)

    def ticks(self) -> list[float]:
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        for steps in STEPS:
            found = [float(f"{step}e{power}") for power in powers for step in steps]
            inside = [one for one in found if self.low <= one <= self.high]
            if len(inside) <= MOST_TICKS:
                break
        every = ceil(len(inside) / MOST_TICKS)
        return inside[::every]


@dataclass(frozen=True, slots=True)
class Linear:
    """From 0."""

    high: float

    def at(self, value: float) -> float:
        return 100 * min(max(value / self.high, 0.0), 1.0)

    def ticks(self) -> list[float]:
        power = 10 ** floor(log10(self.high))
        step = next(one for one in (0.2, 0.5, 1, 2) if self.high / (one * power) <= 5) * power
        return [step * number for number in range(floor(self.high / step + 1e-9) + 1)]


def factors(scale: Logarithmic) -> list[float]:
    """Ticks of ratios: 1, and as far to the left as to the right."""
    steps = next(one for most, one in FACTORS if scale.high <= most)
    right = [one for one in steps if one <= scale.high]
    return sorted([1.0, *right, *(1 / one for one in right)])


def around_one(values: Iterable[float]) -> Logarithmic:
    """As far to the left as to the right, and at least from half to twice."""
    farthest = max((max(one, 1 / one) for one in values), default=2.0)
    reach = max(2.0, farthest) * 1.1
    return Logarithmic(1 / reach, reach)


def around(values: Iterable[float]) -> Logarithmic:
    low, high = min(values := list(values)), max(values)
    return Logarithmic(low / 1.1, max(high, low * 2) * 1.1)


def up_to(values: Iterable[float]) -> Linear:
    """A round number that is not exceeded."""
    high = max(values, default=0)
    if high <= 0:
        return Linear(1)
    power = 10 ** floor(log10(high))
    return Linear(next(one * power for one in (1, 2, 3, 4, 5, 6, 8, 10, 11) if one * power >= high))
