"""`whoami`: who the caller is and which accounts it reaches."""

import httpx
import pytest

from emulator import Account, Twin


@pytest.fixture
def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_accounts_and_memberships_name_the_same_accounts(
    client: httpx.AsyncClient, headers: dict[str, str], account: Account
) -> None:
    accounts = await client.get("/client/v4/accounts", headers=headers)
    memberships = await client.get("/client/v4/memberships", headers=headers)

    assert [row["id"] for row in accounts.json()["result"]] == [account.id]
    assert [row["account"]["id"] for row in memberships.json()["result"]] == [account.id]


async def test_another_tenants_account_is_not_listed(
    client: httpx.AsyncClient, headers: dict[str, str], account: Account, twin: Twin
) -> None:
    twin.create_account("Another tenant")

    response = await client.get("/client/v4/accounts", headers=headers)

    assert response.json()["result_info"]["total_count"] == 1


async def test_one_account_by_id(rest: httpx.AsyncClient, account: Account) -> None:
    response = await rest.get("")

    assert response.json()["result"]["id"] == account.id


async def test_a_page_past_the_end_is_empty(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.get("/client/v4/accounts?page=2", headers=headers)

    assert response.json()["result"] == []


async def test_the_user_has_an_email(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.get("/client/v4/user", headers=headers)

    assert response.json()["result"]["email"] == "developer@example.com"


async def test_a_global_key_is_no_token(
    client: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    twin.directory.put_credential("k" * 32, "key", {}, email="ada@example.com")
    headers = {"X-Auth-Email": "ada@example.com", "X-Auth-Key": "key"}

    response = await client.get("/client/v4/user/tokens/verify", headers=headers)

    assert response.json()["errors"][0]["code"] == 1000
