"""The openai and anthropic packages through a gateway, as applications point them there."""

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import openai
import pytest
from cloudflare import Cloudflare
from openai.types.chat import ChatCompletionMessageParam

from emulator.testing import TwinAccount, TwinServer

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is Cloudflare?"}]
SETTINGS: dict[str, Any] = {
    "cache_invalidate_on_update": True,
    "cache_ttl": 3600,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
}


@pytest.fixture
def base(twin_server: TwinServer, twin_account: TwinAccount, cloudflare: Cloudflare) -> str:
    """The address of a gateway that caches and wants a token."""
    cloudflare.ai_gateway.create(
        account_id=twin_account.id, id="shop", authentication=True, **SETTINGS
    )
    return f"{twin_server.url}/gateway/v1/{twin_account.id}/shop"


@pytest.fixture
def token(twin_account: TwinAccount) -> dict[str, str]:
    return {"cf-aig-authorization": f"Bearer {twin_account.token}"}


@pytest.fixture
def client(base: str, token: dict[str, str]) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key="sk-test", base_url=f"{base}/openai", default_headers=token, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def compat(base: str, token: dict[str, str], twin_account: TwinAccount) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=twin_account.token, base_url=f"{base}/compat", default_headers=token, max_retries=0
    ) as client:
        yield client


def code_of(error: openai.APIStatusError) -> object:
    """The gateway's code, which the client's own message leaves out."""
    return error.response.json()["internalCode"]


def test_the_second_identical_call_is_a_hit(client: openai.OpenAI) -> None:
    create = client.chat.completions.with_raw_response.create

    first = create(model="gpt-4o-mini", messages=HELLO, temperature=0.7)
    second = create(model="gpt-4o-mini", messages=HELLO, temperature=0.7)

    assert first.headers["cf-aig-cache-status"] == "MISS"
    assert second.headers["cf-aig-cache-status"] == "HIT"
    assert second.parse() == first.parse()
    assert first.parse().choices[0].message.content


def test_a_stream_arrives_and_is_logged_with_its_tokens(
    client: openai.OpenAI, cloudflare: Cloudflare, twin_account: TwinAccount
) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o-mini",
        messages=HELLO,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(raw.parse())

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    log = cloudflare.ai_gateway.logs.get(
        raw.headers["cf-aig-log-id"], account_id=twin_account.id, gateway_id="shop"
    )
    usage = chunks[-1].usage
    assert text
    assert usage is not None
    assert (log.tokens_in, log.tokens_out) == (usage.prompt_tokens, usage.completion_tokens)


async def test_the_asynchronous_client_streams_too(base: str, token: dict[str, str]) -> None:
    async with openai.AsyncOpenAI(
        api_key="sk-test", base_url=f"{base}/openai", default_headers=token
    ) as client:
        stream = await client.chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True
        )

        assert [chunk async for chunk in stream]


def test_embeddings_and_models_go_through(client: openai.OpenAI) -> None:
    embedded = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])

    assert len(embedded.data) == 2
    assert [model.id for model in client.models.list()]


def test_without_the_gateways_token_there_is_no_answer(base: str) -> None:
    with openai.OpenAI(api_key="sk", base_url=f"{base}/openai", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as refusal:
            client.chat.completions.create(model="gpt-4o", messages=HELLO)

    assert code_of(refusal.value) == 2009


@pytest.mark.parametrize(
    "model",
    ["openai/gpt-4o", "anthropic/claude-sonnet-4-5", "workers-ai/@cf/meta/llama-3.1-8b-instruct"],
)
def test_the_compat_endpoint_reaches_every_provider(compat: openai.OpenAI, model: str) -> None:
    answer = compat.chat.completions.create(model=model, messages=HELLO)

    assert answer.choices[0].message.content


def test_the_compat_endpoint_embeds(compat: openai.OpenAI) -> None:
    model = "workers-ai/@cf/baai/bge-base-en-v1.5"

    embedded = compat.embeddings.create(model=model, input="hello", encoding_format="float")

    assert len(embedded.data[0].embedding) == 768


def test_a_model_without_a_provider_is_a_bad_request(compat: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        compat.chat.completions.create(model="gpt-4o", messages=HELLO)

    assert code_of(refusal.value) == 2019


def test_a_rate_limit_is_one_for_the_client(
    client: openai.OpenAI, cloudflare: Cloudflare, twin_account: TwinAccount
) -> None:
    limited = SETTINGS | {"rate_limiting_interval": 3600, "rate_limiting_limit": 1}
    cloudflare.ai_gateway.update("shop", account_id=twin_account.id, **limited)
    client.chat.completions.create(model="gpt-4o", messages=HELLO)

    with pytest.raises(openai.RateLimitError) as refusal:
        client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)

    assert code_of(refusal.value) == 2003


def test_anthropics_client_asks_and_streams(base: str, token: dict[str, str]) -> None:
    with anthropic.Anthropic(
        api_key="sk-ant", base_url=f"{base}/anthropic", default_headers=token
    ) as client:
        messages: list[Any] = [{"role": "user", "content": "What is Cloudflare?"}]
        answer = client.messages.create(model="claude-latest", max_tokens=64, messages=messages)
        with client.messages.stream(
            model="claude-latest", max_tokens=64, messages=messages
        ) as stream:
            text = stream.get_final_text()

    assert answer.usage.output_tokens
    assert text


def test_the_universal_endpoint_falls_back(
    base: str, token: dict[str, str], twin_account: TwinAccount
) -> None:
    entries = [
        {"provider": "openai", "endpoint": "chat/completions", "query": {"model": "gpt-4o"}},
        {
            "provider": "workers-ai",
            "endpoint": "@cf/meta/llama-3.1-8b-instruct",
            "headers": {"Authorization": f"Bearer {twin_account.token}"},
            "query": {"prompt": "What is Cloudflare?"},
        },
    ]

    response = httpx.post(base, json=entries, headers=token, trust_env=False)

    # The first entry has no key, and OpenAI refuses it.
    assert (response.status_code, response.headers["cf-aig-step"]) == (200, "1")
    assert response.json()["result"]["response"]
