"""D1 through Cloudflare's API: shapes of requests and answers, and every refusal."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Twin
from emulator.d1 import encoding
from emulator.d1.database import D1Database
from tests.assertions import assert_failure
from tests.d1.conftest import Ask

MALFORMED = "The request is malformed: "


async def test_a_created_database_describes_itself(rest: httpx.AsyncClient) -> None:
    response = await rest.post(
        "/d1/database", json={"name": "shop", "primary_location_hint": "apac"}
    )

    assert response.json()["success"] is True
    assert response.headers["content-type"] == "application/json; charset=UTF-8"
    made = response.json()["result"]
    assert made.pop("uuid").count("-") == 4
    assert made == {
        "name": "shop",
        "version": "production",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "created_in_region": "APAC",
        "running_in_region": "APAC",
        "jurisdiction": None,
        "num_tables": 0,
        "file_size": 8192,
        "read_replication": {"mode": "disabled"},
    }


async def test_a_database_is_read_by_name_and_by_chosen_fields(
    rest: httpx.AsyncClient, database: D1Database
) -> None:
    database.execute("CREATE TABLE t(a)")

    whole = (await rest.get("/d1/database/shop")).json()["result"]
    part = (await rest.get("/d1/database/shop?fields=uuid%2Cname")).json()["result"]

    assert (whole["num_tables"], whole["uuid"]) == (1, database.id)
    assert part == {"uuid": database.id, "name": "shop"}


async def test_the_list_is_paged_without_total_pages(rest: httpx.AsyncClient) -> None:
    for number in range(12):
        await rest.post("/d1/database", json={"name": f"db{number}"})

    first = (await rest.get("/d1/database?per_page=10")).json()
    past = (await rest.get("/d1/database?per_page=10&page=3")).json()

    assert first["result_info"] == {"page": 1, "per_page": 10, "count": 10, "total_count": 12}
    assert past["result"] == []
    assert set(first["result"][0]) == {"uuid", "name", "version", "created_at", "jurisdiction"}


async def test_the_list_is_filtered_by_name(rest: httpx.AsyncClient) -> None:
    for name in ("shop", "shop-staging", "blog"):
        await rest.post("/d1/database", json={"name": name})

    listed = (await rest.get("/d1/database?name=shop")).json()["result"]

    assert [info["name"] for info in listed] == ["shop-staging", "shop"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_read_replication_is_changed(
    rest: httpx.AsyncClient, database: D1Database, method: str
) -> None:
    body = {"read_replication": {"mode": "auto"}}

    response = await rest.request(method, f"/d1/database/{database.id}", json=body)

    assert response.json()["result"]["read_replication"] == {"mode": "auto"}


async def test_a_deleted_database_is_gone(rest: httpx.AsyncClient, database: D1Database) -> None:
    response = await rest.delete(f"/d1/database/{database.id}")

    assert response.json()["result"] is None
    assert_failure(
        await rest.get(f"/d1/database/{database.id}"),
        status=404,
        code=7404,
        message=f"The database {database.id} could not be found",
    )


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, 7400, MALFORMED + "Invalid property: name => Required"),
        ({"name": "a b"}, 7400, MALFORMED + "Invalid property: name => Invalid"),
        ({"name": "shop"}, 7502, "A database with the name 'shop' already exists"),
        (
            {"name": "x", "jurisdiction": "moon"},
            7400,
            MALFORMED + "Invalid property: jurisdiction => Invalid enum value."
            " Expected 'eu' | 'fedramp' | 'us', received 'moon'",
        ),
    ],
)
async def test_a_bad_creation_is_refused(
    rest: httpx.AsyncClient, database: D1Database, body: Any, code: int, message: str
) -> None:
    assert_failure(
        await rest.post("/d1/database", json=body), status=400, code=code, message=message
    )


async def test_query_answers_with_objects_and_meta(ask: Ask, database: D1Database) -> None:
    response = await ask({"sql": "SELECT 1 AS a, 'x' AS b, 2 AS a"})

    assert response.headers["content-type"] == "application/json; charset=UTF-8"
    (result,) = response.json()["result"]
    assert result["results"] == [{"a": 2, "b": "x"}]
    meta = result["meta"]
    assert meta.pop("timings")["sql_duration_ms"] == meta.pop("duration") > 0
    assert meta == {
        "served_by": "v3-prod",
        "served_by_region": "WEUR",
        "served_by_colo": "AMS",
        "served_by_primary": True,
        "changes": 0,
        "last_row_id": 0,
        "changed_db": False,
        "size_after": database.size().bytes,
        "rows_read": 0,
        "rows_written": 0,
    }


async def test_raw_answers_with_columns_and_rows(ask: Ask) -> None:
    (result,) = (await ask({"sql": "SELECT 1 AS a, x'00ff' AS a"}, "raw")).json()["result"]

    assert result["results"] == {"columns": ["a", "a"], "rows": [[1, [0, 255]]]}


async def test_a_text_of_several_statements_has_several_results(ask: Ask) -> None:
    response = await ask({"sql": "CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT * FROM t;"})

    results = [part["results"] for part in response.json()["result"]]
    assert results == [[], [], [{"a": 1}]]


async def test_a_batch_is_one_transaction(ask: Ask) -> None:
    await ask({"sql": "CREATE TABLE t(a UNIQUE)"})
    batch = [{"sql": "INSERT INTO t VALUES (?)", "params": [value]} for value in ("x", "y", "x")]

    refused = await ask({"batch": batch})
    accepted = await ask({"batch": batch[:2]})

    assert_failure(
        refused,
        status=400,
        code=7500,
        message="UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT"
        " (extended: SQLITE_CONSTRAINT_UNIQUE)",
        result=[],
    )
    assert [part["meta"]["changes"] for part in accepted.json()["result"]] == [1, 1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Invalid JSON: "),
        (b"{", "Invalid JSON: "),
        (b'{"sql": "\\ud800"}', "Invalid JSON: "),
        (b'{"sql": "\xff"}', "Invalid JSON: "),
        (b"[" * 100_000, "Invalid JSON: "),
        (b"[]", "Expected an object"),
        (b"{}", "Invalid property: sql => Required"),
        (b'{"sql": 1}', "Invalid property: sql => Expected string"),
        (b'{"batch": {}}', "Invalid property: batch => Expected array"),
        (b'{"batch": [null]}', "Invalid property: sql => Required"),
        (b'{"sql": "SELECT ?", "params": {"a": 1}}', "Invalid property: params => Expected array"),
        (b'{"sql": "SELECT ?", "params": [{}]}', "Invalid property: params => Invalid value"),
        (b'{"sql": "SELECT ?", "params": [[256]]}', "Invalid property: params => Invalid value"),
        (b'{"sql": "SELECT ?; SELECT 1", "params": [1]}', "parameters need exactly one"),
    ],
)
async def test_a_malformed_query_is_refused(
    rest: httpx.AsyncClient, database: D1Database, body: bytes, reason: str
) -> None:
    response = await rest.post(f"/d1/database/{database.id}/query", content=body)

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"], response.json()["result"]) == (400, 7400, [])
    assert error["message"].startswith(MALFORMED + reason)


async def test_an_unknown_database_is_refused_with_an_empty_result(
    rest: httpx.AsyncClient,
) -> None:
    assert_failure(
        await rest.post("/d1/database/nope/query", json={"sql": "SELECT 1"}),
        status=404,
        code=7404,
        message="The database nope could not be found",
        result=[],
    )


async def test_another_account_is_refused(twin: Twin, client: httpx.AsyncClient) -> None:
    (_, token), (other, _) = twin.create_account("Mine"), twin.create_account("Other")

    response = await client.get(
        f"/client/v4/accounts/{other.id}/d1/database",
        headers={"Authorization": f"Bearer {token.value}"},
    )

    assert_failure(
        response,
        status=403,
        code=7403,
        message="The given account is not valid or is not authorized to access this service",
    )


async def test_params_of_every_json_type_arrive(ask: Ask) -> None:
    sql = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e"

    response = await ask({"sql": sql, "params": ["é\0", 1.5, True, None, [0, 255]]})

    assert response.json()["result"][0]["results"] == [
        {"a": "é\0", "b": 1.5, "c": 1, "d": None, "e": [0, 255]}
    ]


async def test_numbers_are_written_as_javascript_writes_them(ask: Ask) -> None:
    sql = "SELECT 1.0 a, 9007199254740993 b, 9e999 c, -0.0 d, 0.05 e, 9223372036854775807 f"

    text = (await ask({"sql": sql})).text

    assert '{"a":1,"b":9007199254740992,"c":null,"d":0,"e":0.05,"f":9223372036854776000}' in text


@given(st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)))
def test_every_number_keeps_its_value_as_a_double(value: float) -> None:
    written = encoding.as_javascript(value)

    assert isinstance(written, int | float)
    assert float(written) == float(value)
    assert isinstance(written, int) or not written.is_integer() or abs(written) > 2**62


async def test_the_event_of_a_query_tells_its_sql_and_row_counts(
    twin: Twin, ask: Ask, database: D1Database
) -> None:
    await ask({"sql": "CREATE TABLE t(a); INSERT INTO t VALUES (1)"})
    await ask({"sql": f"SELECT '{'x' * 2000}', nope"})
    await ask({"sql": "SELECT * FROM t"})

    select, failed, _ = twin.events.recent(3, operation="d1.database.query")

    assert select.detail == {
        "sql": ["SELECT * FROM t"],
        "rows_read": 1,
        "rows_written": 0,
        "row_counts": "exact",
    }
    assert failed.detail == {"sql": [f"SELECT '{'x' * 992}"]}
    assert failed.code == 7500
