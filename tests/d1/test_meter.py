"""Row counts reach the results, and are the same however a plan was come by."""

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.d1.database import D1Database
from emulator.d1.meter import RowMeter, shape_of
from emulator.d1.rows.plan import StatementPlan

TABLE = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c); CREATE INDEX i ON t(c)"
LITERALS = st.sampled_from(["1", "-2", "99999999999", "2.5", "'x'", "'it''s 5'", "x'41'", "NULL"])
ROWS = st.lists(st.tuples(st.integers(1, 5), LITERALS, LITERALS), min_size=1, max_size=3)


@given(ROWS, st.sampled_from(["INSERT", "REPLACE", "INSERT OR IGNORE"]))
def test_an_insert_of_literals_counts_as_if_planned_itself(
    rows: list[tuple[int, str, str]], verb: str
) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLE)
    meter = RowMeter(connection)
    # Another of the same shape comes first.
    meter.plan(f"{verb} INTO t VALUES (7, '', 7)", 0)
    values = ", ".join(f"({a}, {b}, {c})" for a, b, c in rows)
    sql = f"{verb} INTO t VALUES {values}"
    shared, own = meter.plan(sql, 0), StatementPlan(connection, sql, 0)
    before = connection.total_changes()

    try:
        connection.execute(sql)
    except apsw.Error:
        return
    changes = connection.total_changes() - before

    assert meter.count(shared, [], changes, []) == meter.count(own, [], changes, [])


@pytest.mark.parametrize(
    ("sql", "read", "written"),
    [
        ("INSERT INTO t VALUES (10, 'j', 1)", 1, 3),
        ("SELECT * FROM t WHERE a = 3", 1, 0),
        ("SELECT * FROM t", 3, 0),
        ("SELECT count(*) FROM t", 3, 0),
        ("DELETE FROM t WHERE a = 99", 1, 0),
    ],
)
def test_counts_are_those_of_workerd(
    database: D1Database, sql: str, read: int, written: int
) -> None:
    database.execute(f"{TABLE}; INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3)")

    meta = database.execute(sql)[0].meta

    assert (meta.rows_read, meta.rows_written, meta.exact) == (read, written, True)


def test_rows_of_text_that_is_not_utf8_are_estimated(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (CAST(x'ff' AS TEXT)), ('b')")

    result = database.execute("SELECT a FROM t")[0]

    assert result.rows == [("\ufffd",), ("b",)]
    assert (result.meta.rows_read, result.meta.exact) == (2, False)


def test_a_new_index_is_counted_by_an_insert_seen_before(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 1)")
    before = database.execute("INSERT INTO t VALUES (2, 2)")[0].meta.rows_written

    database.execute("CREATE INDEX i ON t(b)")

    assert database.execute("INSERT INTO t VALUES (3, 3)")[0].meta.rows_written == before + 1


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1 * 1)",
        "INSERT INTO t SELECT 1 WHERE 0",
        "INSERT INTO t VALUES (1) RETURNING 1",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t /* ' */ VALUES ('a' /*'*/)",
        "INSERT INTO t VALUES (abs(1))",
        "SELECT 1",
    ],
)
def test_an_insert_of_more_than_bare_values_has_no_shape(sql: str) -> None:
    assert shape_of(sql) is None


def test_inserts_of_the_same_kinds_of_values_have_one_shape() -> None:
    shape = shape_of("INSERT INTO \"a 1\"(b) VALUES (12, 'it', -3.25, NULL)")

    assert shape == "INSERT INTO \"a 1\"(b) VALUES (7, '', -1.5, NULL)"


def test_statements_that_cannot_be_explained_still_run(database: D1Database) -> None:
    marks = ", ".join("?" * 100)

    assert len(database.execute(f"SELECT {marks}", [1] * 100)[0].rows[0]) == 100
