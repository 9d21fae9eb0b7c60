"""The stand-ins of AI Gateway's providers: their dialects, keys and refusals."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from emulator import Account, Twin
from emulator.ai.rule_spec import specs_of
from emulator.ai.upstream import stand_ins
from emulator.wire.upstream import Upstream, UpstreamReply, UpstreamRequest
from tests.ai.conftest import BGE_BASE, LLAMA

HI = [{"role": "user", "content": "Hi"}]
OPENAI_KEY = {"authorization": "Bearer sk-anything"}
ANTHROPIC_KEY = {"x-api-key": "anything", "anthropic-version": "2023-06-01"}
CHAT = {"model": "gpt-4o-mini", "messages": HI}
MESSAGE = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": HI}


@pytest.fixture
def upstreams(twin: Twin) -> Mapping[str, Upstream]:
    return stand_ins(twin.inference)


class Provider:
    """Sends requests to one of the stand-ins as the test's account."""

    def __init__(self, upstream: Upstream, account: Account, key: dict[str, str]) -> None:
        self._upstream = upstream
        self._account = account
        self._key = key

    async def send(
        self, path: str, body: Any = None, *, method: str = "POST", **headers: str
    ) -> UpstreamReply:
        named = {**self._key, **headers}
        data = b"" if body is None else orjson.dumps(body)
        request = UpstreamRequest(method, path, tuple(named.items()), data)
        return await self._upstream.send(self._account, request)


@pytest.fixture
def openai(upstreams: Mapping[str, Upstream], account: Account) -> Provider:
    return Provider(upstreams["openai"], account, OPENAI_KEY)


@pytest.fixture
def anthropic(upstreams: Mapping[str, Upstream], account: Account) -> Provider:
    return Provider(upstreams["anthropic"], account, ANTHROPIC_KEY)


@pytest.fixture
def workers_ai(upstreams: Mapping[str, Upstream], account: Account) -> Provider:
    return Provider(upstreams["workers-ai"], account, {})


def json_of(reply: UpstreamReply) -> Any:
    assert isinstance(reply.body, bytes)
    return orjson.loads(reply.body)


async def text_of(reply: UpstreamReply) -> str:
    assert not isinstance(reply.body, bytes)
    return b"".join([block async for block in reply.body]).decode()


def script(account: Account, **rule: Any) -> None:
    account.ai.rules.replace(specs_of(rule))


@pytest.mark.parametrize("path", ["chat/completions", "v1/chat/completions"])
async def test_openai_answers_a_chat(openai: Provider, account: Account, path: str) -> None:
    script(account, provider="openai", answer="Hello")

    reply = await openai.send(path, CHAT)

    assert json_of(reply)["choices"][0]["message"]["content"] == "Hello"
    assert ("cf-twin-backend", "scripted") in reply.headers
    assert account.ai.calls.recent(1)[0].provider == "openai"


async def test_openai_streams(openai: Provider, account: Account) -> None:
    script(account, chunks=["Hel", "lo"])

    reply = await openai.send("chat/completions", {**CHAT, "stream": True})

    text = await text_of(reply)
    assert '"content":"Hel"' in text
    assert '"usage"' not in text
    assert text.endswith("data: [DONE]\n\n")


async def test_openai_takes_images_and_answers_json(openai: Provider) -> None:
    content = [
        {"type": "text", "text": 'Parse as JSON: {"name": "string", "skills": ["string"]}'},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]
    body = {
        "model": "gpt-4o",
        "max_tokens": 4000,
        "messages": [{"role": "user", "content": content}],
        "response_format": {"type": "json_object"},
    }

    reply = await openai.send("chat/completions", body)

    parsed = orjson.loads(json_of(reply)["choices"][0]["message"]["content"])
    assert set(parsed) == {"name", "skills"}


async def test_openais_json_mode_must_be_spoken_of(openai: Provider) -> None:
    body = {**CHAT, "response_format": {"type": "json_object"}}

    reply = await openai.send("chat/completions", body)

    error = json_of(reply)["error"]
    assert (reply.status, error["param"]) == (400, "messages")
    assert "must contain the word 'json'" in error["message"]


@pytest.mark.parametrize(
    ("changes", "dimensions"),
    [
        ({"model": "text-embedding-3-small"}, 1536),
        ({"model": "text-embedding-3-large"}, 3072),
        ({"model": "text-embedding-3-small", "dimensions": 256}, 256),
    ],
)
async def test_openai_embeds_at_its_models_dimensions(
    openai: Provider, changes: dict[str, Any], dimensions: int
) -> None:
    reply = await openai.send("embeddings", {"input": "hello", **changes})

    assert len(json_of(reply)["data"][0]["embedding"]) == dimensions
    assert ("cf-twin-embedder", "offline") in reply.headers


async def test_openai_answers_responses(openai: Provider, account: Account) -> None:
    script(account, answer="Hello")

    reply = await openai.send("responses", {"model": "gpt-4o", "input": "Hi"})

    assert json_of(reply)["output"][0]["content"][0]["text"] == "Hello"


