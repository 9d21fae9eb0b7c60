"""Row counts for the engine: `rows` does the counting, and is kept from failing a query.

Long scripts insert row after row in literals. Their texts differ and their programs do not,
so inserts of one shape share a plan.
"""

import logging
import re
from collections.abc import Sequence

import apsw

from emulator.d1.models import Value
from emulator.d1.rows.meter import Meter, is_metered
from emulator.d1.rows.plan import StatementPlan
from emulator.d1.rows.solver import RowCount

# Only bare values make a shape, for SQLite folds constants in expressions.
INSERT = re.compile(
    r"\s*(?:INSERT|REPLACE)\s[^';]*?\bVALUES\b"
    r"(?:[\s(),+-]|x?''|\b(?:7|1\.5|NULL|TRUE|FALSE)\b)*+",
    re.IGNORECASE,
)
LITERAL = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\b\d+(?:\.\d+)?\b""")
MAX_SHAPES = 1_000
MAX_SHAPE_CHARACTERS = 16_384

log = logging.getLogger("cftwin.d1")


class RowMeter:
    """Plans a connection's statements and counts the rows of the one that has just ended."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._meter = Meter(connection)
        self._metered = is_metered()
        self._inserts: dict[str, StatementPlan | None] = {}

    def listen(self) -> None:
        """The statement that comes next is to be counted when it has ended."""
        self._meter.listen()

    def plan(self, sql: str, parameters: int) -> StatementPlan | None:
        """How the rows of the statement's runs are counted; None if there is no telling."""
        shape = None if parameters or self._metered else shape_of(sql)
        if shape is None:
            return self._plan(sql, parameters)
        if shape not in self._inserts:
            if len(self._inserts) >= MAX_SHAPES:
                self._inserts.clear()
            self._inserts[shape] = self._plan(shape, 0)
        return self._inserts[shape]

    def count(
        self,
        plan: StatementPlan | None,
        rows: Sequence[tuple[Value, ...]],
        total_changes: int,
        parameters: Sequence[Value],
    ) -> RowCount:
        """What the statement that has just ended read and wrote."""
        if plan is not None or self._metered:
            first = rows[0] if rows else ()
            try:
                return self._meter.count(plan, len(rows), total_changes, parameters, first)
            except Exception:
                log.exception("rows are not counted")
            finally:
                self._meter.silence()
        return RowCount(len(rows), total_changes, False)

    def forget(self) -> None:
        """The schema is not what it was."""
        self._inserts.clear()

    def _plan(self, sql: str, parameters: int) -> StatementPlan | None:
        try:
            return self._meter.plan(sql, parameters)
        except UnicodeDecodeError:
            # A constant of the program is text that is not UTF-8.
            return None
        except Exception:
            log.exception("rows are not counted for %s", sql[:200])
            return None


def shape_of(sql: str) -> str | None:
    """The insert with each literal replaced by one of its kind; None if it is anything else."""
    if len(sql) > MAX_SHAPE_CHARACTERS or sql.lstrip()[:1].upper() not in ("I", "R"):
        return None
    shape = LITERAL.sub(like, sql)
    return shape if INSERT.fullmatch(shape) else None


def like(literal: re.Match[str]) -> str:
    """Another literal of the same kind; quoted names stay."""
    text = literal[0]
    if text[0] == "'":
        return "''"
    if text[0].isdigit():
        return "1.5" if "." in text else "7"
    return text
