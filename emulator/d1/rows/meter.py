"""Row counts of a connection's statements, by plan or, from a metered SQLite, by counter.

While it listens it has one PROFILE trace on the connection, whose callback is all that is paid
per statement.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from emulator.d1.rows.plan import Run, StatementPlan
from emulator.d1.rows.solver import RowCount

# fixtures/metered-apsw builds such an SQLite; it has this compile option.
METERED = "D1_ROW_COUNTS"
# What a statement may cost in events of the statements that FTS5 runs for it, 5 µs each.
MAX_EVENTS = 8
WRITES = ("INSERT", "REPLACE", "DELETE", "UPDATE")
READ = "SQLITE_STMTSTATUS_FILTER_MISS"
WRITTEN = "SQLITE_STMTSTATUS_FILTER_HIT"


def is_metered() -> bool:
    """Whether the SQLite in use counts rows itself."""
    return METERED in apsw.compile_options


class Meter:
    """Plans statements and counts the run that ended last."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._metered = is_metered()
        self._status: Mapping[str, int] = {}
        self._events = 0
        self.listen()

    def silence(self) -> None:
        """Hear of no statement until `listen`: what is not counted then costs 3 us less."""
        self._connection.trace_v2(0, None)

    def listen(self) -> None:
        """Hear of the statements that end from now on."""
        self._events = 0
        self._connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._finished)

    def _finished(self, event: Mapping[str, Any]) -> None:
        # FTS5's own statements end before the one they serve, which so has the last word.
        self._status = event["stmt_status"]
        self._events += 1
        if event["sql"].startswith(WRITES):
            # Few by each row that is written, which alone takes longer.
            self._events = 0
        elif self._events == MAX_EVENTS and not self._metered:
            # Ranking runs a statement a match: hear no more of them until there is a row.
            # A metered SQLite is asked for exact counts, whatever hearing them costs.
            self._status = {}
            self._connection.trace_v2(0, None)
            self._connection.row_trace = self._row

    def _row(self, cursor: apsw.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self._connection.row_trace = None
        self.listen()
        return row

    def plan(self, sql: str, parameters: int) -> StatementPlan | None:
        """The plan of a statement with so many parameters; a metered SQLite needs none."""
        return None if self._metered else StatementPlan(self._connection, sql, parameters)

    def count(
        self,
        plan: StatementPlan | None,
        rows: int,
        total_changes: int,
        parameters: Sequence[Any] = (),
        first_row: Sequence[Any] = (),
    ) -> RowCount:
        """Rows of the statement that ran last; `total_changes` is what it added to that number."""
        status = self._status
        if self._events >= MAX_EVENTS:
            self._connection.row_trace = None
            self.listen()
        self._events = 0
        if not status:
            return RowCount(rows, total_changes, False)
        if plan is None:
            return RowCount(status[READ], status[WRITTEN], True)
        changes = self._connection.changes()
        return plan.count(Run(status, rows, changes, total_changes, parameters, first_row))
