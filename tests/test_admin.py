"""The control plane: health, reset, accounts, clock, events."""

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from emulator.core.clock import ManualClock


async def test_health_names_version_and_accounts(
    client: httpx.AsyncClient, account: Account
) -> None:
    health = (await client.get("/_twin/health")).json()

    assert (health["status"], health["accounts"]) == ("ok", [account.id])


async def test_a_new_account_comes_with_a_token_that_works(client: httpx.AsyncClient) -> None:
    made = (await client.post("/_twin/accounts", json={"name": "Mine"})).json()

    headers = {"Authorization": f"Bearer {made['api_token']}"}
    path = f"/client/v4/accounts/{made['account_id']}/d1/database"
    assert (await client.get(path, headers=headers)).status_code == 200


async def test_a_deleted_account_is_gone_with_its_data(
    client: httpx.AsyncClient, rest: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    await rest.post("/storage/kv/namespaces", json={"title": "mine"})

    await client.delete(f"/_twin/accounts/{account.id}")

    assert (await rest.get("/storage/kv/namespaces")).status_code == 403
    assert not (twin.path / "accounts" / account.id).exists()


async def test_reset_empties_an_account_and_keeps_its_token(
    client: httpx.AsyncClient, rest: httpx.AsyncClient, account: Account
) -> None:
    await rest.post("/d1/database", json={"name": "mine"})
    await rest.post("/storage/kv/namespaces", json={"title": "mine"})

    await client.post("/_twin/reset", json={"account_id": account.id})

    assert (await rest.get("/d1/database")).json()["result"] == []
    assert (await rest.get("/storage/kv/namespaces")).json()["result"] == []


async def test_reset_brings_back_what_up_had_made(twin: Twin, account: Account) -> None:
    async def restore() -> None:
        twin.account(account.id).kv.create_namespace("again")

    app = create_app(twin, restore)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        await client.post("/_twin/reset")

    assert [one.title for one in twin.account(account.id).kv.namespaces()] == ["again"]


async def test_the_clock_moves_on(client: httpx.AsyncClient, clock: ManualClock) -> None:
    before = clock.now()

    moved = (await client.post("/_twin/clock", json={"advance_seconds": 90})).json()

    assert (moved["now"], clock.now()) == (before + 90, before + 90)


@pytest.mark.parametrize("seconds", [-1, 1e300, "soon", None])
async def test_the_clock_refuses_what_is_no_time(
    client: httpx.AsyncClient, seconds: object
) -> None:
    response = await client.post("/_twin/clock", json={"advance_seconds": seconds})

    assert response.status_code == 400
    assert "advance_seconds" in response.json()["errors"][0]["message"]


async def test_events_are_filtered_by_operation(
    client: httpx.AsyncClient, rest: httpx.AsyncClient
) -> None:
    await rest.get("/d1/database")
    await rest.get("/storage/kv/namespaces")

    events = (await client.get("/_twin/events?operation=d1.database.list")).json()["events"]

    assert [event["operation"] for event in events] == ["d1.database.list"]


async def test_routes_are_listed(client: httpx.AsyncClient) -> None:
    routes = (await client.get("/_twin/routes")).json()["routes"]

    assert {"method": "GET", "path": "/user", "operation": "user.get"} in routes


async def test_a_page_of_another_origin_may_not_reset(client: httpx.AsyncClient) -> None:
    response = await client.post("/_twin/reset", headers={"Origin": "http://evil.example"})

    assert response.status_code == 403


async def test_an_unknown_path_is_an_envelope(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing/here")

    assert response.json()["errors"][0]["code"] == 7000


async def test_the_documentation_needs_no_internet(client: httpx.AsyncClient) -> None:
    page = (await client.get("/_twin/docs")).text

    assert "/_twin/reset" in page
    assert "//cdn" not in page
    assert "<script" not in page
