"""The universal and compat endpoints: fallbacks, retries, timeouts and precedence."""

from typing import Any

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.wire.upstream import UpstreamUnreachable
from tests.ai_gateway.conftest import CHAT, Made
from tests.ai_gateway.providers import Provider, Silent, answer
from tests.ai_gateway.test_gateway import assert_gateway_error, logs_of

OPENAI = "/shop/openai/chat/completions"
ENTRIES: list[dict[str, Any]] = [
    {
        "provider": "openai",
        "endpoint": "chat/completions",
        "headers": {"Authorization": "Bearer sk-openai"},
        "query": CHAT,
    },
    {
        "provider": "anthropic",
        "endpoint": "v1/messages",
        "headers": {"x-api-key": "sk-anthropic"},
        "query": {"model": "claude-sonnet-4"},
    },
]


async def test_the_first_entry_answers_if_it_can(
    caller: httpx.AsyncClient, made: Made, openai: Provider, anthropic: Provider
) -> None:
    made()

    response = await caller.post("/shop", json=ENTRIES, headers={"Authorization": "Bearer no"})

    assert (response.json()["provider"], response.headers["cf-aig-step"]) == ("openai", "0")
    assert orjson.loads(openai.asked[0].body) == CHAT
    assert (openai.header("authorization"), anthropic.asked) == ("Bearer sk-openai", [])


@pytest.mark.parametrize(
    "failure", [answer(400), answer(429), answer(503), UpstreamUnreachable("x")], ids=str
)
async def test_a_failure_falls_back_to_the_next_entry(
    caller: httpx.AsyncClient,
    made: Made,
    openai: Provider,
    anthropic: Provider,
    account: Account,
    failure: Any,
) -> None:
    made()
    openai.answers = [failure]

    response = await caller.post("/shop/", json=ENTRIES)

    assert (response.json()["provider"], response.headers["cf-aig-step"]) == ("anthropic", "1")
    assert (anthropic.asked[0].path, anthropic.header("x-api-key")) == (
        "v1/messages",
        "sk-anthropic",
    )
    second, first = logs_of(account)
    assert (first.step, first.provider, first.success) == (0, "openai", False)
    assert (second.step, second.provider, second.success) == (1, "anthropic", True)


async def test_if_all_fail_the_last_answer_counts(
    caller: httpx.AsyncClient, made: Made, openai: Provider, anthropic: Provider
) -> None:
    made()
    openai.answers, anthropic.answers = [answer(500, by="openai")], [answer(529, by="anthropic")]

    response = await caller.post("/shop", json=ENTRIES)

    assert (response.status_code, response.json()["by"]) == (529, "anthropic")
    assert response.headers["cf-aig-step"] == "1"


