"""Gateways of two tenants, and requests made up for one of them.

A gateway without authentication answers whoever knows its address, as at Cloudflare: the
provider's key is what protects it. All else stays in its account.
"""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Account, Twin
from emulator.ai_gateway.models import Configuration, LogQuery
from emulator.app import create_app
from tests.security.test_hostile import texts, values

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "my secret"}]}
KEY = {"Authorization": "Bearer sk"}


@pytest.fixture
async def caller(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as caller:
        yield caller


@pytest.fixture
def other(twin: Twin) -> tuple[Account, str]:
    """Another tenant with a gateway of the same name; and its token."""
    record, credential = twin.create_account("Another tenant")
    account = twin.account(record.id)
    account.ai_gateway.create("shop", Configuration(cache_ttl=60))
    return account, credential.value


def endpoint(account: Account, path: str = "openai/chat/completions") -> str:
    return f"/gateway/v1/{account.id}/shop/{path}"


def logged(account: Account) -> int:
    store = account.ai_gateway
    return store.logs.page(store.get("shop"), LogQuery(), 0, 10).total


async def test_an_answer_cached_for_one_tenant_is_not_given_to_another(
    caller: httpx.AsyncClient, account: Account, other: tuple[Account, str]
) -> None:
    account.ai_gateway.create("shop", Configuration(cache_ttl=60))

    first = await caller.post(endpoint(account), json=CHAT, headers=KEY)
    second = await caller.post(endpoint(other[0]), json=CHAT, headers=KEY)
    again = await caller.post(endpoint(account), json=CHAT, headers=KEY)

    seen = [reply.headers["cf-aig-cache-status"] for reply in (first, second, again)]
    assert seen == ["MISS", "MISS", "HIT"]
    assert (logged(account), logged(other[0])) == (2, 1)


async def test_a_token_of_another_tenant_opens_no_gateway(
    caller: httpx.AsyncClient, account: Account, other: tuple[Account, str]
) -> None:
    account.ai_gateway.create("shop", Configuration(authentication=True))
    stranger = {"cf-aig-authorization": f"Bearer {other[1]}"}

    refused = await caller.post(endpoint(account), json=CHAT, headers=KEY | stranger)
    default = await caller.post(
        f"/gateway/v1/{account.id}/default/openai/x", json=CHAT, headers=KEY | stranger
    )

    assert (refused.status_code, default.json()["internalCode"]) == (401, 2001)
    assert (logged(account), len(account.ai_gateway.gateways())) == (0, 1)


async def test_a_token_of_another_tenant_runs_no_model_of_workers_ai(
    caller: httpx.AsyncClient, account: Account, other: tuple[Account, str]
) -> None:
    account.ai_gateway.create("shop", Configuration(cache_ttl=60))
    path = endpoint(account, "workers-ai/@cf/meta/llama-3.1-8b-instruct")
    entry = {
        "provider": "workers-ai",
        "endpoint": "@cf/meta/llama-3.1-8b-instruct",
        "headers": {"Authorization": f"Bearer {other[1]}"},
        "query": {"prompt": "x"},
    }

    direct = await caller.post(
        path, json={"prompt": "x"}, headers={"Authorization": f"Bearer {other[1]}"}
    )
    universal = await caller.post(endpoint(account, "").rstrip("/"), json=[entry])

    assert (direct.status_code, universal.status_code) == (401, 401)


async def test_a_gateway_of_another_tenant_is_not_named_by_a_header(
    caller: httpx.AsyncClient, account: Account, token: str, other: tuple[Account, str]
) -> None:
    response = await caller.post(
        f"/client/v4/accounts/{account.id}/ai/run/@cf/meta/llama-3.1-8b-instruct",
        json={"prompt": "x"},
        headers={"Authorization": f"Bearer {token}", "cf-aig-gateway-id": "shop"},
    )

    assert response.json()["errors"][0]["code"] == 2001
    assert logged(other[0]) == 0


async def test_a_log_of_another_tenant_is_not_found(
    caller: httpx.AsyncClient, account: Account, token: str, other: tuple[Account, str]
) -> None:
    account.ai_gateway.create("shop", Configuration())
    made = await caller.post(endpoint(other[0]), json=CHAT, headers=KEY)
    log_id = made.headers["cf-aig-log-id"]

    response = await caller.get(
        f"/client/v4/accounts/{account.id}/ai-gateway/gateways/shop/logs/{log_id}/request",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert (response.status_code, "my secret" in response.text) == (404, False)


names = st.sampled_from(
    "model messages stream input prompt provider endpoint headers query config authorization"
    " max_tokens temperature response_format tools".split()
)
objects = st.dictionaries(names, values, max_size=5)
paths = st.sampled_from(
    [
        "",
        "openai/chat/completions",
        "openai/embeddings",
        "anthropic/v1/messages",
        "workers-ai/@cf/meta/llama-3.1-8b-instruct",
        "workers-ai/v1/chat/completions",
        "compat/chat/completions",
        "compat/embeddings",
        "%2F..%2F",
        "openai/%00?a=%ff",
    ]
)
sent = st.dictionaries(
    st.sampled_from(
        "cf-aig-metadata cf-aig-cache-ttl cf-aig-cache-key cf-aig-skip-cache cf-aig-custom-cost"
        " cf-aig-event-id cf-aig-max-attempts cf-aig-collect-log content-type user-agent"
        " x-api-key anthropic-version".split()
    ),
    texts | st.integers(0, 10**20).map(str) | objects.map(json.dumps),
    max_size=3,
)
made_up = st.binary(max_size=60) | st.builds(
    lambda body: json.dumps(body).encode(),
    objects | st.lists(objects, max_size=3) | values,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(method=st.sampled_from(["POST", "GET", "PUT"]), path=paths, body=made_up, headers=sent)
async def test_no_request_is_a_server_error_of_the_gateway(
    twin: Twin,
    token: str,
    other: tuple[Account, str],
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
) -> None:
    transport = httpx.ASGITransport(create_app(twin))
    known = {"Authorization": f"Bearer {other[1]}", "cf-aig-retry-delay": "0"}
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as caller:
        response = await caller.request(
            method, endpoint(other[0], path), content=body, headers=known | headers
        )

    assert response.status_code < 500 or response.status_code == 501, response.text
