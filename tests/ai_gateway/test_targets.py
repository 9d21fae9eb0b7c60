"""Where a request goes: providers by path, by model and by entry."""

import orjson
import pytest

from emulator.ai_gateway.errors import (
    GatewayError,
    InvalidProvider,
    InvalidRequest,
    ModelPrefixMissing,
    NotBuiltHere,
    NotInCompat,
)
from emulator.ai_gateway.targets import Plan, Target, plan_of

HEADERS = (("authorization", "Bearer key"), ("content-type", "application/json"))


def plan(path: str, body: object = None, method: str = "POST") -> Plan:
    sent = b"" if body is None else orjson.dumps(body)
    return plan_of(method, path, HEADERS, sent)


def only(path: str, body: object = None) -> Target:
    [target] = plan(path, body).targets
    return target


def test_a_providers_own_path_is_passed_on_as_it_is() -> None:
    body = b'{ "model": "gpt-4o", "stream": true }'

    [target] = plan_of("POST", "openai/chat/completions?a=%2F", HEADERS, body).targets

    assert target == Target(
        "openai", "chat/completions?a=%2F", HEADERS, body, "gpt-4o", streaming=True
    )
    assert target.model_type == "chat"


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        ("workers-ai/@cf/meta/llama", {"prompt": "x"}, "@cf/meta/llama"),
        ("workers-ai/%40cf/meta/llama?x=1", {"prompt": "x"}, "@cf/meta/llama"),
        ("workers-ai/v1/chat/completions", {"model": "@cf/meta/llama"}, "@cf/meta/llama"),
        ("workers-ai/v1/chat/completions", {"prompt": "x"}, ""),
        ("openai/models", None, ""),
        ("openai/chat/completions", ["model"], ""),
        ("openai/chat/completions", {"model": 7}, ""),
    ],
)
def test_the_model_is_in_the_body_or_is_the_path(path: str, body: object, model: str) -> None:
    assert only(path, body).model == model


@pytest.mark.parametrize(
    ("named", "provider", "path", "model"),
    [
        ("openai/gpt-4o", "openai", "chat/completions", "gpt-4o"),
        ("workers-ai/@cf/meta/llama", "workers-ai", "v1/chat/completions", "@cf/meta/llama"),
        ("anthropic/claude", "anthropic", "v1/chat/completions", "claude"),
        ("groq/meta/llama", "groq", "chat/completions", "meta/llama"),
    ],
)
def test_compat_takes_the_provider_from_the_model(
    named: str, provider: str, path: str, model: str
) -> None:
    target = only("compat/chat/completions", {"model": named, "messages": []})

    assert (target.provider, target.path, target.model) == (provider, path, model)
    assert orjson.loads(target.body) == {"model": model, "messages": []}
    assert target.headers == HEADERS


@pytest.mark.parametrize("path", ["openai/chat/completions", "compat/chat/completions"])
def test_a_very_long_name_is_shown_in_part_and_sent_whole(path: str) -> None:
    target = only(path, {"model": "openai/" + "x" * 10_000})

    assert len(target.model) == 256
    assert target.body.count(b"x") >= 10_000


def test_compat_embeds_too() -> None:
    target = only("compat/embeddings?x=1", {"model": "openai/text-embedding-3-small"})

    assert (target.path, target.model_type) == ("embeddings?x=1", "embeddings")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("compat/responses", {"model": "openai/x"}, NotInCompat),
        ("compat", {"model": "openai/x"}, NotInCompat),
        ("compat/chat/completions", {"model": "gpt-4o"}, ModelPrefixMissing),
        ("compat/chat/completions", {"model": "@cf/meta/llama"}, ModelPrefixMissing),
        ("compat/chat/completions", {"model": "openai/"}, ModelPrefixMissing),
        ("compat/chat/completions", {"model": 7}, ModelPrefixMissing),
        ("compat/chat/completions", {}, ModelPrefixMissing),
        ("compat/chat/completions", {"model": "nobody/x"}, InvalidProvider),
        ("compat/chat/completions", {"model": "dynamic/route"}, NotBuiltHere),
        ("compat/chat/completions", [], InvalidRequest),
        ("compat/chat/completions", None, InvalidRequest),
        ("nobody/chat", {}, InvalidProvider),
        ("OpenAI/chat", {}, InvalidProvider),
        ("custom-" + "x" * 60, {}, InvalidProvider),
        ("run", {"model": "google/nano-banana"}, NotBuiltHere),
    ],
)
def test_what_leads_nowhere_is_refused(
    path: str, body: object, refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal):
        plan(path, body)


def test_entries_are_targets_in_their_order() -> None:
    entries = [
        {
            "provider": "workers-ai",
            "endpoint": "@cf/meta/llama",
            "headers": {"Authorization": "Bearer cf", "cf-aig-cache-ttl": "0"},
            "query": {"prompt": "hi"},
            "config": {"requestTimeout": 1000, "maxAttempts": 2.0, "backoff": "linear"},
        },
        {"provider": "openai", "endpoint": "/chat/completions", "authorization": "Bearer old"},
    ]

    first, second = plan("", entries).targets

    assert (first.provider, first.path, first.body) == (
        "workers-ai",
        "@cf/meta/llama",
        b'{"prompt":"hi"}',
    )
    assert dict(first.headers)["authorization"] == "Bearer cf"
    assert dict(first.options)["cf-aig-request-timeout"] == "1000"
    assert dict(first.options)["cf-aig-max-attempts"] == "2"
    assert dict(second.headers) == {
        "authorization": "Bearer old",
        "content-type": "application/json",
    }
    assert (second.path, second.body) == ("chat/completions", b"{}")


def test_one_entry_by_itself_is_a_list_of_one() -> None:
    assert only("", {"provider": "openai", "endpoint": "models"}).path == "models"


OPENAI = {"provider": "openai", "endpoint": "chat/completions"}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "openai",
        7,
        ["openai"],
        [{"provider": "openai"}],
        [{"endpoint": "x"}],
        [OPENAI | {"provider": 7}],
        [OPENAI | {"headers": []}],
        [OPENAI | {"headers": {"a b": "x"}}],
        [OPENAI | {"headers": {"": "x"}}],
        [OPENAI | {"headers": {"x": "a\r\nhost: evil"}}],
        [OPENAI | {"headers": {"x": {}}}],
        [OPENAI | {"authorization": ["x"]}],
        [OPENAI | {"config": []}],
        [OPENAI | {"config": {"maxAttempts": {}}}],
        [OPENAI] * 33,
        [OPENAI | {"endpoint": "x" * 16_385}],
        [OPENAI | {"headers": {"x": "x" * 16_385}}],
    ],
    ids=lambda body: repr(body)[:60],
)
def test_entries_that_are_none_are_refused(body: object) -> None:
    with pytest.raises(InvalidRequest):
        plan("", body)


def test_the_universal_endpoint_takes_posts_alone() -> None:
    with pytest.raises(InvalidRequest, match="POST"):
        plan("", [OPENAI], method="GET")


def test_what_is_nested_too_deep_to_be_sent_is_refused() -> None:
    deep = b'{"provider":"openai","endpoint":"x","query":' + b"[" * 500 + b"]" * 500 + b"}"

    with pytest.raises(InvalidRequest):
        plan_of("POST", "", (), deep)