async def test_a_fallback_counts_once_against_the_rate_limit(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(rate_limiting_interval=60, rate_limiting_limit=1)
    openai.answers = [answer(500)]

    first, second = [await caller.post("/shop", json=ENTRIES) for _ in range(2)]

    assert (first.status_code, second.status_code) == (200, 429)


async def test_an_entry_wins_over_the_requests_headers(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(cache_ttl=60)
    uncached = [ENTRIES[0] | {"headers": {"cf-aig-cache-ttl": "0"}}]

    for _ in range(2):
        last = await caller.post("/shop", json=uncached, headers={"cf-aig-cache-ttl": "3600"})
    for _ in range(2):
        cached = await caller.post("/shop", json=ENTRIES, headers={"cf-aig-cache-ttl": "3600"})

    assert last.headers["cf-aig-cache-status"] == "MISS"
    assert cached.headers["cf-aig-cache-status"] == "HIT"


async def test_an_entry_that_is_cached_answers_without_its_provider(
    caller: httpx.AsyncClient, made: Made, openai: Provider, anthropic: Provider
) -> None:
    made(cache_ttl=60)
    await caller.post("/shop", json=ENTRIES[1:])
    openai.answers = [answer(500)]

    response = await caller.post("/shop", json=ENTRIES)

    assert (response.headers["cf-aig-step"], response.headers["cf-aig-cache-status"]) == (
        "1",
        "HIT",
    )
    assert len(anthropic.asked) == 1


async def test_a_body_that_is_no_array_is_refused(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.post("/shop", content=b"{")

    message = "Invalid request: the body must be an array of provider requests"
    assert_gateway_error(response, 400, 2901, message)


# Retries


async def test_a_failed_request_is_tried_again_after_a_pause(
    caller: httpx.AsyncClient, made: Made, openai: Provider, waits: list[float], account: Account
) -> None:
    made()
    openai.answers = [answer(500), UpstreamUnreachable("x"), answer(429)]
    asked = {
        "cf-aig-max-attempts": "5",
        "cf-aig-retry-delay": "1000",
        "cf-aig-backoff": "exponential",
    }

    response = await caller.post(OPENAI, json=CHAT, headers=asked)

    assert (response.status_code, len(openai.asked)) == (200, 4)
    assert (waits, len(logs_of(account))) == ([1.0, 2.0, 4.0], 1)


async def test_the_last_attempts_answer_is_the_answer(
    caller: httpx.AsyncClient, made: Made, openai: Provider, waits: list[float]
) -> None:
    made(retry_max_attempts=2, retry_delay=500, retry_backoff="linear")
    openai.answers = [answer(500), answer(503, by="the second")]

    response = await caller.post(OPENAI, json=CHAT)

    assert (response.status_code, response.json()["by"], waits) == (503, "the second", [0.5])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_what_another_try_would_not_mend_is_not_tried_again(
    caller: httpx.AsyncClient, made: Made, openai: Provider, status: int
) -> None:
    made(retry_max_attempts=5)
    openai.answers = [answer(status)]

    response = await caller.post(OPENAI, json=CHAT)

    assert (response.status_code, len(openai.asked)) == (status, 1)


async def test_an_entry_is_retried_by_its_config_before_the_next(
    caller: httpx.AsyncClient, made: Made, openai: Provider, waits: list[float]
) -> None:
    made()
    openai.answers = [answer(500), answer(500)]
    entries = [ENTRIES[0] | {"config": {"maxAttempts": 2, "retryDelay": 50}}, ENTRIES[1]]

    response = await caller.post("/shop", json=entries)

    assert (response.headers["cf-aig-step"], len(openai.asked), waits) == ("1", 2, [0.05])


# Timeouts


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def waiting(twin: Twin, account: Account, silent: Silent, anthropic: Provider) -> httpx.AsyncClient:
    """The endpoint, where OpenAI never answers."""

    async def wait(seconds: float) -> None: ...

    gateway = Gateway(twin, lambda: {"openai": silent, "anthropic": anthropic}, wait)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway), base_url=f"http://twin/gateway/v1/{account.id}"
    )


async def test_a_provider_that_takes_too_long_is_an_error(
    waiting: httpx.AsyncClient, made: Made, silent: Silent
) -> None:
    made()

    response = await waiting.post(OPENAI, json=CHAT, headers={"cf-aig-request-timeout": "1"})

    assert_gateway_error(response, 408, 2903, "Provider did not respond within 1 ms")
    assert silent.closed


async def test_a_provider_that_takes_too_long_is_fallen_back_from(
    waiting: httpx.AsyncClient, made: Made
) -> None:
    made()
    entries = [ENTRIES[0] | {"config": {"requestTimeout": 1}}, ENTRIES[1]]

    response = await waiting.post("/shop", json=entries)

    assert (response.headers["cf-aig-step"], response.json()["provider"]) == ("1", "anthropic")


# The compat endpoint


async def test_compat_asks_the_provider_that_the_model_names(
    caller: httpx.AsyncClient, made: Made, anthropic: Provider, account: Account
) -> None:
    made()

    response = await caller.post(
        "/shop/compat/chat/completions",
        json={"model": "anthropic/claude-sonnet-4", "messages": []},
        headers={"Authorization": "Bearer sk-anthropic"},
    )

    [asked] = anthropic.asked
    assert (response.status_code, asked.path) == (200, "v1/chat/completions")
    assert orjson.loads(asked.body)["model"] == "claude-sonnet-4"
    [log] = logs_of(account)
    assert (log.provider, log.model, log.request_type) == (
        "anthropic",
        "claude-sonnet-4",
        "compat",
    )


async def test_compat_refuses_a_model_without_a_provider(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made()

    response = await caller.post("/shop/compat/chat/completions", json={"model": "gpt-4o"})

    message = "Compatibility endpoint: the model must be given as provider/model"
    assert_gateway_error(response, 400, 2019, message)


async def test_compat_names_what_it_does_not_have(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.post("/shop/compat/responses", json={"model": "openai/gpt-4o"})

    message = "Compatibility endpoint: responses is not supported."
    assert_gateway_error(response, 400, 2019, message)
