"""Whole-number elimination: what a sum of cycles is in terms of what is known.

All arithmetic is on whole numbers, so that "exact" needs no tolerance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd


@dataclass(frozen=True, slots=True)
class Form:
    """(constant + Σ known + Σ free cycles) / divisor, with the divisor above 0."""

    divisor: int
    constant: int
    known: tuple[tuple[int, int], ...]
    free: tuple[tuple[int, int], ...]

    def at(self, values: Sequence[int]) -> int:
        """The part that does not depend on free cycles, not yet divided."""
        return self.constant + sum([factor * values[index] for index, factor in self.known])

    def whole(self, values: Sequence[int], free: Mapping[int, int]) -> int:
        """The sum with the free cycles given, not yet divided."""
        return self.at(values) + sum([factor * free[cycle] for cycle, factor in self.free])


class System:
    """Equations over cycles 1…n, cycle 0 being the constant, and m known values.

    A row holds the factors of the cycles, then those of the known values; it sums up to 0.
    """

    def __init__(self, cycles: int, known: int) -> None:
        self.cycles = cycles
        self.width = cycles + known
        self._rows: list[list[int]] = []
        self._pivots: dict[int, list[int]] = {}

    def equate(self, sum_: Mapping[int, int], known: int | None) -> None:
        """The sum of cycles is the known value of that number, or 0."""
        row = self._row(sum_)
        if known is not None:
            row[self.cycles + known] = -1
        self._rows.append(row)

    def eliminate(self, preference: Iterable[int]) -> None:
        """Express as many cycles as possible by the others, the preferred ones first."""
        for cycle in preference:
            row = next((row for row in self._rows if row[cycle]), None)
            if row is None:
                continue
            others = [other for other in self._rows if other is not row]
            self._rows = [without(other, row, cycle) for other in others]
            for pivot, solved in self._pivots.items():
                self._pivots[pivot] = without(solved, row, cycle)
            self._pivots[cycle] = row

    def conditions(self) -> list[Form]:
        """What must be 0 for the known values to fit the equations."""
        return [self._form(row, 1) for row in self._rows if any(row)]

    def form(self, sum_: Mapping[int, int]) -> Form:
        """A sum of cycles, in terms of known values and of cycles that remain free."""
        row, divisor = self._row(sum_), 1
        for cycle, solved in self._pivots.items():
            if row[cycle]:
                factor, pivot = row[cycle], solved[cycle]
                row = [a * pivot - b * factor for a, b in zip(row, solved, strict=True)]
                divisor *= pivot
        return self._form(row, divisor)

    def _row(self, sum_: Mapping[int, int]) -> list[int]:
        row = [0] * self.width
        for cycle, factor in sum_.items():
            row[cycle] = factor
        return row

    def _form(self, row: Sequence[int], divisor: int) -> Form:
        common = gcd(divisor, *row) * (1 if divisor > 0 else -1)
        factors = [factor // common for factor in row]
        return Form(
            divisor // common,
            factors[0],
            tuple((n, f) for n, f in enumerate(factors[self.cycles :]) if f),
            tuple((n, f) for n, f in enumerate(factors[: self.cycles]) if n and f),
        )


def without(row: list[int], pivot: list[int], cycle: int) -> list[int]:
    """The row with one cycle eliminated by the pivot row, in lowest terms."""
    if not row[cycle]:
        return row
    factor, by = row[cycle], pivot[cycle]
    result = [a * by - b * factor for a, b in zip(row, pivot, strict=True)]
    common = gcd(*result)
    return [a // common for a in result] if common > 1 else result
