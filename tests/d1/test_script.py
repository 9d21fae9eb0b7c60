"""A file of SQL runs as a whole, or not at all."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.d1 import script as module
from emulator.d1.database import D1Database
from emulator.d1.errors import QueryFailed
from emulator.d1.script import ScriptRun, run_script, statements_of


def run(database: D1Database, tmp_path: Path, sql: str | bytes) -> ScriptRun:
    path = tmp_path / "script.sql"
    path.write_bytes(sql if isinstance(sql, bytes) else sql.encode())
    return run_script(database, path)


def rows(database: D1Database, sql: str) -> list[tuple[object, ...]]:
    return list(database.execute(sql)[0].rows)


def test_a_script_says_what_it_did(database: D1Database, tmp_path: Path) -> None:
    script = "-- shop\nCREATE TABLE t (a); INSERT INTO t VALUES (1), (2);\n\nSELECT * FROM t;\n"

    done = run(database, tmp_path, script)

    assert (done.statements, done.changes, done.rows_read, done.last_row_id) == (3, 2, 2, 2)


def test_an_error_undoes_the_whole_script(database: D1Database, tmp_path: Path) -> None:
    script = "CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (1);"

    with pytest.raises(QueryFailed, match="^no such table: nowhere"):
        run(database, tmp_path, script)

    assert database.size().tables == 0


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("BEGIN TRANSACTION", "cannot start a transaction within a transaction: SQLITE_ERROR"),
        ("COMMIT", "To execute a transaction, please use the state.storage.transaction()"),
        ("ATTACH 'x' AS y", "not authorized: SQLITE_AUTH"),
        ("SELECT ?", "Wrong number of parameter bindings for SQL query."),
        ("SELECT '" + "x" * 100_000 + "'", "statement too long: SQLITE_TOOBIG"),
        ("CREATE TABLE t (a); ALTER TABLE t RENAME TO _cf_t", "not authorized: SQLITE_AUTH"),
        ("SELEC 1", 'near "SELEC": syntax error at offset 0: SQLITE_ERROR'),
    ],
)
def test_what_a_script_may_not_do(
    database: D1Database, tmp_path: Path, sql: str, message: str
) -> None:
    with pytest.raises(QueryFailed) as refusal:
        run(database, tmp_path, sql)

    assert str(refusal.value).startswith(message)


def test_foreign_keys_may_be_deferred_to_the_end(database: D1Database, tmp_path: Path) -> None:
    tables = "CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p(id));"
    child, parent = "INSERT INTO c VALUES (1);", "INSERT INTO p VALUES (1);"
    run(database, tmp_path, f"PRAGMA defer_foreign_keys=TRUE;{tables}{child}{parent}")

    with pytest.raises(QueryFailed, match="FOREIGN KEY constraint failed"):
        run(database, tmp_path, "PRAGMA defer_foreign_keys=TRUE; INSERT INTO c VALUES (2);")

    assert rows(database, "SELECT * FROM c") == [(1,)]
    assert rows(database, "PRAGMA defer_foreign_keys") == [(0,)]


def test_after_a_script_refusals_are_as_before(database: D1Database, tmp_path: Path) -> None:
    run(database, tmp_path, "CREATE TABLE t (a)")

    with pytest.raises(QueryFailed, match="not authorized"):
        database.execute("PRAGMA user_version = 1")


def test_a_byte_order_mark_is_no_statement(database: D1Database, tmp_path: Path) -> None:
    assert run(database, tmp_path, b"\xef\xbb\xbfSELECT 1").statements == 1


def test_a_statement_without_an_end_does_not_fill_the_memory(
    database: D1Database, tmp_path: Path
) -> None:
    with pytest.raises(QueryFailed, match="statement too long"):
        run(database, tmp_path, "SELECT '" + "x" * 8 * 1024**2)


STATEMENTS = [
    "SELECT 1",
    "SELECT ';', \"a;b\", [c;d], `e;f` -- g;h\n, 1",
    "/* ; ' */ INSERT INTO t VALUES ('it''s; END;')",
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; DELETE FROM t; END",
    "CREATE TABLE ü (a)",
]


@given(st.lists(st.sampled_from(STATEMENTS)), st.integers(1, 60))
def test_a_script_is_split_alike_in_chunks_of_any_size(statements: list[str], chunk: int) -> None:
    text = "".join(f"{statement};\n-- next;\n" for statement in statements)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_CHARACTERS", chunk)
        split = list(statements_of(io.StringIO(text)))

    assert split == [statement.removeprefix("/* ; ' */ ") for statement in statements]