async def test_openai_lists_its_models_and_scripted_ones(openai: Provider, twin: Twin) -> None:
    twin.inference.rules.add(specs_of({"provider": "openai", "model": "my-model", "answer": ""}))

    listed = json_of(await openai.send("models", method="GET"))
    one = json_of(await openai.send("models/my-model", method="GET"))

    assert {"gpt-4o-mini", "my-model"} <= {model["id"] for model in listed["data"]}
    assert one["object"] == "model"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("images/generations", {}, 404, "Invalid URL (POST /v1/images/generations)"),
        ("models/none", None, 404, "Invalid URL (POST /v1/models/none)"),
        ("chat/completions", {"model": "gpt-4o"}, 400, "required properties at '/' are"),
        ("chat/completions", None, 400, "Request is missing headers or body: body"),
        ("embeddings", {"model": "ada", "input": "x"}, 404, "The model `ada` does not exist"),
        (
            "embeddings",
            {"model": "text-embedding-3-small", "dimensions": 1537, "input": "x"},
            400,
            "must be <= 1536",
        ),
    ],
)
async def test_openai_refuses_in_its_own_words(
    openai: Provider, path: str, body: Any, status: int, message: str
) -> None:
    reply = await openai.send(path, body)

    error = json_of(reply)["error"]
    assert (reply.status, error["type"]) == (status, "invalid_request_error")
    assert message in error["message"]
    assert "AiError" not in error["message"]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic x"])
async def test_openai_wants_a_key(openai: Provider, value: str) -> None:
    reply = await openai.send("chat/completions", CHAT, authorization=value)

    assert reply.status == 401
    assert "You didn't provide an API key" in json_of(reply)["error"]["message"]


async def test_a_scripted_error_is_openais(openai: Provider, account: Account) -> None:
    script(account, error={"status": 429, "message": "slow down"})

    reply = await openai.send("chat/completions", CHAT)

    assert reply.status == 429
    assert json_of(reply)["error"] == {
        "message": "slow down",
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }


async def test_anthropic_answers_a_message(anthropic: Provider, account: Account) -> None:
    script(account, provider="anthropic", model="claude-*", answer="Hello")

    reply = await anthropic.send("v1/messages", MESSAGE)

    assert json_of(reply)["content"] == [{"type": "text", "text": "Hello"}]
    assert account.ai.calls.recent(1)[0].provider == "anthropic"


async def test_anthropic_streams(anthropic: Provider) -> None:
    reply = await anthropic.send("v1/messages", {**MESSAGE, "stream": True})

    text = await text_of(reply)
    assert text.startswith("event: message_start\n")
    assert text.rstrip().endswith('data: {"type":"message_stop"}')


async def test_anthropic_has_openais_chat_models_and_a_token_count(anthropic: Provider) -> None:
    chat = await anthropic.send("v1/chat/completions", {**MESSAGE, "max_tokens": 5})
    models = await anthropic.send("v1/models", method="GET")
    count = await anthropic.send("v1/messages/count_tokens", MESSAGE)

    assert json_of(chat)["choices"][0]["finish_reason"] == "length"
    assert json_of(models)["data"][0]["type"] == "model"
    assert json_of(count) == {"input_tokens": 1}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "kind"),
    [
        ("v1/messages", MESSAGE, {"x-api-key": ""}, 401, "authentication_error"),
        ("v1/messages", MESSAGE, {"anthropic-version": ""}, 400, "invalid_request_error"),
        ("v1/complete", MESSAGE, {}, 404, "not_found_error"),
        ("v1/messages", {"model": "x", "messages": HI}, {}, 400, "invalid_request_error"),
    ],
)
async def test_anthropic_refuses_in_its_own_words(
    anthropic: Provider, path: str, body: Any, headers: dict[str, str], status: int, kind: str
) -> None:
    reply = await anthropic.send(path, body, **headers)

    assert (reply.status, json_of(reply)["type"]) == (status, "error")
    assert json_of(reply)["error"]["type"] == kind


async def test_workers_ai_answers_in_the_envelope(workers_ai: Provider, account: Account) -> None:
    script(account, answer="Hello")

    reply = await workers_ai.send(LLAMA, {"prompt": "Hi"})

    assert json_of(reply)["result"]["response"] == "Hello"
    assert json_of(reply)["success"] is True


async def test_workers_ai_embeds_streams_and_queues(workers_ai: Provider) -> None:
    embedded = await workers_ai.send(BGE_BASE.replace("/", "%2F"), {"text": "a"})
    streamed = await workers_ai.send(LLAMA, {"prompt": "Hi", "stream": True})
    queued = await workers_ai.send(f"{BGE_BASE}?queueRequest=true", {"requests": [{"text": "a"}]})

    assert json_of(embedded)["result"]["shape"] == [1, 768]
    assert (await text_of(streamed)).endswith("data: [DONE]\n\n")
    assert json_of(queued)["result"]["status"] == "queued"


async def test_workers_ai_speaks_openais_dialect(workers_ai: Provider) -> None:
    reply = await workers_ai.send("v1/chat/completions", {"model": LLAMA, "messages": HI})

    assert json_of(reply)["object"] == "chat.completion"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "@cf/no/such", 400, 5007),
        ("POST", "v1/images", 400, 7000),
        ("GET", LLAMA, 405, 7001),
    ],
)
async def test_workers_ai_refuses_in_the_envelope(
    workers_ai: Provider, method: str, path: str, status: int, code: int
) -> None:
    reply = await workers_ai.send(path, {"prompt": "Hi"}, method=method)

    assert (reply.status, json_of(reply)["result"]) == (status, {})
    assert json_of(reply)["errors"][0]["code"] == code


async def test_only_workers_ai_costs_neurons(openai: Provider, account: Account) -> None:
    await openai.send("chat/completions", CHAT)

    assert account.ai.usage() == []
