"""The endpoint: a provider's own API through a gateway, and what the gateway adds and refuses."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.limits import MAX_REQUEST_BYTES
from emulator.ai_gateway.models import LogQuery
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.core.clock import ManualClock
from emulator.wire.upstream import UpstreamReply, UpstreamUnreachable
from tests.ai_gateway.conftest import CHAT, Made
from tests.ai_gateway.providers import JSON, Provider, answer

OPENAI = "/shop/openai/chat/completions"


def assert_gateway_error(response: httpx.Response, status: int, code: int, message: str) -> None:
    """The whole body of what a gateway itself refuses."""
    assert response.json() == {
        "success": False,
        "result": [],
        "messages": [],
        "error": [{"code": code, "message": message}],
        "name": "AiGatewayError",
        "httpCode": status,
        "internalCode": code,
        "message": message,
        "description": message,
    }
    assert response.status_code == status


def logs_of(account: Account, gateway_id: str = "shop") -> list[Any]:
    """The newest first."""
    store = account.ai_gateway
    return list(store.logs.page(store.get(gateway_id), LogQuery(), 0, 50).logs)


async def test_a_request_reaches_the_provider_as_it_is(
    caller: httpx.AsyncClient, made: Made, openai: Provider, account: Account
) -> None:
    made()
    body = b'{ "model": "gpt-4o-mini",\n "messages": [] }'

    response = await caller.post(
        f"{OPENAI}?user=a%2Fb", content=body, headers={"Authorization": "Bearer sk-1"}
    )

    assert response.json() == {
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        "number": 1,
        "provider": "openai",
    }
    [asked] = openai.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "chat/completions?user=a%2Fb", body)
    assert (openai.header("authorization"), openai.accounts) == ("Bearer sk-1", [account.id])


async def test_an_answer_has_the_gateways_headers(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.post(OPENAI, json=CHAT, headers={"cf-aig-event-id": "event-7"})

    headers = response.headers
    assert (headers["cf-aig-cache-status"], headers["cf-aig-step"]) == ("MISS", "0")
    assert (headers["cf-aig-event-id"], len(headers["cf-aig-log-id"])) == ("event-7", 26)
    assert headers["cf-aig-request-id"]
    assert (headers["content-type"], headers["server"]) == ("application/json", "cloudflare")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_what_a_provider_refuses_is_passed_on_untouched(
    caller: httpx.AsyncClient, made: Made, openai: Provider, status: int
) -> None:
    made()
    body = b'{"error": {"message": "no", "type": "invalid_request_error"}}'
    openai.answers = [UpstreamReply(status, (*JSON, ("x-request-id", "r-1")), body)]

    response = await caller.post(OPENAI, json=CHAT)

    assert (response.status_code, response.content) == (status, body)
    assert response.headers["x-request-id"] == "r-1"


async def test_a_provider_cannot_speak_for_the_gateway(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()
    own = (("cf-aig-cache-status", "HIT"), ("set-cookie", "a=b"), ("connection", "close"))
    openai.answers = [UpstreamReply(200, (*JSON, *own), b"{}")]

    response = await caller.post(OPENAI, json=CHAT)

    assert response.headers.get_list("cf-aig-cache-status") == ["MISS"]
    assert not {"set-cookie", "connection"} & set(response.headers)


async def test_a_gateway_that_is_not_there_wants_to_be_configured(
    caller: httpx.AsyncClient,
) -> None:
    message = "Please configure AI Gateway in the Cloudflare dashboard"

    assert_gateway_error(await caller.post(OPENAI, json=CHAT), 400, 2001, message)


@pytest.mark.parametrize("path", ["/gateway/v1", "/gateway/v1/", "/gateway/v2/a/b/openai", "/v1"])
async def test_an_address_without_a_gateway_names_none(
    caller: httpx.AsyncClient, path: str
) -> None:
    response = await caller.post(f"http://twin{path}", json=CHAT)

    assert response.json()["internalCode"] == 2001


async def test_an_account_that_does_not_exist_looks_like_one_without_the_gateway(
    caller: httpx.AsyncClient, made: Made, twin: Twin
) -> None:
    made()

    unknown = await caller.post(f"http://twin/gateway/v1/{'f' * 32}{OPENAI}", json=CHAT)
    absent = await caller.post("/absent/openai/chat/completions", json=CHAT)

    assert unknown.content == absent.content
    assert not twin.account_path("f" * 32).exists()


async def test_cloudflares_own_host_has_no_prefix(
    caller: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    url = f"http://gateway.ai.cloudflare.com/v1/{account.id}{OPENAI}"

    assert (await caller.post(url, json=CHAT)).status_code == 200


async def test_a_provider_nobody_knows_is_invalid(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.post("/shop/nobody/chat", json=CHAT)

    assert_gateway_error(response, 400, 2008, "Invalid provider")


async def test_a_provider_without_stand_in_says_how_to_reach_it(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made()

    response = await caller.post("/shop/groq/chat/completions", json=CHAT)

    assert (response.status_code, response.json()["internalCode"]) == (501, 501)
    assert "CFTWIN_AI_GATEWAY_UPSTREAMS" in response.json()["message"]


async def test_a_provider_that_does_not_answer_is_an_error_of_the_gateway(
    caller: httpx.AsyncClient, made: Made, openai: Provider, account: Account
) -> None:
    made()
    openai.answers = [UpstreamUnreachable("refused")]

    response = await caller.post(OPENAI, json=CHAT)

    assert_gateway_error(response, 400, 2005, "Failed to get response from provider")
    [log] = logs_of(account)
    assert (log.success, log.status_code) == (False, 400)


async def test_a_header_that_says_nothing_is_refused(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()

    response = await caller.post(OPENAI, json=CHAT, headers={"cf-aig-cache-ttl": "soon"})

    assert_gateway_error(response, 400, 2902, "Invalid cf-aig-cache-ttl: use a whole number")
    assert openai.asked == []


async def test_a_bug_is_a_gateways_500_and_keeps_its_text_to_itself(
    caller: httpx.AsyncClient, made: Made, openai: Provider, twin: Twin
) -> None:
    made()
    openai.answers = [RuntimeError("secret")]

    response = await caller.post(OPENAI, json=CHAT)

    ray = response.headers["cf-ray"]
    assert_gateway_error(response, 500, 500, f"internal error; reference = {ray}")
    assert twin.events.recent(1)[0].status == 500


async def test_a_body_past_all_bounds_is_refused(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.post(OPENAI, content=b"a" * (MAX_REQUEST_BYTES + 1))

    assert (response.status_code, response.json()["internalCode"]) == (413, 2904)


async def test_web_sockets_are_refused_by_name(caller: httpx.AsyncClient, made: Made) -> None:
    made()

    response = await caller.get("/shop/", headers={"Upgrade": "websocket"})

    message = "AI Gateway's WebSockets API is not implemented by Cloudflare Twin"
    assert_gateway_error(response, 501, 501, message)


async def test_a_handshake_is_refused_with_the_reason(gateway: Gateway) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("there is nothing to be read")

    await gateway({"type": "websocket"}, receive, send)
    await gateway(
        {"type": "websocket", "extensions": {"websocket.http.response": {}}}, receive, send
    )

    closed, start, body = sent
    assert (closed["type"], start["status"]) == ("websocket.close", 501)
    assert b"WebSockets API is not implemented" in body["body"]


# Authentication


async def test_a_gateway_that_wants_a_token_takes_one_of_its_account(
    caller: httpx.AsyncClient, made: Made, token: str, openai: Provider
) -> None:
    made(authentication=True)

    response = await caller.post(
        OPENAI, json=CHAT, headers={"cf-aig-authorization": f"Bearer {token}"}
    )

    assert response.status_code == 200
    assert len(openai.asked) == 1


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer wrong", "Basic x", "\u00ff"])
async def test_without_such_a_token_it_refuses(
    caller: httpx.AsyncClient, made: Made, openai: Provider, value: str | None
) -> None:
    made(authentication=True)
    headers = {} if value is None else {b"cf-aig-authorization": value.encode("latin-1")}

    response = await caller.post(OPENAI, json=CHAT, headers=headers)

    assert_gateway_error(response, 401, 2009, "Unauthorized")
    assert openai.asked == []


async def test_the_providers_key_is_no_token_of_the_gateway(
    caller: httpx.AsyncClient, made: Made, token: str
) -> None:
    made(authentication=True)

    response = await caller.post(OPENAI, json=CHAT, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("scope", "status"),
    [("ai_gateway:run", 200), ("*", 200), ("ai_gateway:read", 401), ("kv:write", 401)],
)
async def test_a_token_must_be_allowed_to_run(
    caller: httpx.AsyncClient, made: Made, twin: Twin, account: Account, scope: str, status: int
) -> None:
    made(authentication=True)
    twin.directory.put_credential("1" * 32, "narrow", {account.id: frozenset({scope})})

    response = await caller.post(
        OPENAI, json=CHAT, headers={"cf-aig-authorization": "Bearer narrow"}
    )

    assert response.status_code == status


async def test_a_gateway_without_authentication_takes_any_header(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made()

    response = await caller.post(OPENAI, json=CHAT, headers={"cf-aig-authorization": "Bearer x"})

    assert response.status_code == 200


async def test_the_default_gateway_is_made_by_its_first_authenticated_use(
    caller: httpx.AsyncClient, token: str, account: Account
) -> None:
    path = "/default/openai/chat/completions"

    without = await caller.post(path, json=CHAT)
    first = await caller.post(path, json=CHAT, headers={"cf-aig-authorization": f"Bearer {token}"})
    stranger = await caller.post(path, json=CHAT)

    assert (without.json()["internalCode"], first.status_code) == (2001, 200)
    assert (stranger.json()["internalCode"], len(account.ai_gateway.gateways())) == (2009, 1)


async def test_first_uses_at_the_same_time_make_one_default_gateway(
    caller: httpx.AsyncClient, token: str, account: Account
) -> None:
    key = {"cf-aig-authorization": f"Bearer {token}"}

    answers = await asyncio.gather(
        *(caller.post("/default/openai/chat", json=CHAT, headers=key) for _ in range(5))
    )

    assert {response.status_code for response in answers} == {200}
    assert len(account.ai_gateway.gateways()) == 1


async def test_workers_ai_answers_holders_of_a_token_of_the_account_only(
    caller: httpx.AsyncClient, made: Made, workers_ai: Provider, token: str, twin: Twin
) -> None:
    made()
    path = "/shop/workers-ai/@cf/meta/llama"
    _, other = twin.create_account("Another tenant")

    refused = [
        await caller.post(path, json={"prompt": "x"}, headers=headers)
        for headers in ({}, {"Authorization": f"Bearer {other.value}"})
    ]
    admitted = await caller.post(
        path, json={"prompt": "x"}, headers={"Authorization": f"Bearer {token}"}
    )

    assert [response.status_code for response in refused] == [401, 401]
    assert refused[0].json()["errors"][0]["code"] == 10000
    assert (admitted.status_code, len(workers_ai.asked)) == (200, 1)


# Rate limits


async def test_a_request_over_the_limit_is_refused_until_the_next_window(
    caller: httpx.AsyncClient, made: Made, clock: ManualClock, account: Account
) -> None:
    made(rate_limiting_interval=60, rate_limiting_limit=1)
    await caller.post(OPENAI, json=CHAT)

    refused = await caller.post(OPENAI, json=CHAT)
    clock.advance(60)
    after = await caller.post(OPENAI, json=CHAT)

    assert_gateway_error(refused, 429, 2003, "Rate limited")
    assert "retry-after" not in refused.headers
    assert after.status_code == 200
    assert [log.status_code for log in logs_of(account)] == [200, 429, 200]


async def test_what_is_cached_is_neither_limited_nor_counted(
    caller: httpx.AsyncClient, made: Made, clock: ManualClock
) -> None:
    made(cache_ttl=3600, rate_limiting_interval=60, rate_limiting_limit=2)
    await caller.post(OPENAI, json=CHAT)

    hits = [await caller.post(OPENAI, json=CHAT) for _ in range(3)]
    other = await caller.post(OPENAI, json=CHAT | {"model": "gpt-4o"})
    limited = await caller.post(OPENAI, json=CHAT | {"model": "gpt-4"})
    still = await caller.post(OPENAI, json=CHAT)

    assert {hit.headers["cf-aig-cache-status"] for hit in (*hits, still)} == {"HIT"}
    assert (other.status_code, limited.status_code) == (200, 429)


# Logs


async def test_a_request_is_logged_with_tokens_and_cost(
    caller: httpx.AsyncClient, made: Made, account: Account, token: str
) -> None:
    made(authentication=True)
    secrets = {"Authorization": "Bearer sk-secret", "x-api-key": "sk-secret"}
    told = {"cf-aig-authorization": f"Bearer {token}", "cf-aig-metadata": '{"user":"ada"}'}

    response = await caller.post(OPENAI, json=CHAT, headers=secrets | told)

    [log] = logs_of(account)
    assert log.id == response.headers["cf-aig-log-id"]
    assert (log.provider, log.model, log.path) == ("openai", "gpt-4o-mini", "chat/completions")
    assert (log.tokens_in, log.tokens_out, log.status_code, log.step) == (10, 5, 200, 0)
    assert log.cost == pytest.approx((10 * 0.15 + 5 * 0.60) / 1_000_000)
    assert (log.metadata, log.success, log.cached) == ({"user": "ada"}, True, False)
    request, answered = account.ai_gateway.logs.payloads(account.ai_gateway.get("shop"), log.id)
    assert (orjson.loads(request.body), answered.body) == (CHAT, response.content)


async def test_no_secret_of_a_request_reaches_the_disk(
    caller: httpx.AsyncClient, made: Made, twin: Twin, token: str
) -> None:
    made(authentication=True, cache_ttl=60)
    secret = "sk-0123456789-secret"

    await caller.post(
        OPENAI,
        json=CHAT,
        headers={
            "Authorization": f"Bearer {secret}",
            "x-api-key": secret,
            "cf-aig-authorization": f"Bearer {token}",
        },
    )
    entry = {"provider": "openai", "endpoint": "x", "headers": {"authorization": secret}}
    await caller.post("/shop", json=[entry], headers={"cf-aig-authorization": f"Bearer {token}"})

    files = [path for path in (twin.path / "accounts").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    assert secret not in str(twin.events.recent(10))


async def test_a_hit_is_logged_as_cached_and_costs_nothing(
    caller: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made(cache_ttl=60)
    custom = {"cf-aig-custom-cost": '{"per_token_in": 1, "per_token_out": 1}'}
    for _ in range(2):
        await caller.post(OPENAI, json=CHAT, headers=custom)

    hit, miss = logs_of(account)
    assert (hit.cached, hit.tokens_in, hit.tokens_out, hit.cost) == (True, 0, 0, 0.0)
    assert (miss.cached, miss.cost, miss.custom_cost) == (False, 15.0, True)


@pytest.mark.parametrize(
    ("collects", "header", "logged"),
    [(True, None, 1), (False, None, 0), (True, "false", 0), (False, "true", 1)],
)
async def test_a_header_says_otherwise_than_the_gateway_what_is_logged(
    caller: httpx.AsyncClient,
    made: Made,
    account: Account,
    collects: bool,
    header: str | None,
    logged: int,
) -> None:
    made(collect_logs=collects)
    headers = {} if header is None else {"cf-aig-collect-log": header}

    response = await caller.post(OPENAI, json=CHAT, headers=headers)

    assert len(logs_of(account)) == logged
    assert ("cf-aig-log-id" in response.headers) == bool(logged)


async def test_payloads_may_be_left_out_of_a_log(
    caller: httpx.AsyncClient, made: Made, account: Account
) -> None:
    made()

    await caller.post(OPENAI, json=CHAT, headers={"cf-aig-collect-log-payload": "false"})

    [log] = logs_of(account)
    assert (log.tokens_in, log.request_size, log.request_head) == (10, 0, None)


async def test_a_request_is_an_event_that_names_the_gateway(
    caller: httpx.AsyncClient, made: Made, twin: Twin, account: Account
) -> None:
    made()

    response = await caller.post(OPENAI, json=CHAT)
    refused = await caller.post("/absent/openai/x", json=CHAT)

    missing, event = twin.events.recent(2)
    assert (event.door, event.operation, event.account_id, event.status) == (
        "ai_gateway",
        "ai_gateway.openai",
        account.id,
        200,
    )
    assert event.detail == {
        "gateway": "shop",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "step": 0,
        "cached": False,
        "log_id": response.headers["cf-aig-log-id"],
    }
    assert (missing.code, missing.status) == (2001, refused.status_code)


async def test_a_lost_log_does_not_lose_the_answer(
    caller: httpx.AsyncClient, made: Made, account: Account
) -> None:
    gateway = made()
    account.ai_gateway.logs._storage.execute("DROP TABLE payloads", ())

    response = await caller.post(OPENAI, json=CHAT)

    assert (response.status_code, "cf-aig-log-id" in response.headers) == (200, False)
    assert gateway.id == "shop"


async def test_other_methods_are_passed_on_too(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()
    openai.answers = [answer(object="list")]

    response = await caller.get("/shop/openai/models")

    assert response.json()["object"] == "list"
    assert (openai.asked[0].method, openai.asked[0].body) == ("GET", b"")
