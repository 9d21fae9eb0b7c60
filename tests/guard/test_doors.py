"""The audit behind every door: what it sees of what is asked there."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.d1.database import D1Database
from emulator.guard.findings import Found
from emulator.vectorize.models import Kind, Metric
from tests.bindings import Runtime

SCHEMA = """
CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), text TEXT)
"""
UNBOUND = "SELECT * FROM notes WHERE id = ?"
BOUND = "SELECT * FROM notes WHERE id = ? AND user_id = ?"
GUARD = {
    "kv": {"CACHE": "job:{user}:*"},
    "r2": {"FILES": "users/{user}/*"},
    "mode": "observe",
}

Bind = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def database(account: Account) -> D1Database:
    database = account.d1.open(account.d1.create_database("shop").id)
    database.execute(SCHEMA)
    return database


@pytest.fixture(autouse=True)
def declared(twin: Twin) -> None:
    twin.watch.declare(GUARD)


@pytest.fixture
def bind(runtime: Runtime) -> Bind:
    """A binding of the script `shop`."""

    async def bound(kind: str, resource: str, name: str = "IT") -> httpx.AsyncClient:
        return await runtime.bind(kind, resource, script="shop", name=name)

    return bound


def found(twin: Twin) -> list[Found]:
    return twin.watch.findings.all()


async def query(env: httpx.AsyncClient, sql: str, *params: object) -> Any:
    return (await env.post("/query", json={"sql": sql, "params": params})).json()


async def test_a_statement_of_a_worker_is_found_with_script_and_table(
    twin: Twin, bind: Bind, database: D1Database
) -> None:
    env = await bind("d1", database.id, "DB")

    await query(env, UNBOUND, 1)
    await query(env, BOUND, 1, "anna")
    await query(env, UNBOUND, 2)

    [one] = found(twin)
    assert (one.rule, one.table, one.statement) == ("tenancy/unbound-read", "notes", UNBOUND)
    assert (one.product, one.resource, one.name) == ("d1", database.id, "DB")
    assert (one.door, one.script, one.count) == ("binding", "shop", 2)


async def test_a_statement_over_the_api_is_found_with_its_request(
    twin: Twin, rest: httpx.AsyncClient, database: D1Database
) -> None:
    path = f"/d1/database/{database.id}/raw"

    answer = await rest.post(path, json={"sql": UNBOUND, "params": [1]})

    [one] = found(twin)
    assert answer.json()["success"] is True
    assert (one.door, one.script, one.statement) == ("api", None, UNBOUND)
    assert one.requests[0].path.endswith(path)


async def test_every_statement_of_a_batch_and_of_a_text_is_looked_at(
    twin: Twin, bind: Bind, database: D1Database
) -> None:
    env = await bind("d1", database.id)

    await env.post("/query", json=[{"sql": UNBOUND, "params": [1]}, {"sql": "SELECT 1"}])
    await query(env, "SELECT 1; DELETE FROM notes")

    assert [(one.rule, one.table) for one in found(twin)] == [
        ("tenancy/unbound-read", "notes"),
        ("tenancy/unbound-change", "notes"),
    ]


async def test_a_table_that_is_new_is_looked_at_from_its_first_statement(
    twin: Twin, bind: Bind, database: D1Database
) -> None:
    env = await bind("d1", database.id)
    await query(env, UNBOUND, 1)

    await query(env, "CREATE TABLE letters (id INTEGER PRIMARY KEY, user_id TEXT)")
    await query(env, "SELECT * FROM letters")

    assert {one.table for one in found(twin)} == {"notes", "letters"}


async def test_what_is_allowed_or_says_why_is_no_finding(
    twin: Twin, bind: Bind, database: D1Database
) -> None:
    twin.watch.declare({**GUARD, "allow": ["select count(*) from notes"]})
    env = await bind("d1", database.id)

    await query(env, "SELECT count(*) FROM notes")
    await query(env, "SELECT count(*) FROM notes -- tenancy: all, for the report of the month")

    assert [one for one in found(twin) if one.is_leak] == []


async def test_a_door_that_is_not_named_is_not_looked_at(
    twin: Twin, rest: httpx.AsyncClient, database: D1Database
) -> None:
    twin.watch.declare({**GUARD, "doors": ["binding"]})

    await rest.post(f"/d1/database/{database.id}/query", json={"sql": UNBOUND, "params": [1]})

    assert found(twin) == []


async def test_the_audits_own_reading_counts_as_nobodys(bind: Bind, database: D1Database) -> None:
    env = await bind("d1", database.id)
    before = database.usage()

    await query(env, BOUND, 1, "anna")

    assert database.usage().read_queries == before.read_queries + 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"vector": [1, 0]}, 1),
        ({"vector": [1, 0], "filter": {"year": 2026}}, 1),
        ({"vector": [1, 0], "filter": {"userId": "anna"}}, 0),
        ({"vector": [1, 0], "namespace": "anna"}, 0),
    ],
)
async def test_a_query_of_vectors_without_their_owner_is_found_at_both_doors(
    twin: Twin,
    account: Account,
    bind: Bind,
    rest: httpx.AsyncClient,
    asked: dict[str, object],
    count: int,
) -> None:
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    account.vectorize.index("shop").create_metadata_index("userId", Kind.STRING)
    env = await bind("vectorize", "shop")

    answers = [
        await env.post("/query", json=asked),
        await rest.post("/vectorize/v2/indexes/shop/query", json=asked),
    ]

    assert [one.status_code for one in answers] == [200, 200]
    assert sorted(one.door for one in found(twin)) == ["api", "binding"][: 2 * count]
    assert all("vector" not in one.statement for one in found(twin))


async def test_an_index_of_nobodys_vectors_is_not_looked_at(
    twin: Twin, account: Account, bind: Bind
) -> None:
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    env = await bind("vectorize", "shop")

    await env.post("/query", json={"vector": [1, 0]})

    assert found(twin) == []


async def test_keys_of_kv_without_their_user_are_found_once(
    twin: Twin, account: Account, bind: Bind
) -> None:
    namespace = account.kv.create_namespace("cache").id
    env = await bind("kv", namespace, "CACHE")

    for key in ("/job:anna:7", "/job-7", "/job-8"):
        await env.put(key, content=b"x")
    await env.get("/", params={"prefix": "job:anna:"})
    await env.get("/", params={"prefix": "job:"})
    await env.post("/bulk/get", json={"keys": ["job:anna:7", "job-9"]})

    assert [(one.rule, one.table, one.count) for one in found(twin)] == [
        ("tenancy/key-without-user", "CACHE", 3),
        ("tenancy/list-without-user", "CACHE", 1),
    ]


async def test_a_namespace_that_is_not_declared_is_not_looked_at(
    twin: Twin, account: Account, bind: Bind
) -> None:
    env = await bind("kv", account.kv.create_namespace("limits").id, "LIMITS")

    await env.put("/anything", content=b"x")

    assert found(twin) == []


@pytest.mark.parametrize("public", [[], ["FILES"]])
async def test_an_object_of_another_user_is_found_by_the_request_it_is_for(
    twin: Twin, account: Account, bind: Bind, public: list[str]
) -> None:
    twin.watch.declare({**GUARD, "public": public})
    guard = twin.watch.guard
    assert guard is not None
    guard.begin(account.id, "shop", "ray-1", "GET", "/cv", [ben()])
    account.r2.create_bucket("files")
    env = await bind("r2", "files", "FILES")

    for key in ("users/ben/cv", "users/anna/cv"):
        wanted = f'{{"version":1,"method":"head","object":"{key}"}}'
        await env.get("/", headers={"cf-r2-request": wanted, "cftwin-cause": "ray-1"})

    assert [(one.rule, one.statement, one.requests[0].path) for one in found(twin)] == (
        [] if public else [("tenancy/key-of-another-user", "users/anna/cv", "/cv")]
    )


def ben() -> tuple[bytes, bytes]:
    """An Authorization whose token says `{"sub":"ben"}`."""
    return b"authorization", b"Bearer e30.eyJzdWIiOiJiZW4ifQ.x"
