"""Rows read and written, against what workerd's D1 answered for the same statements.

`fixtures/recorded/d1/record_row_counts.mjs` records the answers.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from emulator.d1.rows.meter import MAX_EVENTS, Meter, is_metered
from emulator.d1.rows.plan import UNKNOWN, StatementPlan, is_integer, plan
from emulator.d1.rows.program import MAX_OPS, NotAnalysable, Op, Program, explain
from emulator.d1.rows.registers import integer_source
from emulator.d1.rows.solver import MAX_CYCLES, RowCount
from tests.d1.replay import replay

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "d1" / "row_counts.json"
SUITES = {suite["name"]: suite for suite in json.loads(RECORDED.read_text())["suites"]}
# Reached on 2026-11-24: 251 of 351. The rest is counted as an estimate.
EXACT_AT_LEAST = 250
CONSTANT_AT_LEAST = 30


def compared(suite: dict[str, Any]) -> list[tuple[str, tuple[int, int], RowCount]]:
    """Each statement with workerd's count and ours."""
    statements = suite["statements"]
    counts = replay(suite["setup"], [(each["sql"], each["params"]) for each in statements])
    return [
        (each["sql"], (each["rows_read"], each["rows_written"]), RowCount(*count[:3]))
        for each, count in zip(statements, counts, strict=True)
    ]


def count(connection: apsw.Connection, sql: str, *parameters: Any) -> RowCount:
    meter = Meter(connection)
    planned = meter.plan(sql, len(parameters))
    before = connection.total_changes()
    rows = connection.execute(sql, parameters).fetchall()
    changes = connection.total_changes() - before
    return meter.count(planned, len(rows), changes, parameters, rows[0] if rows else ())


@pytest.fixture
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT)")
    connection.execute("CREATE INDEX t_b ON t(b)")
    connection.executemany("INSERT INTO t VALUES (?, 'x', ?)", [(i, i % 4) for i in range(100)])
    return connection


@pytest.mark.parametrize("name", SUITES)
def test_what_is_called_exact_is_what_workerd_counts(name: str) -> None:
    wrong = [
        (sql, theirs, ours)
        for sql, theirs, ours in compared(SUITES[name])
        if ours.exact and (ours.read, ours.written) != theirs
    ]

    assert wrong == []


def test_most_of_what_workerd_counted_is_counted_exactly() -> None:
    counts = [each for suite in SUITES.values() for each in compared(suite)]

    exact = [ours for _, theirs, ours in counts if ours == RowCount(*theirs, True)]

    assert len(exact) >= EXACT_AT_LEAST


def test_a_count_that_can_only_be_one_is_what_workerd_counts() -> None:
    constants = [pair for suite in SUITES.values() for pair in constants_of(suite)]

    assert [(sql, ours) for sql, theirs, ours in constants if ours != theirs] == []
    assert len(constants) >= CONSTANT_AT_LEAST


def constants_of(suite: dict[str, Any]) -> Iterator[tuple[str, RowCount, RowCount]]:
    """The statements whose count follows from the program alone, with workerd's and ours."""
    connection = apsw.Connection(":memory:")
    for sql in ["PRAGMA foreign_keys = ON", *suite["setup"]]:
        connection.execute(sql)
    for each in suite["statements"]:
        sql, parameters = each["sql"], each["params"]
        constant = StatementPlan(connection, sql, len(parameters)).constant(parameters)
        try:
            connection.execute(sql, parameters).fetchall()
        except apsw.Error:
            continue
        if constant is not None and not sql.startswith("EXPLAIN"):
            yield sql, RowCount(each["rows_read"], each["rows_written"], True), constant


def test_estimates_are_of_the_right_size() -> None:
    counts = [each for suite in SUITES.values() for each in compared(suite)]

    near = [ours for _, (read, _), ours in counts if abs(ours.read - read) <= 10 + read // 2]

    assert len(near) >= 0.9 * len(counts)


def test_a_limit_that_is_bound_is_followed(connection: apsw.Connection) -> None:
    sql = "SELECT * FROM t LIMIT ? OFFSET ?"

    assert count(connection, sql, 5, 0) == RowCount(5, 0, True)
    assert count(connection, sql, 5, 3) == RowCount(8, 0, True)


def test_a_rowid_that_is_no_number_is_not_looked_for(connection: apsw.Connection) -> None:
    sql = "SELECT * FROM t WHERE id = ?"

    assert count(connection, sql, "500") == RowCount(1, 0, True)
    assert not count(connection, sql, "five").exact
    assert not count(connection, sql, None).exact


@pytest.mark.parametrize("value", [5, "5", " -5", 5.0, True])
def test_whole_numbers_are_recognised(value: object) -> None:
    assert is_integer(value)


@pytest.mark.parametrize("value", ["5.5", "", "x", 5.5, None, b"5", "9" * 30, float("inf")])
def test_what_may_be_no_whole_number_is_not(value: object) -> None:
    assert not is_integer(value)


def test_planning_runs_nothing(connection: apsw.Connection) -> None:
    StatementPlan(connection, "DELETE FROM t", 0)

    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(100,)]


