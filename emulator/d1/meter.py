"""Row counts of statements: the one place that knows how they are come by.

SQLite reports on a statement when it ends; a statement's own inner ones (FTS5 has them) end
before it, so the newest report is the right one.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from emulator.d1.models import Value
from emulator.d1.rows.plan import Plan, plan
from emulator.d1.rows.solver import RowCount

# Long scripts insert row after row in literals: texts that differ, programs that do not. Only
# bare values count as such, for SQLite folds constants in expressions.
INSERT = re.compile(
    r"\s*(?:INSERT|REPLACE)\s[^';]*?\bVALUES\b(?:[\s(),+-]|x?''|\b(?:7|1\.5|NULL|TRUE|FALSE)\b)*+",
    re.IGNORECASE,
)
LITERAL = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\b\d+(?:\.\d+)?\b""")
MAX_SHAPES = 1_000
MAX_SHAPE_CHARACTERS = 16_384

log = logging.getLogger("cftwin.d1")


class Meter:
    """Watches one connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._status: Mapping[str, int] = {}
        self._inserts: dict[str, Plan | None] = {}
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._ended)

    def plan(self, sql: str) -> Plan | None:
        """How the rows of the statement's runs are counted; None if that is beyond us."""
        if len(sql) > MAX_SHAPE_CHARACTERS or sql.lstrip()[:1].upper() not in ("I", "R"):
            return self._plan(sql)
        shape = LITERAL.sub(like, sql)
        if INSERT.fullmatch(shape) is None:
            return self._plan(sql)
        if shape not in self._inserts:
            if len(self._inserts) >= MAX_SHAPES:
                self._inserts.clear()
            self._inserts[shape] = self._plan(shape) or self._plan(sql)
        return self._inserts[shape]

    def count(
        self,
        plan: Plan | None,
        rows: Sequence[tuple[Value, ...]],
        total_changes: int,
        parameters: Sequence[Value],
    ) -> RowCount:
        """The rows the statement that has just ended read and wrote."""
        if plan is None:
            return RowCount(len(rows), total_changes, False)
        changes = self._connection.changes()
        first = rows[0] if rows else ()
        return plan.count(self._status, len(rows), changes, total_changes, parameters, first)

    def forget(self) -> None:
        """The schema is not what it was."""
        self._inserts.clear()

    def _plan(self, sql: str) -> Plan | None:
        try:
            return plan(self._connection, sql)
        except apsw.Error:
            # Well formed, but its EXPLAIN is not: as many columns as the limit, for one.
            return None
        except Exception:
            # A query is not to fail because it cannot be measured.
            log.exception("no row counts for %s", sql[:200])
            return None

    def _ended(self, event: Mapping[str, Any]) -> None:
        self._status = event["stmt_status"]


def like(literal: re.Match[str]) -> str:
    """Another literal of the same kind; quoted names stay."""
    text = literal[0]
    if text[0] == "'":
        return "''"
    if text[0].isdigit():
        return "1.5" if "." in text else "7"
    return text
