"""Each door under a profile: what a client waits for, by a clock that is moved by hand."""

import httpx
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.models import Configuration
from emulator.app import create_app
from emulator.core.clock import ManualClock
from emulator.latency.profile import parse
from tests.bindings import Runtime
from tests.latency.moments import taken
from tests.latency.profiles import TEXT
from tests.r2.signing import keys_of, s3_client

SELECT = {"sql": "SELECT text FROM notes WHERE id = ?", "params": [1]}
MODEL = "@cf/meta/llama-3.1-8b-instruct"


@pytest.fixture
def database(account: Account) -> str:
    """Its statement has been seen: it runs at once from now on, with no thread to wait for."""
    database = account.d1.open(account.d1.create_database("shop").id)
    database.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    database.execute("INSERT INTO notes VALUES (1, 'one')")
    database.execute(str(SELECT["sql"]), [1])
    return database.id


@pytest.fixture
def slow(twin: Twin) -> Twin:
    twin.latency.turn(parse(TEXT))
    twin.latency.measure()
    return twin


async def test_d1_over_rest_waits_its_turn(
    rest: httpx.AsyncClient, database: str, slow: Twin, clock: ManualClock
) -> None:
    ask = [rest.post(f"/d1/database/{database}/query", json=SELECT) for _ in range(3)]
    found = await taken(clock, *ask)

    assert found[2][1].json()["result"][0]["results"] == [{"text": "one"}]
    assert added(slow)["rest", "d1.database.query"] == (300, 0 + 10 + 20, 30)
    # More where the database's thread takes its own time.
    for (milliseconds, _), least in zip(found, (110, 120, 130), strict=True):
        assert milliseconds >= least


async def test_a_write_of_d1_is_known_by_its_rows(
    rest: httpx.AsyncClient, database: str, slow: Twin, clock: ManualClock
) -> None:
    update = {"sql": "UPDATE notes SET text = 'two'"}
    await taken(clock, rest.post(f"/d1/database/{database}/query", json=update))

    assert added(slow)["rest", "d1.database.query"] == (100, 0, 30)


async def test_a_refusal_takes_its_way_too(
    rest: httpx.AsyncClient, slow: Twin, clock: ManualClock
) -> None:
    [(milliseconds, answer)] = await taken(clock, rest.post("/d1/database/none/query", json=SELECT))

    assert (milliseconds, answer.status_code) == (110, 404)


async def test_a_binding_waits_for_the_way_to_the_database(
    runtime: Runtime, database: str, slow: Twin, clock: ManualClock
) -> None:
    env = await runtime.bind("d1", database)
    [(_, answer)] = await taken(clock, env.post("/query", json=SELECT))

    assert answer.json()["results"] == [{"text": "one"}]
    assert added(slow)["binding", "d1.query"] == (60, 0, 10)


def added(twin: Twin) -> dict[tuple[str, str], tuple[int, ...]]:
    """By door and operation: milliseconds of network, queue and service, in all."""
    assert twin.latency.timings is not None
    return {
        (one["door"], one["operation"]): tuple(
            round(one["added"][part]["sum"]) for part in ("network", "queue", "service")
        )
        for one in twin.latency.timings.json()
        if one["added"]
    }


async def test_kv_is_cold_and_then_hot(
    rest: httpx.AsyncClient, account: Account, slow: Twin, clock: ManualClock
) -> None:
    namespace = account.kv.create_namespace("space").id
    account.kv.put(namespace, "key", b"value")
    for milliseconds in (250, 210):
        path = f"/storage/kv/namespaces/{namespace}/values/key"
        assert [one[0] for one in await taken(clock, rest.get(path))] == [milliseconds]


async def test_a_gateways_hit_is_spared_the_model(
    account: Account, twin: Twin, slow: Twin, clock: ManualClock
) -> None:
    account.ai_gateway.create("shop", Configuration(cache_ttl=300))
    credential = twin.directory.put_credential("t", "x" * 40, {account.id: frozenset({"*"})})
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        headers = {"authorization": f"Bearer {credential.value}"}
        path = f"/gateway/v1/{account.id}/shop/workers-ai/{MODEL}"
        for service in (320, 10):
            twin.latency.measure()
            [(_, answer)] = await taken(
                clock, client.post(path, json={"prompt": "hello"}, headers=headers)
            )
            assert answer.is_success, answer.text
            assert added(twin)["rest", "ai_gateway.workers-ai"] == (200, 0, service)


async def test_s3_waits_for_r2(twin: Twin, token: str, slow: Twin, clock: ManualClock) -> None:
    async with s3_client(twin, keys_of(twin, token)) as s3:
        [(milliseconds, answer)] = await taken(clock, s3.get("/shop/key"))

    assert (milliseconds, answer.status_code) == (240, 404)
    assert added(slow)["rest", "r2.s3.GetObject"] == (200, 0, 40)


async def test_supabase_is_as_far_as_it_is(
    client: httpx.AsyncClient, slow: Twin, clock: ManualClock, account: Account
) -> None:
    [(_, answer)] = await taken(clock, client.get("/supabase/auth/v1/health"))

    assert answer.status_code < 500
    assert added(slow)["rest", "supabase.auth"] == (80, 0, 0)


async def test_a_session_is_at_the_replica_only_where_the_database_has_replication(
    runtime: Runtime, account: Account, database: str, slow: Twin, clock: ManualClock
) -> None:
    env = await runtime.bind("d1", database)
    headers = {"x-cf-d1-session-commit-token": "first-unconstrained"}
    for mode, network in (("disabled", 60), ("auto", 20)):
        account.d1.update_database(database, read_replication=mode)
        slow.latency.measure()
        await taken(clock, env.post("/query", json=SELECT, headers=headers))
        assert added(slow)["binding", "d1.query"] == (network, 0, 10)


async def test_an_emptied_account_has_no_queue_left(
    rest: httpx.AsyncClient, account: Account, database: str, slow: Twin, clock: ManualClock
) -> None:
    await taken(clock, rest.post(f"/d1/database/{database}/query", json=SELECT))
    assert slow.latency.delays is not None
    assert len(slow.latency.delays.queues()) == 1
    slow.reset(account.id)

    assert slow.latency.delays.queues() == []
