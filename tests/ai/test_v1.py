"""`/ai/v1`: OpenAI's and Anthropic's dialects over REST, and the refusals they share."""

import base64
import json
import struct
from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.ai.rule_spec import specs_of
from tests.ai.conftest import BGE_BASE, GLM, LLAMA
from tests.assertions import assert_failure

HI = [{"role": "user", "content": "Hi"}]


def script(account: Account, **rule: Any) -> None:
    account.ai.rules.replace(specs_of(rule))


async def test_a_chat_has_no_envelope(rest: httpx.AsyncClient, account: Account) -> None:
    script(account, answer="Hello")

    response = await rest.post("/ai/v1/chat/completions", json={"model": LLAMA, "messages": HI})

    request_id = response.headers["cf-ai-req-id"]
    assert response.json() == {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": LLAMA,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


async def test_a_streamed_chat_reports_usage_in_its_last_chunk(
    rest: httpx.AsyncClient, account: Account
) -> None:
    script(account, answer="Hello")
    body = {"model": LLAMA, "messages": HI, "stream": True}

    text = (await rest.post("/ai/v1/chat/completions", json=body)).text

    last = json.loads(text.split("\n\n")[-3].removeprefix("data: "))
    assert (last["choices"][0]["finish_reason"], last["usage"]["total_tokens"]) == ("stop", 2)
    assert text.endswith("data: [DONE]\n\n")


async def test_usage_has_a_chunk_of_its_own_where_it_is_asked_for(
    rest: httpx.AsyncClient,
) -> None:
    body = {
        "model": LLAMA,
        "messages": HI,
        "stream": True,
        "stream_options": {"include_usage": True},
    }

    text = (await rest.post("/ai/v1/chat/completions", json=body)).text

    last = json.loads(text.split("\n\n")[-3].removeprefix("data: "))
    assert (last["choices"], last["usage"]["prompt_tokens"]) == ([], 1)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("chat/completions", {"messages": HI}, 5006),
        ("chat/completions", {"model": "@cf/no/such", "messages": HI}, 5007),
        ("chat/completions", {"model": BGE_BASE, "messages": HI}, 5007),
        ("chat/completions", {"model": LLAMA}, 5006),
        ("chat/completions", {"model": LLAMA, "messages": [{"role": "user"}]}, 5006),
        ("embeddings", {"model": LLAMA, "input": "a"}, 5007),
        ("embeddings", {"model": BGE_BASE}, 5006),
        ("embeddings", {"model": BGE_BASE, "input": [1, 2]}, 5006),
        ("embeddings", {"model": BGE_BASE, "input": "a", "encoding_format": "hex"}, 5006),
        ("responses", {"model": GLM}, 5006),
        ("responses", {"model": GLM, "input": "a", "previous_response_id": "resp_1"}, 5006),
        ("responses", {"input": "a"}, 5006),
        ("messages", {"model": GLM, "messages": HI}, 5006),
        ("messages", {"model": GLM, "max_tokens": 9}, 5006),
    ],
)
async def test_a_refusal_has_the_envelope_of_run(
    rest: httpx.AsyncClient, path: str, body: dict[str, object], code: int
) -> None:
    response = await rest.post(f"/ai/v1/{path}", json=body)

    assert (response.status_code, response.json()["result"]) == (400, {})
    assert response.json()["errors"][0]["code"] == code


async def test_a_scripted_refusal_comes_before_the_stream(
    rest: httpx.AsyncClient, account: Account
) -> None:
    script(account, error={"code": 3040, "status": 429, "message": "busy"})
    body = {"model": LLAMA, "messages": HI, "stream": True}

    response = await rest.post("/ai/v1/chat/completions", json=body)

    assert_failure(response, status=429, code=3040, message="AiError: busy", result={})


async def test_models_are_not_listed_here(rest: httpx.AsyncClient) -> None:
    response = await rest.get("/ai/v1/models")

    message = "Method GET not available for that URI."
    assert_failure(response, status=405, code=7001, message=message)


