"""Search for whole numbers that satisfy inequalities and divisibilities, within a budget."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

# Each narrowing takes about a microsecond. Searches that succeed need a hundred or two.
MAX_NARROWINGS = 400
MAX_CANDIDATES = 100


class Exhausted(Exception):
    """The search would take too long."""


@dataclass(frozen=True, slots=True)
class Row:
    """(constant + Σ factor · variable) is a multiple of the divisor, from 0 to `most`."""

    constant: int
    factors: tuple[tuple[int, int], ...]
    divisor: int
    most: int | None


Range = tuple[int, int]
Ranges = dict[int, Range]
# A sum that is to be 0 or more.
Sum = tuple[int, tuple[tuple[int, int], ...]]


class Search:
    """All solutions within the given ranges."""

    def __init__(self, rows: Sequence[Row], ranges: Mapping[int, Range]) -> None:
        self._narrowings = 0
        self._sums: list[Sum] = []
        self._of: defaultdict[int, list[int]] = defaultdict(list)
        self._divisible = [row for row in rows if row.divisor > 1]
        for row in rows:
            self._add((row.constant, row.factors))
            if row.most is not None:
                negative = tuple([(variable, -factor) for variable, factor in row.factors])
                self._add((row.most - row.constant, negative))
        # All solutions lie within, the more narrowly the further the search has come.
        self.ranges = dict(ranges)

    def _add(self, sum_: Sum) -> None:
        for variable, _ in sum_[1]:
            self._of[variable].append(len(self._sums))
        self._sums.append(sum_)

    def solutions(self) -> Iterator[Mapping[int, int]]:
        """Each solution once; raises Exhausted when the budget is spent."""
        # The longest sums were added last and say the least: begin with the others.
        if self._narrowed(self.ranges, list(range(len(self._sums) - 1, -1, -1))) is not None:
            yield from self._below(self.ranges)

    def _below(self, ranges: Ranges) -> Iterator[Mapping[int, int]]:
        open_ = [variable for variable, (low, high) in ranges.items() if low < high]
        if not open_:
            values = {variable: low for variable, (low, _) in ranges.items()}
            if all(value_of(row, values) % row.divisor == 0 for row in self._divisible):
                yield values
            return
        variable = min(open_, key=lambda variable: ranges[variable][1] - ranges[variable][0])
        for value in self._candidates(variable, ranges):
            narrowed = self._narrowed(ranges | {variable: (value, value)}, list(self._of[variable]))
            if narrowed is not None:
                yield from self._below(narrowed)

    def _candidates(self, variable: int, ranges: Ranges) -> range:
        """The values of one variable that the divisibilities leave, the others being fixed."""
        low, high = ranges[variable]
        candidates = range(low, high + 1)
        for row in self._divisible:
            factor = dict(row.factors).get(variable, 0)
            if factor % row.divisor == 0 or any(
                ranges[other][0] < ranges[other][1] for other, _ in row.factors if other != variable
            ):
                continue
            values = {other: ranges[other][0] for other, _ in row.factors} | {variable: low}
            period = row.divisor // gcd(row.divisor, factor)
            rest = value_of(row, values)
            first = next((n for n in range(period) if (rest + factor * n) % row.divisor == 0), None)
            candidates = range(0)
            if first is not None:
                candidates = range(low + first, high + 1, period)
            break
        if candidates.stop - candidates.start > MAX_CANDIDATES * candidates.step:
            raise Exhausted
        return candidates

    def _narrowed(self, ranges: Ranges, work: list[int]) -> Ranges | None:
        """The ranges without what the sums do not allow; None if nothing is left."""
        waiting = set(work)
        while work:
            number = work.pop()
            waiting.discard(number)
            self._narrowings += 1
            if self._narrowings > MAX_NARROWINGS:
                raise Exhausted
            changed = narrow(ranges, *self._sums[number])
            if changed is None:
                return None
            for variable in changed:
                for other in self._of[variable]:
                    if other not in waiting and other != number:
                        waiting.add(other)
                        work.append(other)
        return ranges


def value_of(row: Row, values: Mapping[int, int]) -> int:
    return row.constant + sum([factor * values[variable] for variable, factor in row.factors])


def narrow(ranges: Ranges, constant: int, factors: tuple[tuple[int, int], ...]) -> list[int] | None:
    """Drop from the ranges what cannot make the sum 0 or more.

    Returns the variables that have less now; None if one has nothing left.
    """
    most = constant
    for variable, factor in factors:
        most += factor * ranges[variable][factor > 0]
    if most < 0:
        return None
    changed = []
    # What the others give at most bounds each one: factor · value + (most - its part) ≥ 0.
    for variable, factor in factors:
        low, high = ranges[variable]
        if factor > 0:
            bound = high - most // factor
            if bound > low:
                ranges[variable] = (bound, high)
                changed.append(variable)
        else:
            bound = low + most // -factor
            if bound < high:
                ranges[variable] = (low, bound)
                changed.append(variable)
    return changed
