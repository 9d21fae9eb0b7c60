"""Runs statements on a fresh database and counts their rows, in this process or in another.

As a program it answers each line of JSON, `[setup, statements]`, with a line of counts.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw

from emulator.d1.rows.meter import Meter


class Counted(NamedTuple):
    """One statement's rows, and the program that read and wrote them."""

    read: int
    written: int
    exact: bool
    program: list[list[Any]]


def replay(setup: Sequence[str], statements: Sequence[tuple[str, list[Any]]]) -> list[Counted]:
    """The counts of each statement, which finds what the one before left; a failed one has none."""
    connection = apsw.Connection(":memory:")
    for sql in ["PRAGMA foreign_keys = ON", *setup]:
        connection.execute(sql)
    meter = Meter(connection)
    counts = []
    for sql, parameters in statements:
        try:
            counts.append(counted(connection, meter, sql, parameters))
        except apsw.Error:
            counts.append(Counted(0, 0, True, []))
    connection.close()
    return counts


def counted(connection: apsw.Connection, meter: Meter, sql: str, parameters: list[Any]) -> Counted:
    plan = meter.plan(sql, len(parameters))
    program = listing(connection, sql, parameters)
    before = connection.total_changes()
    rows = connection.execute(sql, parameters).fetchall()
    changes = connection.total_changes() - before
    count = meter.count(plan, len(rows), changes, parameters, rows[0] if rows else ())
    return Counted(count.read, count.written, count.exact, program)


def listing(connection: apsw.Connection, sql: str, parameters: list[Any]) -> list[list[Any]]:
    if sql.startswith("EXPLAIN"):
        return []
    return [list(op[:6]) for op in connection.execute(f"EXPLAIN {sql}", parameters)]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(replay(*json.loads(line))), flush=True)
