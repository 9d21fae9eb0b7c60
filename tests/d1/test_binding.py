"""D1 as the Workers runtime calls it: its requests, byte by byte."""

from typing import Any

import apsw
import httpx
import pytest

from emulator import Account, Twin
from emulator.d1.database import D1Database
from tests.bindings import Runtime

ROWS = "/query?resultsFormat=ROWS_AND_COLUMNS"
NONE = "/execute?resultsFormat=NONE"
SESSION = "x-cf-d1-session-commit-token"
META = {
    "served_by", "served_by_region", "served_by_colo", "served_by_primary", "timings", "duration",
    "changes", "last_row_id", "changed_db", "size_after", "rows_read", "rows_written",
    "total_attempts",
}  # fmt: skip


@pytest.fixture
async def env(runtime: Runtime, database: D1Database) -> httpx.AsyncClient:
    database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
    return await runtime.bind("d1", database.id)


async def query(env: httpx.AsyncClient, sql: str, *params: object) -> Any:
    return (await env.post(ROWS, json={"sql": sql, "params": params})).json()


async def count(env: httpx.AsyncClient) -> Any:
    return (await query(env, "SELECT count(*) FROM t"))["results"]["rows"][0][0]


async def test_a_query_gives_one_result_of_columns_and_rows(env: httpx.AsyncClient) -> None:
    answer = await query(env, "SELECT ? AS a, ? AS a, ? AS b", 1, "é", None)

    assert answer["results"] == {"columns": ["a", "a", "b"], "rows": [[1, "é", None]]}
    assert answer["success"] is True
    assert set(answer["meta"]) == META


async def test_bytes_are_arrays_of_numbers_both_ways(env: httpx.AsyncClient) -> None:
    answer = await query(env, "SELECT ? AS blob, typeof(?1) AS kind", [1, 2, 255])

    assert answer["results"]["rows"] == [[[1, 2, 255], "blob"]]


async def test_a_call_without_rows_gives_them_as_objects(env: httpx.AsyncClient) -> None:
    sql = "INSERT INTO t (name) VALUES ('ada') RETURNING id, name"

    answer = (await env.post(NONE, json={"sql": sql, "params": []})).json()

    assert answer["results"] == [{"id": 1, "name": "ada"}]
    assert (answer["meta"]["changes"], answer["meta"]["last_row_id"]) == (1, 1)


async def test_a_batch_gives_a_result_for_each(env: httpx.AsyncClient) -> None:
    batch = [{"sql": "INSERT INTO t (name) VALUES (?)", "params": ["ada"]}, {"sql": "SELECT 2 n"}]

    answers = (await env.post(ROWS, json=batch)).json()

    assert [answer["results"]["rows"] for answer in answers] == [[], [[2]]]


async def test_a_batch_of_one_is_an_array(env: httpx.AsyncClient) -> None:
    answers = (await env.post(ROWS, json=[{"sql": "SELECT 1 n", "params": []}])).json()

    assert answers[0]["results"]["rows"] == [[1]]


async def test_a_batch_that_fails_is_undone(env: httpx.AsyncClient) -> None:
    batch = [{"sql": "INSERT INTO t (name) VALUES ('gone')"}, {"sql": "SELECT * FROM nosuch"}]

    answer = (await env.post(ROWS, json=batch)).json()

    assert answer == {"success": False, "error": "no such table: nosuch: SQLITE_ERROR"}
    assert await count(env) == 0


async def test_each_statement_of_a_batch_has_one_result_however_many_it_holds(
    env: httpx.AsyncClient,
) -> None:
    batch = [{"sql": "-- none"}, {"sql": "SELECT 1; SELECT 2"}, {"sql": "SELECT 3"}]

    answers = (await env.post(ROWS, json=batch)).json()

    assert [answer["results"]["rows"] for answer in answers] == [[[1]], [[3]]]


async def test_lines_to_execute_count_every_statement(env: httpx.AsyncClient) -> None:
    lines = [{"sql": "INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'b');"}, {"sql": ""}]

    answers = (await env.post(NONE, json=lines)).json()

    assert [answer["meta"]["changes"] for answer in answers] == [1, 1]


