"""Workers AI as the Workers runtime calls it: what the runtime would not send is refused, too."""

import pytest

from tests.bindings import Runtime

MODEL = {"cf-consn-model-id": "@cf/baai/bge-base-en-v1.5"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"inputs":5}', b"[" * 5000])
async def test_a_bad_body_is_the_models_refusal(runtime: Runtime, body: bytes) -> None:
    env = await runtime.bind("ai", "ai")

    answer = await env.post("/run?version=3", content=body, headers=MODEL)

    assert (answer.status_code, answer.json()["name"]) == (400, "AiError")


async def test_what_is_not_built_says_so(runtime: Runtime) -> None:
    env = await runtime.bind("ai", "ai")

    answer = await env.post("/autorag/rags/x/search", content=b"{}")

    assert answer.status_code == 501
    assert "autorag" in answer.json()["errors"][0]["message"]


async def test_a_header_cannot_be_smuggled_in_by_an_option(runtime: Runtime) -> None:
    env = await runtime.bind("ai", "ai")
    gateway = {"id": "default", "eventId": "a\r\nset-cookie: x=1"}
    body = {"inputs": {"text": "x"}, "options": {"gateway": gateway}}

    answer = await env.post("/ai-gateway/run?version=3", json=body, headers=MODEL)

    assert (answer.status_code, answer.json()["internalCode"]) == (400, 2901)
