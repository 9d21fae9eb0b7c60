"""Stand-ins on the API's listener, and the control plane's outbox and inbox."""

import base64
import json

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.outbound.outside_rest import ref_of

MODELS = "/_outside/api.openai.com/v1/models"
KEY = {"authorization": "Bearer sk-0123456789abcdef"}


def key_of(ref: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"ref": ref}).encode()).decode().rstrip("=")
    return f"e30.{claims}.signature"


async def test_a_stand_in_is_there_for_plain_clients(
    client: httpx.AsyncClient, account: Account
) -> None:
    models = await client.get(MODELS, headers=KEY | {"cftwin-account": account.id})

    assert models.json()["object"] == "list"
    [call] = (await client.get("/_twin/outbox")).json()["calls"]
    assert (call["account_id"], call["script"]) == (account.id, None)
    assert call["url"] == "https://api.openai.com/v1/models"
    assert ["authorization", "Bearer ***cdef"] in call["headers"]


async def test_the_account_may_be_in_the_query_and_does_not_go_on(
    client: httpx.AsyncClient, account: Account
) -> None:
    query = f"a=b&cftwin-account={account.id}&c=d"
    await client.get(f"{MODELS}?{query}", headers=KEY)

    [call] = (await client.get("/_twin/outbox")).json()["calls"]
    assert (call["account_id"], call["url"][-8:]) == (account.id, "?a=b&c=d")


async def test_without_an_account_it_is_the_default_one(
    client: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    twin.directory.put_account(DEFAULT_ACCOUNT_ID, "Cloudflare Twin")

    await client.get(MODELS, headers=KEY)

    [call] = (await client.get("/_twin/outbox")).json()["calls"]
    assert call["account_id"] == DEFAULT_ACCOUNT_ID


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/_outside/example.com/", 404, "No stand-in of Cloudflare Twin answers for example.com."),
        ("/_outside/127.0.0.1:8788/", 404, "No stand-in of Cloudflare Twin answers for 127.0.0.1"),
        ("/_outside/api.cloudflare.com/", 404, "No stand-in of Cloudflare Twin answers for api."),
        ("/_outside//x", 400, " is not a host that can be reached"),
        (f"{MODELS}?cftwin-account=absent", 404, "No account of Cloudflare Twin has the id absent"),
    ],
)
async def test_what_is_not_there_is_said(
    client: httpx.AsyncClient, account: Account, path: str, status: int, text: str
) -> None:
    refused = await client.get(path)

    assert refused.status_code == status
    assert refused.text.startswith(text)


async def test_supabase_is_the_project_that_the_key_names(
    client: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    other, _ = twin.create_account("Other")
    for key in ({"apikey": key_of(other.id[:20])}, {"apikey": "opaque"}):
        await client.get("/supabase/auth/v1/settings", headers=key)

    calls = (await client.get("/_twin/outbox")).json()["calls"]
    assert [call["host"] for call in calls][-1] == f"{other.id[:20]}.supabase.co"
    assert calls[-1]["account_id"] == other.id


@pytest.mark.parametrize("key", [b"", b"a.b", b"a.!.c", b"a.bnVsbA.c", b"a.eyJyZWYiOjF9.c"])
def test_a_key_that_names_no_project_is_none(key: bytes) -> None:
    assert ref_of(key) is None


async def test_calls_are_filtered_and_cleared(client: httpx.AsyncClient, account: Account) -> None:
    await client.get(MODELS, headers=KEY)
    await client.post("/_outside/api.sendgrid.com/v3/mail/send")

    found = await client.get("/_twin/outbox", params={"host": "api.sendgrid.com", "limit": 5})
    assert [call["method"] for call in found.json()["calls"]] == ["POST"]
    assert (await client.delete("/_twin/outbox")).json() == {"deleted": 2}
    assert (await client.get("/_twin/outbox")).json() == {"calls": []}


async def test_a_call_to_a_stand_in_is_an_event(
    client: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    await client.get(MODELS, headers=KEY)

    [event] = twin.events.recent(1)
    assert (event.door, event.operation, event.status) == ("outside", "outside.openai", 200)
