"""The audit behind AI Gateway: cached answers that were made for somebody else."""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.models import Configuration
from emulator.ai_gateway.proxy_rest import Gateway
from tests.ai_gateway.providers import Provider

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}
RULE = "tenancy/cached-answer-of-another-user"


@pytest.fixture
async def caller(twin: Twin, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    account.ai_gateway.create("shop", Configuration(cache_ttl=60))
    twin.watch.turn("observe")
    transport = httpx.ASGITransport(Gateway(twin, lambda: {"openai": Provider("openai")}))
    base_url = f"http://twin/gateway/v1/{account.id}/shop/openai"
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as caller:
        yield caller


async def ask(caller: httpx.AsyncClient, **headers: str) -> str:
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await caller.post("/chat/completions", json=CHAT, headers=spelt)
    return str(answer.headers["cf-aig-cache-status"])


def metadata(user: str) -> str:
    return orjson.dumps({"userId": user, "plan": "free"}).decode()


async def test_an_answer_for_another_user_is_found(caller: httpx.AsyncClient, twin: Twin) -> None:
    await ask(caller, cf_aig_metadata=metadata("anna"))
    await ask(caller, cf_aig_metadata=metadata("anna"))
    assert twin.watch.findings.all() == []

    status = await ask(caller, cf_aig_metadata=metadata("ben"))

    [found] = twin.watch.findings.all()
    assert status == "HIT"
    assert (found.rule, found.table, found.product) == (RULE, "shop", "ai_gateway")
    assert "answers ben with what was made for anna" in found.message


async def test_the_user_is_known_by_the_workers_request_too(
    caller: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    guard = twin.watch.guard
    assert guard is not None
    # Tokens that say {"sub":"anna"} and {"sub":"ben"}.
    for ray, payload in (("ray-1", b"eyJzdWIiOiJhbm5hIn0"), ("ray-2", b"eyJzdWIiOiJiZW4ifQ")):
        headers = [(b"authorization", b"Bearer e30." + payload + b".x")]
        guard.begin(account.id, "shop", ray, "POST", "/letters", headers)
        await ask(caller, cftwin_cause=ray)

    [found] = twin.watch.findings.all()
    assert (found.rule, found.requests[0].ray) == (RULE, "ray-2")


async def test_where_nobody_says_who_asks_nothing_is_said(
    caller: httpx.AsyncClient, twin: Twin
) -> None:
    assert [await ask(caller), await ask(caller)] == ["MISS", "HIT"]
    assert twin.watch.findings.all() == []


async def test_enforced_the_answer_is_not_given(caller: httpx.AsyncClient, twin: Twin) -> None:
    twin.watch.turn("enforce")
    await ask(caller, cf_aig_metadata=metadata("anna"))

    headers = {"cf-aig-metadata": metadata("ben")}
    answer = await caller.post("/chat/completions", json=CHAT, headers=headers)

    assert (answer.status_code, RULE in answer.text) == (403, True)
