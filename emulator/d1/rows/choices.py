"""What the equations leave open, and what else holds for every run: the way it takes is one."""

from collections.abc import Mapping, Sequence

from emulator.d1.rows.algebra import Form, System
from emulator.d1.rows.cycles import Coefficients, Cycles, reached
from emulator.d1.rows.flow import START, Flow, Quantity
from emulator.d1.rows.lattice import Range, Row

UNBOUNDED = 2**62


class Choices:
    """The edges of a flow in terms of the cycles that remain free."""

    def __init__(
        self, system: System, parts: Cycles, flow: Flow, sums: Mapping[int, Coefficients]
    ) -> None:
        self._edges = parts.edges
        self._forms = [system.form(sum_) for sum_ in parts.sums]
        bounds: dict[Form, int | None] = {}
        for edge, form in zip(parts.edges, self._forms, strict=True):
            bounds[form] = 1 if edge.once else bounds.get(form)
        for slack, most in flow.slacks.items():
            bounds[system.form(sums.get(slack, {}))] = most
        self._distinct = list(bounds.items())
        self._inner = entered(system, parts)
        for first, then in flow.needs:
            forms = system.form(sums.get(first, {})), system.form(sums.get(then, {}))
            self._inner.append(forms)
        free = {cycle for form in bounds for cycle, _ in form.free}
        free |= {cycle for pair in self._inner for form in pair for cycle, _ in form.free}
        self._free = {cycle: parts.edges[parts.chords[cycle]] for cycle in free}

    def ranges(self, values: Sequence[int]) -> dict[int, Range]:
        """What each free cycle may be: once, or as often as the run has steps."""
        # Every run has a step counter, and it is the first quantity.
        most = values[0]
        return {
            cycle: (0, 1 if edge.once else most if Quantity.STEP in edge.weight else UNBOUNDED)
            for cycle, edge in self._free.items()
        }

    def rows(self, values: Sequence[int]) -> list[Row]:
        """No edge is taken less than never; no loop is run through without being entered."""
        rows = [
            Row(form.at(values), form.free, form.divisor, most and most * form.divisor)
            for form, most in self._distinct
        ]
        for entry, edge in self._inner:
            often = values[0] * edge.divisor
            factors = {cycle: factor * often for cycle, factor in entry.free}
            for cycle, factor in edge.free:
                factors[cycle] = factors.get(cycle, 0) - factor * entry.divisor
            constant = entry.at(values) * often - edge.at(values) * entry.divisor
            free = tuple((cycle, factor) for cycle, factor in factors.items() if factor)
            rows.append(Row(constant, free, 1, None))
        return rows

    def connected(self, values: Sequence[int], free: Mapping[int, int]) -> bool:
        """Whether the edges taken are one way and not a way and loops beside it."""
        taken = [
            edge
            for edge, form in zip(self._edges, self._forms, strict=True)
            if form.whole(values, free)
        ]
        seen = reached(START, ((edge.source, edge.target) for edge in taken))
        return all(edge.source in seen for edge in taken)


def entered(system: System, parts: Cycles) -> list[tuple[Form, Form]]:
    """For each edge within a strongly connected component: how often that is entered, the edge."""
    entries: dict[int, dict[int, int]] = {}
    component = parts.component
    for edge, sum_ in zip(parts.edges, parts.sums, strict=True):
        if component[edge.source] != component[edge.target]:
            entry = entries.setdefault(component[edge.target], {})
            for cycle, sign in sum_.items():
                entry[cycle] = entry.get(cycle, 0) + sign
    forms = {number: system.form(entry) for number, entry in entries.items()}
    pairs = {
        (forms[component[edge.source]], system.form(sum_)): None
        for edge, sum_ in zip(parts.edges, parts.sums, strict=True)
        if component[edge.source] == component[edge.target] and Quantity.STEP in edge.weight
    }
    return [(entry, edge) for entry, edge in pairs if entry.free or entry.known]
