"""The management API: whole answers and refusals."""

from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.ai_gateway.models import Configuration
from emulator.core.clock import ManualClock
from tests.assertions import assert_failure

GATEWAYS = "/ai-gateway/gateways"
NEW: dict[str, Any] = {
    "id": "shop",
    "cache_invalidate_on_update": True,
    "cache_ttl": 3600,
    "collect_logs": True,
    "rate_limiting_interval": 60,
    "rate_limiting_limit": 100,
}
CREATED = "2026-01-01T00:00:00.000000Z"


def whole(account: Account, internal_id: str) -> dict[str, Any]:
    return {
        **NEW,
        "account_id": account.id,
        "account_tag": account.id,
        "internal_id": internal_id,
        "created_at": CREATED,
        "modified_at": CREATED,
        "is_default": False,
        "rate_limiting_technique": "fixed",
        "authentication": False,
        "log_management": 10_000_000,
        "log_management_strategy": "STOP_INSERTING",
        "retry_max_attempts": None,
        "retry_delay": None,
        "retry_backoff": None,
        "byok_only": False,
        "dlp": None,
        "guardrails": None,
        "log_classification": False,
        "logpush": False,
        "logpush_public_key": None,
        "otel": None,
        "spend_limits": None,
        "store_id": None,
        "stripe": None,
        "workers_ai_billing_mode": "postpaid",
        "zdr": False,
    }


async def test_create_answers_with_the_whole_gateway(
    rest: httpx.AsyncClient, account: Account
) -> None:
    response = await rest.post(GATEWAYS, json=NEW)

    record = account.ai_gateway.get("shop")
    assert response.status_code == 200
    assert response.json() == {
        "result": whole(account, record.internal_id),
        "success": True,
        "errors": [],
        "messages": [],
    }


async def test_get_answers_as_create_did(rest: httpx.AsyncClient) -> None:
    created = await rest.post(GATEWAYS, json=NEW)

    assert (await rest.get(f"{GATEWAYS}/shop")).json() == created.json()


async def test_what_is_not_acted_upon_is_kept_and_shown(rest: httpx.AsyncClient) -> None:
    told = {
        "dlp": {"enabled": True, "action": "BLOCK", "profiles": ["p"]},
        "guardrails": {"prompt": {"S1": "BLOCK"}, "response": {}},
        "otel": [{"url": "https://o", "headers": {}}],
        "spend_limits": {"enabled": True, "rules": []},
        "zdr": True,
    }

    created = await rest.post(GATEWAYS, json=NEW | told)

    assert told.items() <= created.json()["result"].items()


async def test_update_replaces_what_must_be_given_and_leaves_the_rest(
    rest: httpx.AsyncClient, clock: ManualClock
) -> None:
    await rest.post(GATEWAYS, json=NEW | {"authentication": True, "zdr": True})
    clock.advance(60)

    response = await rest.put(f"{GATEWAYS}/shop", json=NEW | {"cache_ttl": 0, "id": "ignored"})

    result = response.json()["result"]
    assert (result["id"], result["cache_ttl"], result["modified_at"]) == (
        "shop",
        0,
        "2026-01-01T00:01:00.000000Z",
    )
    assert (result["authentication"], result["zdr"], result["created_at"]) == (True, True, CREATED)


async def test_delete_answers_with_the_gateway_that_is_gone(rest: httpx.AsyncClient) -> None:
    created = await rest.post(GATEWAYS, json=NEW)

    assert (await rest.delete(f"{GATEWAYS}/shop")).json() == created.json()
    assert (await rest.get(f"{GATEWAYS}/shop")).status_code == 404