async def test_embeddings_are_a_list(rest: httpx.AsyncClient) -> None:
    body = {"model": BGE_BASE, "input": ["a", "b"]}

    response = await rest.post("/ai/v1/embeddings", json=body)

    answer = response.json()
    assert [row["index"] for row in answer["data"]] == [0, 1]
    assert (answer["object"], answer["model"]) == ("list", BGE_BASE)
    assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert response.headers["cf-twin-embedder"] == "offline"


async def test_an_embedding_in_base64_is_the_same(rest: httpx.AsyncClient) -> None:
    body = {"model": BGE_BASE, "input": "a"}
    plain = (await rest.post("/ai/v1/embeddings", json=body)).json()["data"][0]["embedding"]

    encoded = await rest.post("/ai/v1/embeddings", json={**body, "encoding_format": "base64"})

    data = base64.b64decode(encoded.json()["data"][0]["embedding"])
    assert list(struct.unpack("<768f", data)) == pytest.approx(plain)


async def test_a_response_has_its_output(rest: httpx.AsyncClient, account: Account) -> None:
    script(account, answer="Hello")
    body = {"model": GLM, "instructions": "Be brief.", "input": "Hi"}

    answer = (await rest.post("/ai/v1/responses", json=body)).json()

    assert (answer["status"], answer["output"][0]["content"][0]["text"]) == ("completed", "Hello")
    assert account.ai.calls.recent(1)[0].input == body


async def test_a_response_that_is_cut_is_incomplete(rest: httpx.AsyncClient) -> None:
    body = {"model": GLM, "input": "Hi", "max_output_tokens": 2}

    answer = (await rest.post("/ai/v1/responses", json=body)).json()

    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_older_models_take_text_parts_in_responses(rest: httpx.AsyncClient) -> None:
    parts = [{"type": "input_text", "text": "Hi"}]
    body = {"model": LLAMA, "input": [{"role": "user", "content": parts}]}

    response = await rest.post("/ai/v1/responses", json=body)

    assert '"Hi"' in response.json()["output"][0]["content"][0]["text"]


async def test_a_message_has_its_content(rest: httpx.AsyncClient, account: Account) -> None:
    script(account, answer="Hello")
    body = {"model": LLAMA, "max_tokens": 99, "system": "Be brief.", "messages": HI}

    answer = (await rest.post("/ai/v1/messages", json=body)).json()

    assert answer["content"] == [{"type": "text", "text": "Hello"}]
    assert (answer["type"], answer["stop_reason"]) == ("message", "end_turn")
    assert answer["usage"]["output_tokens"] == 1


async def test_a_message_may_use_a_tool(rest: httpx.AsyncClient, account: Account) -> None:
    script(account, answer="Look:", tool_calls=[{"name": "find", "arguments": {"q": "cats"}}])
    tool = {"name": "find", "description": "finds", "input_schema": {"type": "object"}}
    body = {"model": GLM, "max_tokens": 99, "messages": HI, "tools": [tool]}

    answer = (await rest.post("/ai/v1/messages", json=body)).json()

    text, use = answer["content"]
    assert (text["text"], use["name"], use["input"]) == ("Look:", "find", {"q": "cats"})
    assert answer["stop_reason"] == "tool_use"


async def test_a_streamed_message_has_anthropics_events(
    rest: httpx.AsyncClient, account: Account
) -> None:
    script(account, chunks=["Hel", "lo"], tool_calls=[{"name": "find", "arguments": {}}])
    body = {"model": GLM, "max_tokens": 99, "messages": HI, "stream": True}

    text = (await rest.post("/ai/v1/messages", json=body)).text

    names = [line.removeprefix("event: ") for line in text.splitlines() if line[:5] == "event"]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert names == [
        "message_start",
        *block[:2],
        *block[1:],
        *block,
        "message_delta",
        "message_stop",
    ]


async def test_a_tools_result_is_a_turn_of_its_own(rest: httpx.AsyncClient) -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    body = {
        "model": GLM,
        "max_tokens": 99,
        "messages": [*HI, {"role": "user", "content": [result]}],
    }

    answer = (await rest.post("/ai/v1/messages", json=body)).json()

    assert 'The tool answered: "sunny"' in answer["content"][0]["text"]
