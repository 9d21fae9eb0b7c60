"""Finds the rows read and written among all the runs that fit what is known of one."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.d1.rows.algebra import System
from emulator.d1.rows.choices import UNBOUNDED, Choices
from emulator.d1.rows.cycles import Coefficients, Cycles, cycles
from emulator.d1.rows.flow import Flow, Quantity
from emulator.d1.rows.lattice import Exhausted, Search
from emulator.d1.rows.program import NotAnalysable

# Hand-written statements have under 40 choices; elimination takes the cube of their number.
MAX_CYCLES = 80
CLEARED = frozenset({Quantity.FULLSCAN, Quantity.SORT, Quantity.AUTOINDEX, Quantity.RUN})
WANTED = frozenset({Quantity.READ, Quantity.WRITTEN})

Values = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows as D1 bills them; an estimate unless `exact`."""

    read: int
    written: int
    exact: bool


class Solver:
    """The equations of one statement. `quantities` are the values a run must bring, in order."""

    def __init__(self, flow: Flow) -> None:
        parts = cycles(flow.edges)
        if len(parts.chords) > MAX_CYCLES:
            raise NotAnalysable(f"more than {MAX_CYCLES} choices")
        sums = quantity_sums(parts)
        self.quantities = tuple(
            quantity for quantity in Quantity if quantity in sums and is_known(flow, quantity)
        )
        system = System(len(parts.chords), len(self.quantities))
        for known, quantity in enumerate(self.quantities):
            system.equate(sums[quantity], known)
        for tie in flow.ties:
            system.equate(sums.get(tie, {}), None)
        numbers = range(1, len(parts.chords))
        system.eliminate(sorted(numbers, key=lambda cycle: parts.edges[parts.chords[cycle]].once))
        self._conditions = system.conditions()
        self._read = system.form(sums.get(Quantity.READ, {}))
        self._written = system.form(sums.get(Quantity.WRITTEN, {}))
        self._choices: Choices | None = None
        if self._read.free or self._written.free:
            self._choices = Choices(system, parts, flow, sums)

    def constant(self) -> RowCount | None:
        """The count of every run, if all have the same."""
        if self._choices is not None or self._read.known or self._written.known:
            return None
        read, read_remainder = divmod(self._read.constant, self._read.divisor)
        written, written_remainder = divmod(self._written.constant, self._written.divisor)
        if read_remainder or written_remainder or read < 0 or written < 0:
            return None
        return RowCount(read, written, True)

    def solve(self, values: Values) -> RowCount | None:
        """The count of a run with these values; None if no run of the program has them."""
        if any(condition.at(values) for condition in self._conditions):
            return None
        if self._choices is not None:
            return self._chosen(self._choices, values)
        read, read_remainder = divmod(self._read.at(values), self._read.divisor)
        written, written_remainder = divmod(self._written.at(values), self._written.divisor)
        if read_remainder or written_remainder or read < 0 or written < 0:
            return None
        return RowCount(read, written, True)

    def _chosen(self, choices: Choices, values: Values) -> RowCount | None:
        search = Search(choices.rows(values), choices.ranges(values))
        found: set[tuple[int, int]] = set()
        exhausted = False
        try:
            for solution in search.solutions():
                if choices.connected(values, solution):
                    found.add(self._at(values, solution))
                if len(found) > 1:
                    break
        except Exhausted:
            exhausted = True
        if len(found) == 1 and not exhausted:
            return RowCount(*found.pop(), True)
        if not (found or exhausted):
            return None
        if found:
            return RowCount(*found.pop(), False)
        likely = {
            cycle: low if high == UNBOUNDED else low + (high - low) // 2
            for cycle, (low, high) in search.ranges.items()
        }
        read, written = self._at(values, likely)
        # No instruction reads more than a row.
        return RowCount(min(read, values[0]), min(written, values[0]), False)

    def _at(self, values: Values, free: Mapping[int, int]) -> tuple[int, int]:
        return (
            max(self._read.whole(values, free) // self._read.divisor, 0),
            max(self._written.whole(values, free) // self._written.divisor, 0),
        )


def is_known(flow: Flow, quantity: Quantity) -> bool:
    """Whether a run's value of the quantity can be relied on."""
    if quantity in CLEARED:
        return not flow.counters_cleared
    if quantity is Quantity.TOTAL_CHANGES:
        return not flow.total_changes_blurred
    if quantity is Quantity.COUNTED:
        return flow.counted_column is not None
    return quantity not in WANTED


def quantity_sums(parts: Cycles) -> dict[int, Coefficients]:
    """Each quantity as a sum of cycles."""
    sums: dict[int, Coefficients] = {}
    for edge, edge_sum in zip(parts.edges, parts.sums, strict=True):
        for quantity, amount in edge.weight.items():
            into = sums.setdefault(quantity, {})
            for cycle, sign in edge_sum.items():
                into[cycle] = into.get(cycle, 0) + amount * sign
    return sums
