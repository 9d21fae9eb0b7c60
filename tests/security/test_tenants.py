"""No token reaches another account, on any route: the routes are read from the app.

A new route below an account is covered the moment it is in the table, and one that forgot
the check makes this red. All of them ask one twin, in which nothing can come of it.
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from emulator import Account, Settings, Twin
from emulator.app import api_routes, create_app, gateway_of
from emulator.wire.routing import Route
from tests.running import NotRunning

# Reached without credentials because the address itself is the secret.
CAPABILITIES = {
    "d1.import.upload",
    "d1.export.download",
    "pages.assets.check_missing",
    "pages.assets.upload",
    "pages.assets.upsert_hashes",
    "workers.assets.upload",
    "workers.assets.upload_one",
}


def all_routes() -> list[Route]:
    twin = Twin(Settings())
    try:
        return list(api_routes(twin, gateway_of(twin), NotRunning()))
    finally:
        twin.close()


ROUTES = all_routes()
SCOPED = [route for route in ROUTES if "{account_id}" in route.path]


def path_of(route: Route, account_id: str) -> str:
    filled = route.path.replace("{account_id}", account_id)
    return "/client/v4" + re.sub(r"\{[^}]+\}", "0123456789abcdef0123456789abcdef", filled)


def label(route: Route) -> str:
    return f"{route.method} {route.path}"


in_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = Twin(Settings(state=tmp_path_factory.mktemp("tenants")))
    yield twin
    twin.close()


@pytest.fixture(scope="module")
def account(twin: Twin) -> Account:
    record, _ = twin.create_account("Test account")
    return twin.account(record.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(twin, runtime=NotRunning()))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        yield client


@pytest.fixture(scope="module")
def stranger(twin: Twin) -> dict[str, str]:
    """The token of another account."""
    _, credential = twin.create_account("Another tenant")
    return {"Authorization": f"Bearer {credential.value}"}


@in_one_loop
@pytest.mark.parametrize("route", SCOPED, ids=label)
async def test_another_accounts_token_is_refused(
    route: Route, client: httpx.AsyncClient, account: Account, stranger: dict[str, str]
) -> None:
    path = path_of(route, account.id)

    response = await client.request(route.method, path, headers=stranger, content=b"{}")

    refusal = route.wrong_account()
    assert (response.status_code, response.json()["errors"][0]["code"]) == (
        refusal.status,
        refusal.code,
    )


@in_one_loop
@pytest.mark.parametrize("route", SCOPED, ids=label)
async def test_an_account_that_does_not_exist_looks_the_same(
    route: Route, client: httpx.AsyncClient, account: Account, stranger: dict[str, str]
) -> None:
    answers = [
        await client.request(route.method, path_of(route, account_id), headers=stranger)
        for account_id in (account.id, "f" * 32)
    ]

    assert answers[0].json() == answers[1].json()


@in_one_loop
@pytest.mark.parametrize("route", ROUTES, ids=label)
async def test_no_credentials_no_answer(
    route: Route, client: httpx.AsyncClient, account: Account
) -> None:
    if route.name in CAPABILITIES:
        assert route.public
        return

    response = await client.request(route.method, path_of(route, account.id))

    assert response.json()["errors"][0]["code"] == 9106


@pytest.mark.parametrize("route", SCOPED, ids=label)
def test_a_route_of_a_product_names_its_permission(route: Route) -> None:
    if route.name.endswith(".unsupported") or route.name == "accounts.get":
        return

    product, _, verb = (route.permission or "").partition(":")
    assert product == route.name.split(".")[0]
    assert verb in {"read", "write"}


@in_one_loop
@pytest.mark.parametrize("route", SCOPED, ids=label)
async def test_a_strangers_request_is_in_the_events_as_refused(
    route: Route,
    client: httpx.AsyncClient,
    account: Account,
    stranger: dict[str, str],
    twin: Twin,
) -> None:
    await client.request(route.method, path_of(route, account.id), headers=stranger)

    event = twin.events.recent(1)[0]
    assert (event.account_id, event.status) == (account.id, route.wrong_account.status)