def test_planning_asks_the_authorizer(connection: apsw.Connection) -> None:
    connection.authorizer = lambda *_: apsw.SQLITE_DENY

    with pytest.raises(apsw.AuthError):
        StatementPlan(connection, "SELECT * FROM t", 0)


def test_an_explain_reads_nothing(connection: apsw.Connection) -> None:
    assert count(connection, "EXPLAIN SELECT * FROM t") == RowCount(0, 0, True)


def test_counters_that_run_on_behind_a_comment_are_not_trusted(
    connection: apsw.Connection,
) -> None:
    # apsw takes such a text for a trigger's and leaves the counters of the run before.
    sql = "-- everything\nSELECT * FROM t"
    count(connection, sql)

    again = count(connection, sql)

    assert not again.exact


def test_a_comment_before_a_cascade_leaves_no_way_to_tell_runs_apart(
    connection: apsw.Connection,
) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TABLE c(t INT REFERENCES t ON DELETE CASCADE)")
    sql = "DELETE FROM t WHERE id = 999"

    assert count(connection, sql) == RowCount(1, 0, True)
    assert not count(connection, f"-- one\n{sql}").exact


def test_the_rowid_of_a_missing_row_is_no_number() -> None:
    rowid, seek = Op(1, "Rowid", 0, 5, 0, None, 0), Op(2, "SeekRowid", 1, 3, 5, None, 0)
    ops = [Op(0, "Init", 0, 1, 0, None, 0), rowid, seek, Op(3, "Halt", 0, 0, 0, None, 0)]
    outer = [*ops, Op(4, "NullRow", 0, 0, 0, None, 0)]

    assert integer_source(Program(ops), seek) == rowid
    assert integer_source(Program(outer), seek) is None


def test_a_join_that_finds_no_row_may_not_have_looked(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE o(t INT)")
    connection.execute("INSERT INTO o VALUES (1), (NULL), (1000)")

    assert not count(connection, "SELECT * FROM o LEFT JOIN t ON t.id = o.t").exact


def test_a_ranked_search_is_counted_without_hearing_of_each_match(
    connection: apsw.Connection,
) -> None:
    connection.execute("CREATE VIRTUAL TABLE f USING fts5(body)")
    connection.executemany("INSERT INTO f VALUES (?)", [("alpha",)] * (3 * MAX_EVENTS))
    sql = "SELECT rowid FROM f WHERE f MATCH 'alpha' ORDER BY rank LIMIT 10"

    assert count(connection, sql) == RowCount(9, 0, True)
    assert connection.row_trace is None


def test_a_huge_statement_is_not_planned(connection: apsw.Connection) -> None:
    sql = " UNION ALL ".join(["SELECT * FROM t WHERE b = 1 AND a <> 'y'"] * 100)

    with pytest.raises(NotAnalysable, match=f"more than {MAX_OPS} instructions"):
        explain(connection, sql, ())
    assert not count(connection, sql).exact


def test_a_program_of_many_choices_is_not_solved() -> None:
    choices = MAX_CYCLES + 2
    ops = [Op(0, "Init", 0, 1, 0, None, 0)]
    ops += [Op(1 + n, "If", 1, 3 + n, 0, None, 0) for n in range(choices)]
    ops += [Op(len(ops) + n, "Halt", 0, 0, 0, None, 0) for n in range(2)]

    assert plan(ops) is UNKNOWN


def test_a_program_that_does_not_end_is_not_solved() -> None:
    assert plan([Op(0, "Init", 0, 1, 0, None, 0), Op(1, "Goto", 0, 1, 0, None, 0)]) is UNKNOWN
    assert plan([]) is UNKNOWN


def test_the_stock_wheel_counts_nothing_itself() -> None:
    assert not is_metered()
