"""Row counts of statements: the one place that knows how they are come by."""

from typing import NamedTuple

import apsw


class RowCount(NamedTuple):
    """Rows read and written as D1 bills them; `exact` is false for an estimate."""

    read: int
    written: int
    exact: bool


class RowPlan(NamedTuple):
    """What a statement's bytecode says about its row counts."""


class Meter:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def plan(self, sql: str, parameters: int) -> RowPlan:
        return RowPlan()

    def count(self, plan: RowPlan, rows: int, changes: int) -> RowCount:
        return RowCount(rows, changes, False)
