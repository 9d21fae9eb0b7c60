"""Calls are whole or not at all, wait their turn, and end in time."""

import asyncio
from pathlib import Path
from threading import Event, get_ident

import pytest

from emulator.core.clock import ManualClock
from emulator.core.settings import Settings
from emulator.d1.database import D1Database
from emulator.d1.errors import (
    DatabaseNotFound,
    MalformedRequest,
    NoStatement,
    Overloaded,
    QueryFailed,
    QueryTimedOut,
    ResultTooLarge,
)
from emulator.d1.models import Statement, Usage

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"


def opened(path: Path, **settings: float) -> D1Database:
    return D1Database("id", "WEUR", path / "a.sqlite", Settings(**settings), ManualClock())  # type: ignore[arg-type]


def count(database: D1Database, table: str) -> object:
    return database.execute(f"SELECT count(*) FROM {table}")[0].rows[0][0]


@pytest.mark.parametrize(
    "bad", ["INSERT INTO t VALUES (1)", "SELECT nope", "SELEC", "COMMIT", "SELECT ?"]
)
def test_an_error_undoes_the_whole_call(database: D1Database, bad: str) -> None:
    database.execute("CREATE TABLE t(a UNIQUE)")

    with pytest.raises(QueryFailed):
        database.execute(f"INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); {bad}")

    assert count(database, "t") == 0


def test_an_error_undoes_a_batch_and_its_tables(database: D1Database) -> None:
    batch = [Statement("CREATE TABLE t(a)"), Statement("INSERT INTO t VALUES (?)", [])]

    with pytest.raises(QueryFailed):
        database.run(batch)

    with pytest.raises(QueryFailed, match="no such table: t"):
        count(database, "t")


@pytest.mark.parametrize("conflict", ["FAIL", "ROLLBACK", "ABORT"])
def test_no_conflict_clause_leaves_half_a_call_behind(database: D1Database, conflict: str) -> None:
    database.execute("CREATE TABLE t(a UNIQUE)")

    with pytest.raises(QueryFailed):
        database.execute(f"INSERT OR {conflict} INTO t VALUES (1), (2), (1)")

    assert count(database, "t") == 0


def test_each_statement_of_a_text_has_its_result(database: D1Database) -> None:
    results = database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); SELECT a FROM t")

    assert [result.rows for result in results] == [[], [], [(1,), (2,)]]
    assert [result.meta.changes for result in results] == [0, 2, 0]
    assert [result.writes for result in results] == [True, True, False]


def test_several_statements_cannot_share_parameters(database: D1Database) -> None:
    with pytest.raises(MalformedRequest):
        database.execute("SELECT ?; SELECT 2", [1])

    assert database.execute("SELECT ?; -- the end", [1])[0].rows == [(1.0,)]


def test_blank_members_of_a_batch_are_left_out(database: D1Database) -> None:
    assert len(database.run([Statement(" "), Statement("SELECT 1"), Statement("--")])) == 1
    with pytest.raises(NoStatement):
        database.run([Statement(";")])


def test_meta_tells_what_changed(database: D1Database) -> None:
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")

    inserted = database.execute("INSERT INTO t VALUES (7, 'x')")[0].meta
    missed = database.execute("DELETE FROM t WHERE id = 99")[0].meta
    read = database.execute("SELECT * FROM t")[0].meta

    assert (inserted.changes, inserted.last_row_id, inserted.changed_db) == (1, 7, True)
    assert (missed.changes, missed.changed_db) == (0, False)
    assert (read.changes, read.last_row_id, read.changed_db) == (0, 7, False)


def test_changes_include_those_of_triggers(database: D1Database) -> None:
    database.execute(
        "CREATE TABLE t(a); CREATE TABLE log(a);"
        " CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2); END"
    )

    assert database.execute("INSERT INTO t VALUES (1)")[0].meta.changes == 3


def test_a_query_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    database = opened(tmp_path, d1_query_seconds=0.05)
    database.execute("CREATE TABLE t(a)")

    with pytest.raises(QueryTimedOut):
        database.execute(f"INSERT INTO t VALUES (1); {ENDLESS}")

    assert count(database, "t") == 0
    database.close()