@pytest.mark.parametrize(
    ("sql", "params", "error"),
    [
        ("SELECT * FROM nosuch", [], "no such table: nosuch: SQLITE_ERROR"),
        ("bogus", [], 'near "bogus": syntax error at offset 0: SQLITE_ERROR'),
        ("-- nothing", [], "No SQL statements detected."),
        ("SELECT ?", [], "Wrong number of parameter bindings for SQL query."),
        ("PRAGMA user_version", [], "not authorized: SQLITE_AUTH"),
    ],
)
async def test_an_error_is_a_text(
    env: httpx.AsyncClient, sql: str, params: list[object], error: str
) -> None:
    answer = await env.post(ROWS, json={"sql": sql, "params": params})

    assert (answer.status_code, answer.json()) == (400, {"success": False, "error": error})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"1", b"[1]", b"{}", b'{"sql":1}', b'{"sql":"","params":{}}', b"[" * 5_000]
)
async def test_a_malformed_call_is_refused(env: httpx.AsyncClient, body: bytes) -> None:
    answer = await env.post(ROWS, content=body)

    assert (answer.status_code, answer.json()["success"]) == (400, False)


async def test_an_unknown_format_is_refused(env: httpx.AsyncClient) -> None:
    answer = await env.post("/query?resultsFormat=XML", json={"sql": "SELECT 1"})

    assert answer.json()["error"].endswith("resultsFormat => Invalid value")


async def test_a_session_gets_bookmarks_that_grow(
    env: httpx.AsyncClient, database: D1Database
) -> None:
    read = await env.post(ROWS, json={"sql": "SELECT 1"}, headers={SESSION: "first-primary"})
    insert = {"sql": "INSERT INTO t (name) VALUES ('ada')"}
    written = await env.post(ROWS, json=insert, headers={SESSION: read.headers[SESSION]})

    assert read.headers[SESSION] < written.headers[SESSION] == database.bookmark()


async def test_without_a_session_there_is_no_bookmark(env: httpx.AsyncClient) -> None:
    assert SESSION not in (await env.post(ROWS, json={"sql": "SELECT 1"})).headers


async def test_a_dump_is_a_file_that_sqlite_opens(env: httpx.AsyncClient) -> None:
    await query(env, "INSERT INTO t (name) VALUES ('ada')")
    dumped = await env.post("/dump")

    connection = apsw.Connection(":memory:")
    connection.deserialize("main", dumped.content)
    assert connection.execute("SELECT name FROM t").fetchall() == [("ada",)]
    connection.close()


async def test_what_a_dump_may_read_statements_still_may_not(env: httpx.AsyncClient) -> None:
    await env.post("/dump")

    assert (await query(env, "PRAGMA page_count"))["error"] == "not authorized: SQLITE_AUTH"


async def test_a_database_that_has_gone_is_named(
    env: httpx.AsyncClient, account: Account, database: D1Database
) -> None:
    account.d1.delete_database(database.id)

    answer = await query(env, "SELECT 1")

    assert answer["error"] == f"The database {database.id} could not be found"


async def test_other_methods_and_paths_are_refused(env: httpx.AsyncClient) -> None:
    assert (await env.get("/query")).json()["error"] == "No route for that URI"
    assert (await env.post("/other")).json()["error"] == "No route for that URI"


async def test_what_the_api_writes_a_worker_reads_and_back(
    env: httpx.AsyncClient, rest: httpx.AsyncClient, database: D1Database
) -> None:
    path = f"/d1/database/{database.id}/query"
    await rest.post(path, json={"sql": "INSERT INTO t (name) VALUES ('api')"})
    await query(env, "INSERT INTO t (name) VALUES (?)", "worker")

    shown = await rest.post(path, json={"sql": "SELECT name FROM t ORDER BY id"})

    assert (await query(env, "SELECT name FROM t ORDER BY id"))["results"]["rows"] == [
        ["api"],
        ["worker"],
    ]
    assert shown.json()["result"][0]["results"] == [{"name": "api"}, {"name": "worker"}]


async def test_the_event_of_a_call_has_its_sql_and_rows(
    env: httpx.AsyncClient, twin: Twin, database: D1Database
) -> None:
    await query(env, "INSERT INTO t (name) VALUES (?)", "ada")

    [event] = twin.events.recent(1)
    assert (event.door, event.operation, event.path) == (
        "binding",
        "d1.query",
        f"/d1/{database.id}/query",
    )
    assert event.detail == {
        "sql": ["INSERT INTO t (name) VALUES (?)"],
        "rows_read": 0,
        "rows_written": 2,
        "row_counts": "exact",
    }
