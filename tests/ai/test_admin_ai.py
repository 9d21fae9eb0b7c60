"""The control plane of Workers AI: rules and calls, of all accounts and of one."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from tests.ai.conftest import BGE_BASE, LLAMA, Run


@pytest.fixture
async def control(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin/_twin/ai") as client:
        yield client


async def said(run: Run) -> Any:
    return (await run(LLAMA, prompt="Hi")).json()["result"]["response"]


async def test_a_rule_is_added_shown_and_deleted(control: httpx.AsyncClient, run: Run) -> None:
    rule = {"id": "hello", "model": "@cf/*", "answer": "Hello"}

    added = await control.post("/rules", json=rule)
    assert added.json() == {"rules": [{**rule, "used": 0}]}
    assert await said(run) == "Hello"
    assert (await control.get("/rules")).json() == {"rules": [{**rule, "used": 1}]}
    assert (await control.delete("/rules/hello")).json() == {"deleted": 1}

    assert "generated" in await said(run)


async def test_rules_are_replaced_and_cleared(control: httpx.AsyncClient, run: Run) -> None:
    await control.post("/rules", json={"answer": "old"})

    await control.put("/rules", json={"rules": [{"answer": "new"}]})
    assert await said(run) == "new"

    assert (await control.delete("/rules")).json() == {"deleted": 1}


async def test_an_accounts_own_rules_come_first(
    control: httpx.AsyncClient, run: Run, twin: Twin, account: Account
) -> None:
    other, _ = twin.create_account("Another")
    await control.post("/rules", json={"answer": "everybody"})
    await control.post("/rules", params={"account_id": other.id}, json={"answer": "other"})
    assert await said(run) == "everybody"

    await control.post("/rules", params={"account_id": account.id}, json={"answer": "mine"})

    assert await said(run) == "mine"


async def test_a_reset_forgets_an_accounts_rules(
    control: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    await control.post("/rules", params={"account_id": account.id}, json={"answer": "mine"})

    twin.reset(account.id)

    assert (await control.get("/rules", params={"account_id": account.id})).json() == {"rules": []}


@pytest.mark.parametrize("body", [b"{", b'{"answer": 7}', b"null", b'{"json": NaN, "x": 1}'])
async def test_what_is_no_rule_is_refused(control: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    response = await control.post("/rules", content=body, headers=headers)

    assert response.status_code == 400
    assert response.json()["success"] is False


async def test_an_unknown_account_is_refused(control: httpx.AsyncClient) -> None:
    for path in ("rules", "calls", "neurons"):
        response = await control.get(f"/{path}", params={"account_id": "f" * 32})
        assert response.json()["errors"][0]["code"] == 10000


async def test_calls_are_filtered_and_forgotten(
    control: httpx.AsyncClient, run: Run, account: Account
) -> None:
    await run(LLAMA, prompt="Hi")
    await run(BGE_BASE, text="Hi")
    mine = {"account_id": account.id}

    both = (await control.get("/calls", params=mine)).json()["calls"]
    texts = (await control.get("/calls", params={**mine, "model": "@cf/meta/*"})).json()["calls"]
    assert [call["model"] for call in both] == [BGE_BASE, LLAMA]
    assert [(call["task"], call["input"]) for call in texts] == [
        ("Text Generation", {"prompt": "Hi"})
    ]
    await control.delete("/calls", params=mine)

    assert (await control.get("/calls", params=mine)).json() == {"calls": []}


async def test_calls_of_another_account_are_not_shown(
    control: httpx.AsyncClient, run: Run, twin: Twin
) -> None:
    other, _ = twin.create_account("Another")
    await run(LLAMA, prompt="Hi")

    response = await control.get("/calls", params={"account_id": other.id})

    assert response.json() == {"calls": []}


async def test_neurons_are_shown_by_day_and_model(
    control: httpx.AsyncClient, run: Run, account: Account
) -> None:
    await run(BGE_BASE, text="Hi")

    answer = (await control.get("/neurons", params={"account_id": account.id})).json()

    assert answer["today"] == pytest.approx(0.006058)
    assert answer["days"] == [
        {
            "day": "2026-01-01",
            "model": BGE_BASE,
            "neurons": 0.006058,
            "requests": 1,
            "prompt_tokens": 1,
            "completion_tokens": 0,
        }
    ]
