"""What D1 would bill a statement for: planned once, counted after each run.

The stock SQLite tells how many instructions a run took, how many rows it returned and changed
and a few counters more. Together with the bytecode they often leave one possibility. Where they
do not, the count is an estimate and says so.

A plan belongs to a text and a schema. ANALYZE, `PRAGMA optimize` and the PRAGMAs that change how
statements compile (foreign_keys, recursive_triggers, reverse_unordered_selects,
case_sensitive_like) outdate it as well.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import apsw

from emulator.d1.rows.facts import add_facts
from emulator.d1.rows.flow import Quantity, lay_out
from emulator.d1.rows.program import Listing, NotAnalysable, Op, explain, programs
from emulator.d1.rows.solver import RowCount, Solver, Values

COUNTERS = {
    Quantity.STEP: "SQLITE_STMTSTATUS_VM_STEP",
    Quantity.FULLSCAN: "SQLITE_STMTSTATUS_FULLSCAN_STEP",
    Quantity.SORT: "SQLITE_STMTSTATUS_SORT",
    Quantity.AUTOINDEX: "SQLITE_STMTSTATUS_AUTOINDEX",
    Quantity.RUN: "SQLITE_STMTSTATUS_RUN",
}
WHOLE_NUMBER = re.compile(r"\s*[+-]?\d{1,18}\s*")
# Runs of one statement mostly differ in nothing that counts.
REMEMBERED_COUNTS = 128
# Runs worked out in full before a count that can only be one is taken for it.
PROOFS = 3
# As do its programs, where it is compiled anew for each set of values.
REMEMBERED_PROGRAMS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of one finished run.

    `status` is that of its last PROFILE event, `changes` sqlite3_changes() after it and
    `total_changes` the growth of sqlite3_total_changes().
    """

    status: Mapping[str, int]
    rows: int
    changes: int
    total_changes: int
    parameters: Sequence[Any] = ()
    first_row: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts the rows of runs of one program."""

    _quantities: tuple[Quantity, ...]
    _integer_parameters: frozenset[int]
    _counted_column: int | None
    _solve: Callable[[Values], RowCount | None]
    _constant: RowCount | None = None

    def constant(self, parameters: Sequence[Any]) -> RowCount | None:
        """The count of every run with such parameters, if the program leaves no other."""
        if self._constant is None or not self._integers_bound(parameters):
            return None
        return self._constant

    def count(self, run: Run) -> RowCount:
        if not run.status["SQLITE_STMTSTATUS_VM_STEP"]:
            # An EXPLAIN lists the program and runs none of it.
            return RowCount(0, 0, True)
        values = self._values(run)
        count = None if values is None else self._solve(values)
        if count is None:
            return floor(run)
        if count.exact and not self._integers_bound(run.parameters):
            return RowCount(count.read, count.written, False)
        return count

    def checks_runs(self) -> bool:
        """Whether the counters of two runs are not taken for those of one."""
        return Quantity.RUN in self._quantities

    def _values(self, run: Run) -> Values | None:
        values = []
        for quantity in self._quantities:
            if quantity in COUNTERS:
                values.append(run.status[COUNTERS[quantity]])
            elif quantity is Quantity.ROWS:
                values.append(run.rows)
            elif quantity is Quantity.CHANGES:
                values.append(run.changes)
            elif quantity is Quantity.TOTAL_CHANGES:
                values.append(run.total_changes)
            else:
                counted = run.first_row[self._counted_column or 0] if run.first_row else None
                if run.rows != 1 or not isinstance(counted, int):
                    return None
                values.append(counted)
        return tuple(values)

    def _integers_bound(self, parameters: Sequence[Any]) -> bool:
        return all(
            number <= len(parameters) and is_integer(parameters[number - 1])
            for number in self._integer_parameters
        )


def is_integer(value: object) -> bool:
    """Whether SQLite can compare the value with a rowid as a whole number."""
    if isinstance(value, str):
        return WHOLE_NUMBER.fullmatch(value) is not None
    if isinstance(value, float):
        return value.is_integer() and abs(value) < 2**53
    return isinstance(value, int)


def floor(run: Run) -> RowCount:
    """What was certainly read and written, when nothing better can be said."""
    return RowCount(run.status.get("SQLITE_STMTSTATUS_FULLSCAN_STEP", 0), run.total_changes, False)


def plan(ops: Sequence[Op]) -> Plan:
    """The plan of one listing; one that cannot be followed gives estimates only."""
    try:
        all_programs = programs(ops)
        flow = lay_out(all_programs)
        add_facts(flow, all_programs[0])
        solver = Solver(flow)
    except NotAnalysable:
        return UNKNOWN
    return Plan(
        solver.quantities,
        frozenset(flow.integer_parameters),
        flow.counted_column,
        lru_cache(REMEMBERED_COUNTS)(solver.solve),
        solver.constant(),
    )


UNKNOWN = Plan((), frozenset(), None, lambda values: None)


class StatementPlan:
    """Counts the rows of runs of one statement, whatever its programs."""

    def __init__(self, connection: apsw.Connection, sql: str, parameters: int) -> None:
        """Compile `sql`, which has so many parameters, but do not run it."""
        self._connection = connection
        self._sql = sql
        self._program: Plan | None = None
        # Runs that came out as the program says they all must.
        self._proofs = 0
        self._plan = lru_cache(REMEMBERED_PROGRAMS)(plan)
        try:
            listing = explain(connection, sql, (None,) * parameters)
        except NotAnalysable:
            self._program = UNKNOWN
            return
        if not listing.follows_values:
            self._program = self._plan_for(listing)

    def constant(self, parameters: Sequence[Any]) -> RowCount | None:
        """The count of every run with such parameters, by the program alone."""
        return None if self._program is None else self._program.constant(parameters)

    def settled(self, parameters: Sequence[Any]) -> RowCount | None:
        """The count of the next run, where it is the same for all and runs have proved it."""
        return self.constant(parameters) if self.is_settled() else None

    def is_settled(self) -> bool:
        return self._proofs >= PROOFS

    def count(self, run: Run) -> RowCount:
        if self._program is not None:
            count = self._program.count(run)
            agrees = count == self._program.constant(run.parameters)
            self._proofs = self._proofs + 1 if agrees else 0
            return count
        try:
            listing = explain(self._connection, self._sql, run.parameters)
        except NotAnalysable:
            return floor(run)
        return self._plan_for(listing).count(run)

    def _plan_for(self, listing: Listing) -> Plan:
        program = self._plan(listing.ops)
        # apsw takes such a text for a trigger's and does not clear the counters for its runs.
        # Only the number of runs, where it is known, tells that they are those of several.
        if self._sql.lstrip().startswith("--") and not program.checks_runs():
            return UNKNOWN
        return program
