"""Workers AI's own doors through a gateway, where `cf-aig-gateway-id` names one."""

from collections.abc import AsyncIterator

import httpx
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.core.errors import CloudflareError
from emulator.wire.api import ApiV4
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from tests.ai_gateway.conftest import Made
from tests.ai_gateway.providers import events
from tests.ai_gateway.test_gateway import logs_of
from tests.assertions import assert_failure

RUN = "/ai/run/@cf/meta/llama"


class NoSuchModel(CloudflareError):
    code, message = 5007, "No such model"


class Doors:
    """Stands where Workers AI's handlers do; counts what it answered."""

    def __init__(self) -> None:
        self.answered = 0

    async def run(self, call: Call) -> Reply:
        self.answered += 1
        if b"refuse" in call.body:
            raise NoSuchModel()
        usage = {"prompt_tokens": 4, "completion_tokens": 2, "neurons": 3.0}
        return ok({"response": f"answer {self.answered}", "usage": usage})

    async def stream(self, call: Call) -> Reply:
        return Reply(events({"n": 1}), headers=((b"content-type", b"text/event-stream"),))

    @property
    def routes(self) -> tuple[Route, ...]:
        account = "/accounts/{account_id}"
        return (
            Route("POST", f"{account}/ai/run/{{model:path}}", "ai.run", self.run, "ai:read"),
            Route("POST", f"{account}/ai/run", "ai.run.body", self.run, "ai:read"),
            Route("POST", f"{account}/ai/v1/chat/completions", "ai.chat", self.stream, "ai:read"),
            Route("GET", f"{account}/ai/models/search", "ai.models", self.run, "ai:read"),
            Route("GET", f"{account}/ai/v1/models", "ai.v1.models", self.run, "ai:read"),
        )


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
async def api(
    twin: Twin, gateway: Gateway, doors: Doors, account: Account, token: str
) -> AsyncIterator[httpx.AsyncClient]:
    app = ApiV4(twin, gateway.through(doors.routes))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=f"http://twin/client/v4/accounts/{account.id}",
        headers={"Authorization": f"Bearer {token}"},
    ) as api:
        yield api


NAMED = {"cf-aig-gateway-id": "shop"}


async def test_without_the_header_no_gateway_is_asked(
    api: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    response = await api.post(RUN, json={"prompt": "x"})

    assert response.json()["result"]["response"] == "answer 1"
    assert "cf-aig-log-id" not in response.headers
    assert logs_of(account) == []


async def test_a_run_is_logged_with_its_neurons(
    api: httpx.AsyncClient, made: Made, account: Account, twin: Twin
) -> None:
    made()

    response = await api.post(RUN, json={"prompt": "x"}, headers=NAMED)

    [log] = logs_of(account)
    assert (response.status_code, response.headers["cf-aig-log-id"]) == (200, log.id)
    assert (log.provider, log.model, log.path) == ("workers-ai", "@cf/meta/llama", "@cf/meta/llama")
    assert (log.tokens_in, log.tokens_out, log.cost) == (4, 2, pytest.approx(0.000033))
    event = twin.events.recent(1)[0]
    assert event.detail is not None
    assert event.detail["ai_gateway"]["log_id"] == log.id  # type: ignore[index]  # a mapping


async def test_a_run_is_cached(api: httpx.AsyncClient, made: Made, doors: Doors) -> None:
    made(cache_ttl=60)

    first, second = [await api.post(RUN, json={"prompt": "x"}, headers=NAMED) for _ in range(2)]

    assert (second.json(), doors.answered) == (first.json(), 1)
    assert second.headers["cf-aig-cache-status"] == "HIT"


async def test_the_model_in_the_body_names_its_provider(
    api: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    await api.post("/ai/run", json={"model": "openai/gpt-4.1", "input": {}}, headers=NAMED)
    await api.post("/ai/run", json={"model": "@cf/meta/llama", "input": {}}, headers=NAMED)

    assert [(log.provider, log.model) for log in logs_of(account)] == [
        ("workers-ai", "@cf/meta/llama"),
        ("openai", "openai/gpt-4.1"),
    ]


async def test_a_refusal_of_the_door_is_logged_and_passed_on(
    api: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    response = await api.post(RUN, json={"prompt": "refuse"}, headers=NAMED)

    assert_failure(response, status=400, code=5007, message="No such model")
    assert (logs_of(account)[0].success, logs_of(account)[0].status_code) == (False, 400)


async def test_a_stream_of_the_door_is_logged(
    api: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()
    body = {"model": "@cf/meta/llama", "stream": True}

    response = await api.post("/ai/v1/chat/completions", json=body, headers=NAMED)

    assert response.text == 'data: {"n":1}\n\ndata: [DONE]\n\n'
    assert (logs_of(account)[0].path, logs_of(account)[0].model_type) == (
        "v1/chat/completions",
        "chat",
    )


async def test_a_gateway_that_is_not_there_is_refused_in_the_apis_envelope(
    api: httpx.AsyncClient, doors: Doors
) -> None:
    response = await api.post(RUN, json={"prompt": "x"}, headers={"cf-aig-gateway-id": "absent"})

    message = "Please configure AI Gateway in the Cloudflare dashboard"
    assert_failure(response, status=400, code=2001, message=message)
    assert doors.answered == 0


async def test_the_default_gateway_is_made_on_first_use(
    api: httpx.AsyncClient, account: Account
) -> None:
    response = await api.post(RUN, json={"prompt": "x"}, headers={"cf-aig-gateway-id": "default"})

    assert response.status_code == 200
    assert len(logs_of(account, "default")) == 1


async def test_a_rate_limit_holds_here_too(api: httpx.AsyncClient, made: Made) -> None:
    made(rate_limiting_interval=60, rate_limiting_limit=1)

    _, second = [await api.post(RUN, json={"prompt": "x"}, headers=NAMED) for _ in range(2)]

    assert_failure(second, status=429, code=2003, message="Rate limited")


async def test_a_gateway_with_authentication_wants_a_token_that_may_run(
    api: httpx.AsyncClient, made: Made, twin: Twin, account: Account
) -> None:
    made(authentication=True)
    twin.directory.put_credential("1" * 32, "narrow", {account.id: frozenset({"ai:write"})})

    allowed = await api.post(RUN, json={"prompt": "x"}, headers=NAMED)
    narrow = {"Authorization": "Bearer narrow"}
    refused = await api.post(RUN, json={"prompt": "x"}, headers=NAMED | narrow)

    assert (allowed.status_code, refused.status_code) == (200, 401)


async def test_what_runs_no_model_does_not_go_through(
    api: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    for path in ("/ai/models/search", "/ai/v1/models"):
        assert (await api.get(path, headers=NAMED)).status_code == 200

    assert logs_of(account) == []
