"""Row counts of a connection's statements, by plan or, from a metered SQLite, by counter.

Installs one PROFILE trace on the connection; its callback is all that is paid per statement.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from emulator.d1.rows.plan import Run, StatementPlan
from emulator.d1.rows.solver import RowCount

# fixtures/metered-apsw builds such an SQLite; it has this compile option.
METERED = "D1_ROW_COUNTS"
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
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._finished)

    def _finished(self, event: Mapping[str, Any]) -> None:
        # FTS5's own statements end before the one they serve, which so has the last word.
        self._status = event["stmt_status"]

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
        if plan is None:
            return RowCount(status[READ], status[WRITTEN], True)
        changes = self._connection.changes()
        return plan.count(Run(status, rows, changes, total_changes, parameters, first_row))
