"""Who is let in, and what the others are told (`cloudflare-behaviour` §1.3)."""

import httpx
import pytest

from emulator import Account, Twin
from tests.assertions import assert_failure

VERIFY = "/client/v4/user/tokens/verify"


async def test_a_good_token_is_active(client: httpx.AsyncClient, token: str) -> None:
    response = await client.get(VERIFY, headers={"Authorization": f"Bearer {token}"})

    assert response.json()["result"]["status"] == "active"


async def test_no_credentials_at_all(client: httpx.AsyncClient) -> None:
    response = await client.get(VERIFY)

    message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"
    assert_failure(response, status=400, code=9106, message=message)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Token abc", "Bearer a b", "abc"])
async def test_a_malformed_header(client: httpx.AsyncClient, header: str) -> None:
    response = await client.get(VERIFY, headers={"Authorization": header})

    assert response.json()["errors"] == [
        {
            "code": 6003,
            "message": "Invalid request headers",
            "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}],
        }
    ]


async def test_verifying_an_unknown_token(client: httpx.AsyncClient) -> None:
    response = await client.get(VERIFY, headers={"Authorization": "Bearer " + "x" * 40})

    assert_failure(response, status=401, code=1000, message="Invalid API Token")


async def test_an_unknown_token_elsewhere(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer " + "x" * 40}

    response = await client.get("/client/v4/accounts", headers=headers)

    assert_failure(response, status=403, code=9109, message="Invalid access token")


async def test_email_and_global_key_reach_their_accounts(
    client: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    grants = {account.id: frozenset({"*"})}
    twin.directory.put_credential("k" * 32, "the-key", grants, email="ada@example.com")
    headers = {"X-Auth-Email": "ada@example.com", "X-Auth-Key": "the-key"}

    response = await client.get("/client/v4/accounts", headers=headers)

    assert [row["id"] for row in response.json()["result"]] == [account.id]


async def test_a_wrong_global_key(client: httpx.AsyncClient) -> None:
    headers = {"X-Auth-Email": "ada@example.com", "X-Auth-Key": "no"}

    response = await client.get("/client/v4/accounts", headers=headers)

    assert_failure(response, status=403, code=9109, message="Invalid access token")


async def test_a_token_without_the_products_scope(
    client: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    twin.directory.put_credential("t" * 32, "kv-only", {account.id: frozenset({"kv:write"})})
    headers = {"Authorization": "Bearer kv-only"}
    base = f"/client/v4/accounts/{account.id}"

    refused = await client.get(f"{base}/d1/database", headers=headers)
    allowed = await client.get(f"{base}/storage/kv/namespaces", headers=headers)

    assert_failure(refused, status=403, code=10000, message="Authentication error")
    assert allowed.status_code == 200


async def test_a_read_scope_may_not_write(
    client: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    twin.directory.put_credential("t" * 32, "kv-read", {account.id: frozenset({"kv:read"})})
    headers = {"Authorization": "Bearer kv-read"}
    path = f"/client/v4/accounts/{account.id}/storage/kv/namespaces"

    response = await client.post(path, headers=headers, json={"title": "mine"})

    assert_failure(response, status=403, code=10000, message="Authentication error")


async def test_an_account_id_that_is_none(rest: httpx.AsyncClient) -> None:
    response = await rest.get("http://twin/client/v4/accounts/nonsense/d1/database")

    assert response.status_code == 404
    assert response.json()["errors"][0]["code"] == 7003
