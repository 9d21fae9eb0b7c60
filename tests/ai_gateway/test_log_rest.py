"""The logs' API: pages, filters however they are spelt, payloads and feedback."""

import json
from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.ai_gateway.models import Configuration
from tests.ai_gateway.test_logs import LOG, OTHER
from tests.assertions import assert_failure

LOGS = "/ai-gateway/gateways/shop/logs"
LISTED = {
    "id": "01A",
    "created_at": "2026-01-01T00:00:00.000000Z",
    "provider": "openai",
    "model": "gpt-4o",
    "model_type": None,
    "path": "chat/completions",
    "duration": 20,
    "status_code": 200,
    "success": True,
    "cached": False,
    "step": 0,
    "tokens_in": 10,
    "tokens_out": 5,
    "cost": 0.5,
    "custom_cost": False,
    "metadata": {"user": "ada", "team": 7, "test": True},
    "request_type": "provider",
    "request_content_type": None,
    "response_content_type": None,
    "event_id": "event-1",
    "feedback": None,
    "score": None,
}


@pytest.fixture(autouse=True)
def both(account: Account) -> None:
    """Two logs of the gateway `shop`."""
    gateway = account.ai_gateway.create("shop", Configuration())
    account.ai_gateway.logs.add(gateway, LOG)
    account.ai_gateway.logs.add(gateway, OTHER)


async def found(rest: httpx.AsyncClient, *params: tuple[str, str]) -> list[str]:
    response = await rest.get(LOGS, params=params)
    assert response.status_code == 200, response.text
    return [log["id"] for log in response.json()["result"]]


async def test_a_list_shows_logs_and_their_number(rest: httpx.AsyncClient) -> None:
    listed = (await rest.get(LOGS, params={"order_by_direction": "asc"})).json()

    assert listed["result"][0] == LISTED
    assert listed["result_info"] == {"page": 1, "per_page": 20, "count": 2, "total_count": 2}


async def test_meta_info_tells_the_extremes(rest: httpx.AsyncClient) -> None:
    info = (await rest.get(LOGS, params={"meta_info": "true"})).json()["result_info"]

    assert (info["max_duration"], info["min_duration"], info["max_total_tokens"]) == (900, 20, 15)


async def test_a_log_by_itself_has_heads_and_sizes(rest: httpx.AsyncClient) -> None:
    log = (await rest.get(f"{LOGS}/01A")).json()["result"]

    assert LISTED.items() <= log.items()
    assert (log["request_head"], log["request_size"], log["request_head_complete"]) == (
        '{"model":"gpt-4o"}',
        18,
        True,
    )


async def test_payloads_are_answered_as_they_were(rest: httpx.AsyncClient) -> None:
    request = await rest.get(f"{LOGS}/01A/request")
    response = await rest.get(f"{LOGS}/01A/response")

    assert (request.content, response.content) == (b'{"model":"gpt-4o"}', b'{"id":"x"}')
    assert request.headers["content-type"] == "application/json"


CACHED = {"key": "cached", "operator": "eq", "value": [True]}
BOTH_IDS = {"key": "id", "operator": "eq", "value": ["01A", "01B"]}


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ([("filters", json.dumps([CACHED]))], ["01B"]),
        ([("filters", json.dumps([CACHED, BOTH_IDS]))], ["01B"]),
        ([("filters", json.dumps([CACHED | {"value": False}]))], ["01A"]),
        ([("filters", "[]")], ["01B", "01A"]),
        (
            [
                ("filters.key", "id"),
                ("filters.operator", "eq"),
                ("filters.value", "01A"),
                ("filters.value", "01B"),
            ],
            ["01B", "01A"],
        ),
        (
            [
                ("filters.key", "cached"),
                ("filters.operator", "eq"),
                ("filters.value", "true"),
                ("filters.key", "provider"),
                ("filters.operator", "neq"),
                ("filters.value", "openai"),
            ],
            ["01B"],
        ),
        ([("cached", "true")], ["01B"]),
        ([("success", "true")], ["01A"]),
        ([("provider", "openai")], ["01A"]),
        ([("min_duration", "20"), ("max_duration", "20")], ["01A"]),
        ([("min_total_tokens", "15")], ["01A"]),
        ([("max_cost", "0")], ["01B"]),
        ([("start_date", "2026-01-01T00:01:00Z")], ["01B"]),
        ([("end_date", "2026-01-01T00:00:00Z")], ["01A"]),
        ([("search", "ada")], ["01A"]),
        ([("direction", "asc")], ["01A", "01B"]),
        ([("order_by", "cost"), ("order_by_direction", "asc")], ["01B", "01A"]),
        ([("page", "2"), ("per_page", "5")], []),
    ],
    ids=str,
)
async def test_parameters_choose_logs(
    rest: httpx.AsyncClient, params: list[tuple[str, str]], ids: list[str]
) -> None:
    assert await found(rest, *params) == ids


