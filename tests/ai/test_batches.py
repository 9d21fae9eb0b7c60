"""Batch requests: queued, run aside, polled by their id."""

import asyncio
from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.ai.rule_spec import specs_of
from tests.ai.conftest import BGE_BASE, LLAMA
from tests.assertions import assert_failure


async def send(rest: httpx.AsyncClient, model: str, body: dict[str, Any]) -> Any:
    response = await rest.post(f"/ai/run/{model}", params={"queueRequest": "true"}, json=body)
    return response.json()


async def finished(rest: httpx.AsyncClient, model: str, request_id: str) -> Any:
    """Polls until the batch is done: each poll gives it a turn."""
    for _ in range(1_000):
        result = (await send(rest, model, {"request_id": request_id}))["result"]
        if "responses" in result:
            return result
        assert result["status"] in ("queued", "running")
        await asyncio.sleep(0)
    raise AssertionError("the batch never ended")


async def test_a_batch_is_queued_and_polled(rest: httpx.AsyncClient) -> None:
    requests = [{"text": "a"}, {"text": ["b", "c"], "external_reference": "second"}]

    queued = (await send(rest, BGE_BASE, {"requests": requests}))["result"]
    done = await finished(rest, BGE_BASE, queued["request_id"])

    assert queued == {"status": "queued", "request_id": queued["request_id"], "model": BGE_BASE}
    first, second = done["responses"]
    assert (first["id"], first["success"], first["external_reference"]) == (0, True, None)
    assert (second["result"]["shape"], second["external_reference"]) == ([2, 768], "second")
    assert done["usage"] == {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}


async def test_a_request_that_fails_does_not_stop_the_others(
    rest: httpx.AsyncClient, account: Account
) -> None:
    account.ai.rules.add(specs_of({"prompt": "bad", "error": {"code": 3040, "message": "busy"}}))

    queued = await send(rest, LLAMA, {"requests": [{"prompt": "bad"}, {"prompt": "good"}]})
    done = await finished(rest, LLAMA, queued["result"]["request_id"])

    bad, good = done["responses"]
    assert (bad["success"], bad["result"]) == (False, {"error": "busy", "code": 3040})
    assert good["success"] is True


async def test_a_batch_is_found_by_its_own_model_only(rest: httpx.AsyncClient) -> None:
    queued = (await send(rest, BGE_BASE, {"requests": [{"text": "a"}]}))["result"]
    body = {"request_id": queued["request_id"]}

    response = await rest.post(f"/ai/run/{LLAMA}", json=body)

    message = f"AiError: No such batch request: {queued['request_id']}"
    assert_failure(response, status=404, code=3044, message=message, result={})


@pytest.mark.parametrize(
    "body", [{}, {"requests": []}, {"requests": 7}, {"requests": [7]}, {"text": "a"}]
)
async def test_a_batch_without_requests_is_5006(
    rest: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await send(rest, BGE_BASE, body)

    assert answer["errors"][0]["code"] == 5006


async def test_a_stream_in_a_batch_is_not_one(rest: httpx.AsyncClient) -> None:
    queued = await send(rest, LLAMA, {"requests": [{"prompt": "Hi", "stream": True}]})
    done = await finished(rest, LLAMA, queued["result"]["request_id"])

    assert "generated" in done["responses"][0]["result"]["response"]
