"""Zones and the routes in them. Their paths name no account: a caller sees only its own."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from tests.running import NotRunning
from tests.workers.forms import form


@pytest.fixture
async def zones(twin: Twin, token: str, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The API as the test's account, which has a script `shop`."""
    await api.put("/scripts/shop", **form())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(twin, runtime=NotRunning())),
        base_url="http://twin/client/v4",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


async def zone_id(zones: httpx.AsyncClient, name: str = "example.com") -> str:
    response = await zones.get("/zones", params={"name": name})
    return str(response.json()["result"][0]["id"])


def code(response: httpx.Response) -> int:
    return int(response.json()["errors"][0]["code"])


async def test_a_name_that_is_asked_for_is_a_zone(
    zones: httpx.AsyncClient, account: Account
) -> None:
    found: Any = (await zones.get("/zones", params={"name": "Example.com"})).json()["result"]
    again = (await zones.get("/zones", params={"account.id": account.id})).json()["result"]

    assert again == found
    assert (found[0]["name"], found[0]["account"]) == ("example.com", {"id": account.id})


async def test_a_route_is_made_changed_and_deleted(zones: httpx.AsyncClient) -> None:
    path = f"/zones/{await zone_id(zones)}/workers/routes"
    body = {"pattern": "example.com/*", "script": "shop"}

    made = (await zones.post(path, json=body)).json()["result"]
    assert {**made, "id": ""} == {**body, "id": ""}
    assert code(await zones.post(path, json=body)) == 10020
    changed = await zones.put(f"{path}/{made['id']}", json={"pattern": "a.example.com/*"})
    assert changed.json()["result"] == {**made, "pattern": "a.example.com/*", "script": None}
    assert (await zones.get(path)).json()["result"] == [changed.json()["result"]]
    assert (await zones.delete(f"{path}/{made['id']}")).json()["result"] == {"id": made["id"]}
    assert code(await zones.get(f"{path}/{made['id']}")) == 10009


async def test_routes_of_another_zone_are_not_listed(zones: httpx.AsyncClient) -> None:
    first, second = await zone_id(zones), await zone_id(zones, "example.org")
    await zones.post(f"/zones/{first}/workers/routes", json={"pattern": "example.com/*"})

    assert (await zones.get(f"/zones/{second}/workers/routes")).json()["result"] == []


async def test_a_routes_script_must_exist(zones: httpx.AsyncClient) -> None:
    path = f"/zones/{await zone_id(zones)}/workers/routes"

    refused = await zones.post(path, json={"pattern": "example.com/*", "script": "none"})

    assert code(refused) == 10019


async def test_a_stranger_finds_nothing(
    zones: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    path = f"/zones/{await zone_id(zones)}/workers/routes"
    await zones.post(path, json={"pattern": "example.com/*"})
    _, credential = twin.create_account("Another tenant")
    zones.headers["Authorization"] = f"Bearer {credential.value}"

    assert (await zones.get("/zones")).json()["result"] == []
    assert code(await zones.get("/zones", params={"account.id": account.id})) == 10000
    for response in (await zones.get(path), await zones.post(path, json={"pattern": "x"})):
        assert (response.status_code, code(response)) == (404, 7003)


async def test_who_may_read_may_not_write(
    zones: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    path = f"/zones/{await zone_id(zones)}/workers/routes"
    grants = {account.id: frozenset({"workers:read"})}
    credential = twin.directory.put_credential("reader", "r" * 40, grants)
    zones.headers["Authorization"] = f"Bearer {credential.value}"

    assert (await zones.get(path)).status_code == 200
    assert (await zones.post(path, json={"pattern": "x"})).status_code == 404