METADATA_USER = [{"key": "metadata.user", "operator": "eq", "value": ["ada"]}]


@pytest.mark.parametrize(
    "params",
    [
        [("filters", json.dumps(METADATA_USER))],
        [("filters", "{")],
        [("filters", "{}")],
        [("filters", "[1]")],
        [("filters", '[{"key":"id","operator":"eq"}]')],
        [("filters", '[{"key":"id","operator":"eq","value":[{}]}]')],
        [("filters", '[{"key":7,"operator":"eq","value":[1]}]')],
        [("filters", json.dumps([BOTH_IDS | {"value": ["x"] * 101}]))],
        [("filters.key", "id")],
        [("per_page", "51")],
        [("per_page", "4")],
        [("page", "0")],
        [("page", "9" * 30)],
        [("page", "one")],
        [("order_by", "metadata")],
        [("order_by_direction", "up")],
        [("cached", "perhaps")],
        [("min_cost", "dear")],
        [("start_date", "yesterday")],
        [("meta_info", "perhaps")],
    ],
    ids=str,
)
async def test_parameters_that_mean_nothing_are_refused(
    rest: httpx.AsyncClient, params: list[tuple[str, str]]
) -> None:
    for method in ("GET", "DELETE") if params[0][0].startswith(("filters", "order")) else ("GET",):
        response = await rest.request(method, LOGS, params=tuple(params))

        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 7001)
    assert len(await found(rest)) == 2


async def test_a_deletion_is_as_narrow_as_its_filters(rest: httpx.AsyncClient) -> None:
    response = await rest.delete(LOGS, params={"filters": json.dumps([CACHED])})

    assert response.json()["success"]
    assert await found(rest) == ["01A"]


async def test_a_deletion_has_a_limit(rest: httpx.AsyncClient) -> None:
    await rest.delete(LOGS, params={"limit": 1, "order_by_direction": "asc"})

    assert await found(rest) == ["01B"]


async def test_feedback_is_given_and_taken_back(rest: httpx.AsyncClient) -> None:
    change: dict[str, Any] = {"feedback": 1, "score": 50, "metadata": {"user": "bob"}}
    await rest.patch(f"{LOGS}/01A", json=change)
    response = await rest.patch(f"{LOGS}/01A", json={"feedback": 0})

    log = (await rest.get(f"{LOGS}/01A")).json()["result"]
    assert response.json()["result"] == {}
    assert (log["feedback"], log["score"], log["metadata"]) == (0, 50, {"user": "bob"})


@pytest.mark.parametrize(
    "change",
    [
        {"feedback": 2},
        {"feedback": 0.5},
        {"feedback": "1"},
        {"score": 101},
        {"metadata": {"user": None}},
        {"metadata": {"n": 10**30}},
        {"metadata": []},
        [],
    ],
    ids=str,
)
async def test_feedback_that_is_none_is_refused(
    rest: httpx.AsyncClient, change: dict[str, object]
) -> None:
    response = await rest.patch(f"{LOGS}/01A", json=change)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 7001)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PATCH", ""), ("GET", "/request"), ("GET", "/response")]
)
async def test_a_log_that_is_not_there_is_not_found(
    rest: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await rest.request(method, f"{LOGS}/absent{path}", json={"feedback": 1})

    assert_failure(response, status=404, code=7002, message="Log not found")