async def test_a_full_queue_is_overload(tmp_path: Path) -> None:
    database = opened(tmp_path, d1_queue=2)
    started, go = Event(), Event()

    def hold() -> None:
        started.set()
        go.wait()

    running = asyncio.ensure_future(database.submit(hold))
    await asyncio.to_thread(started.wait)
    waiting = [asyncio.ensure_future(database.submit(lambda: 1)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await database.submit(lambda: 2)

    go.set()
    assert await asyncio.gather(*waiting) == [1, 1]
    await running
    database.close()


async def test_closing_ends_what_runs_and_refuses_what_waits(tmp_path: Path) -> None:
    database = opened(tmp_path)
    database.execute("SELECT 1")
    calls = [
        asyncio.ensure_future(database.submit(lambda: database.execute(ENDLESS))) for _ in "ab"
    ]
    await asyncio.sleep(0.05)

    await asyncio.to_thread(database.close)

    for call in calls:
        with pytest.raises(DatabaseNotFound):
            await call


def test_data_and_last_row_survive_release(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")

    database.release()

    assert count(database, "t") == 1


def test_rows_are_inserted_as_they_are(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a, b)")

    database.insert_rows("t", [{"a": 1, "b": "x"}, {"b": None}, {"a": 2.5, "b": "y"}])

    assert database.execute("SELECT * FROM t")[0].rows == [(1, "x"), (None, None), (2.5, "y")]


def test_rows_are_inserted_all_or_none(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a UNIQUE)")

    with pytest.raises(QueryFailed, match="UNIQUE"):
        database.insert_rows("t", [{"a": 1}, {"a": 2}, {"a": 1}])

    assert count(database, "t") == 0


def test_the_results_of_a_call_have_to_fit_together(database: D1Database) -> None:
    large = Statement("SELECT hex(zeroblob(999999)) FROM json_each('[1,2,3,4,5]')")

    with pytest.raises(ResultTooLarge):
        database.run([Statement("CREATE TABLE t(a)"), *[large] * 20])

    assert database.size().tables == 0


def test_usage_counts_queries_by_kind(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT 1")
    database.execute("SELECT 2")

    usage = database.usage()

    assert (usage.read_queries, usage.write_queries) == (2, 2)
    assert usage != Usage(2, 2, 0, 0)


def test_restoring_a_bookmark_brings_back_rows_and_columns(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    bookmark = database.bookmark()
    database.execute("ALTER TABLE t ADD COLUMN b; DELETE FROM t; SELECT * FROM t")

    database.restore(bookmark)

    result = database.execute("SELECT * FROM t")[0]
    assert (result.columns, result.rows) == (("a",), [(1,)])


def test_rows_are_counted_alike_however_often_a_statement_ran(database: D1Database) -> None:
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")

    inserted = [database.execute("INSERT INTO t(a) VALUES (?)", ["x"])[0].meta for _ in range(6)]
    found = [
        database.execute("SELECT a FROM t WHERE id = ?", [n])[0].meta
        for n in (1, 2, 3, 4, 99, "5", "five")
    ]

    assert {(meta.rows_read, meta.rows_written, meta.exact) for meta in inserted} == {(0, 1, True)}
    assert [meta.rows_read for meta in found[:6]] == [1] * 6
    assert [meta.exact for meta in found] == [True] * 6 + [False]


def test_a_statement_is_counted_anew_below_a_switch(database: D1Database) -> None:
    database.execute("CREATE TABLE p(id INTEGER PRIMARY KEY)")
    database.execute("CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)")
    for _ in range(4):
        database.execute("INSERT INTO p DEFAULT VALUES")

    results = database.execute("PRAGMA recursive_triggers = 1; INSERT INTO p DEFAULT VALUES")

    assert (results[1].meta.rows_written, results[1].meta.exact) == (1, True)


async def test_a_look_up_that_is_known_runs_where_it_is_called(database: D1Database) -> None:
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
    lookup = [Statement("SELECT a FROM t WHERE id = ?", [1])]
    assert not database.is_brief(lookup)
    for _ in range(3):
        database.run(lookup)

    assert database.is_brief(lookup)
    assert await database.submit(get_ident, brief=True) == get_ident()
    assert await database.submit(get_ident) != get_ident()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t",
        "SELECT a FROM t WHERE a = 'x'",
        "SELECT hex(randomblob(1000)) FROM t WHERE id = 1",
        "INSERT INTO t(a) VALUES ('y')",
        "SELECT 1; SELECT 2",
    ],
)
def test_what_may_take_long_is_never_brief(database: D1Database, sql: str) -> None:
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')")
    for _ in range(5):
        database.execute(sql)

    assert not database.is_brief([Statement(sql)])


async def test_a_look_up_waits_for_what_is_under_way(database: D1Database) -> None:
    started, release = Event(), Event()

    def hold() -> None:
        with database.exclusive():
            started.set()
            release.wait()

    busy = asyncio.create_task(database.submit(hold))
    await asyncio.to_thread(started.wait)
    waiting = asyncio.create_task(database.submit(get_ident, brief=True))
    await asyncio.sleep(0)
    release.set()

    await busy
    assert await waiting != get_ident()
