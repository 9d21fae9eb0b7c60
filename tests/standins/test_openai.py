"""OpenAI at its own address: the stand-in behind AI Gateway, with OpenAI's paths."""

import pytest

from tests.standins.conftest import Ask

URL = "https://api.openai.com"
KEY = {"authorization": "Bearer sk-x"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


async def test_chat_answers_with_what_openais_answers_have(ask: Ask) -> None:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}

    answered = await ask("POST", f"{URL}/v1/chat/completions", json=body, headers=KEY)

    assert answered.json()["choices"][0]["message"]["role"] == "assistant"
    assert answered.headers["openai-version"] == "2020-10-01"
    assert "x-request-id" in answered.headers


async def test_an_image_may_be_shown(ask: Ask) -> None:
    content = [{"type": "text", "text": "Read this as JSON"}, IMAGE]
    body = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": content}],
        "response_format": {"type": "json_object"},
    }

    answered = await ask("POST", f"{URL}/v1/chat/completions", json=body, headers=KEY)

    assert answered.status_code == 200, answered.text
    assert answered.json()["choices"][0]["message"]["content"].startswith("{")


async def test_embeddings_have_the_models_dimension(ask: Ask) -> None:
    body = {"model": "text-embedding-3-small", "input": ["a", "b"]}

    answered = await ask("POST", f"{URL}/v1/embeddings", json=body, headers=KEY)

    assert [len(one["embedding"]) for one in answered.json()["data"]] == [1536, 1536]


@pytest.mark.parametrize("path", ["/chat/completions", "/", "/v1/fine_tuning/jobs"])
async def test_what_is_not_there_is_unknown_as_openai_says_it(ask: Ask, path: str) -> None:
    refused = await ask("POST", f"{URL}{path}", json={}, headers=KEY)

    assert refused.status_code == 404
    assert refused.json()["error"]["message"].startswith("Invalid URL (POST /v1")


async def test_without_a_key_nothing_is_answered(ask: Ask) -> None:
    refused = await ask("GET", f"{URL}/v1/models")

    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": NaN}', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(ask: Ask, body: bytes) -> None:
    refused = await ask("POST", f"{URL}/v1/chat/completions", content=body, headers=KEY)

    assert refused.status_code == 400
    assert refused.json()["error"]["message"]