async def test_a_list_has_pages_and_is_searched(
    rest: httpx.AsyncClient, account: Account, clock: ManualClock
) -> None:
    for gateway_id in ("blog", "shop-1", "shop-2"):
        account.ai_gateway.create(gateway_id, Configuration())
        clock.advance(1)

    found = (await rest.get(GATEWAYS, params={"search": "shop", "per_page": 1, "page": 2})).json()
    past = (await rest.get(GATEWAYS, params={"page": 9})).json()

    assert [one["id"] for one in found["result"]] == ["shop-1"]
    assert found["result_info"] == {
        "page": 2,
        "per_page": 1,
        "count": 1,
        "total_count": 2,
        "total_pages": 2,
    }
    assert past["result"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "Expected string, received null (id)"),
        ({"cache_ttl": "60"}, "Expected number, received string (cache_ttl)"),
        ({"cache_ttl": -1}, "Number must be greater than or equal to 0 (cache_ttl)"),
        ({"cache_ttl": 2_592_001}, "Number must be less than or equal to 2592000 (cache_ttl)"),
        ({"collect_logs": 1}, "Expected boolean, received number (collect_logs)"),
        (
            {"log_management": 9_999},
            "Number must be greater than or equal to 10000 (log_management)",
        ),
        ({"retry_max_attempts": 6}, "Number must be less than or equal to 5 (retry_max_attempts)"),
        (
            {"rate_limiting_technique": "loose"},
            "Invalid enum value. Expected 'fixed' | 'sliding', received 'loose'"
            " (rate_limiting_technique)",
        ),
        ({"id": "Shop"}, "Invalid: id must match ^[a-z0-9_]+(?:-[a-z0-9_]+)*$"),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_refused_by_its_name(
    rest: httpx.AsyncClient, change: dict[str, object], message: str
) -> None:
    response = await rest.post(GATEWAYS, json=NEW | change)

    assert_failure(response, status=400, code=7001, message=message)


@pytest.mark.parametrize("missing", sorted(NEW))
async def test_what_is_missing_is_required(rest: httpx.AsyncClient, missing: str) -> None:
    body = {name: value for name, value in NEW.items() if name != missing}

    response = await rest.post(GATEWAYS, json=body)

    assert_failure(response, status=400, code=7001, message=f"Required ({missing})")


async def test_an_update_needs_all_that_a_gateway_must_have(rest: httpx.AsyncClient) -> None:
    await rest.post(GATEWAYS, json=NEW)

    response = await rest.put(f"{GATEWAYS}/shop", json={"cache_ttl": 60})

    message = "Required (cache_invalidate_on_update)"
    assert_failure(response, status=400, code=7001, message=message)


@pytest.mark.parametrize("body", [b"", b"{", b'{"id": "\\ud800"}', b"[" * 3_000, b"\xff"])
async def test_what_is_no_json_is_refused(rest: httpx.AsyncClient, body: bytes) -> None:
    response = await rest.post(GATEWAYS, content=body)

    message = "Malformed JSON in request body"
    assert_failure(response, status=400, code=7001, message=message)


async def test_a_second_gateway_of_that_id_is_refused(rest: httpx.AsyncClient) -> None:
    await rest.post(GATEWAYS, json=NEW)

    response = await rest.post(GATEWAYS, json=NEW)

    message = "AI Gateway with id shop already exists"
    assert_failure(response, status=400, code=7001, message=message)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/url/openai"), ("GET", "/logs")],
)
async def test_a_gateway_that_is_not_there_is_not_found(
    rest: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await rest.request(method, f"{GATEWAYS}/absent{path}", json=NEW)

    assert_failure(response, status=404, code=7002, message="AI Gateway not found")


@pytest.mark.parametrize(("provider", "end"), [("openai", "/shop/openai"), ("universal", "/shop")])
async def test_a_providers_url_is_here(
    rest: httpx.AsyncClient, account: Account, provider: str, end: str
) -> None:
    await rest.post(GATEWAYS, json=NEW)

    response = await rest.get(f"{GATEWAYS}/shop/url/{provider}")

    assert response.json()["result"] == f"http://twin/gateway/v1/{account.id}{end}"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", f"{GATEWAYS}/shop/datasets", "datasets"),
        ("PUT", f"{GATEWAYS}/shop/evaluations/1", "evaluations"),
        ("POST", f"{GATEWAYS}/shop/routes/1/versions", "dynamic routing"),
        ("POST", f"{GATEWAYS}/shop/provider_configs", "provider configurations"),
        ("GET", "/ai-gateway/evaluation-types", "evaluation types"),
        ("POST", "/ai-gateway/custom-providers", "custom providers"),
        ("GET", "/ai-gateway/billing/credit-balance", "billing"),
    ],
)
async def test_what_is_not_built_says_its_name(
    rest: httpx.AsyncClient, method: str, path: str, name: str
) -> None:
    response = await rest.request(method, path, json={})

    message = f"AI Gateway: {name} is not implemented by Cloudflare Twin"
    assert_failure(response, status=501, code=501, message=message)
