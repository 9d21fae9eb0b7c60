"""The official Python SDK's gateways and logs, synchronous and asynchronous, on a real port."""

from datetime import UTC, datetime
from typing import Any

import cloudflare as sdk
import httpx
import pytest
from cloudflare import AsyncCloudflare, Cloudflare
from cloudflare.types.ai_gateway.log_list_params import Filter

from emulator.testing import TwinAccount, TwinServer

# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]
SETTINGS: Where = {
    "cache_invalidate_on_update": True,
    "cache_ttl": 60,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
}
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def where(cloudflare: Cloudflare, account: Where) -> Where:
    """A gateway, as every call below it names it."""
    made = cloudflare.ai_gateway.create(**account, id="shop", **SETTINGS)
    return {**account, "gateway_id": made.id}


@pytest.fixture
def log_id(where: Where, twin_server: TwinServer) -> str:
    """The log of one request through the gateway."""
    return ask(twin_server, where)


def ask(server: TwinServer, where: Where, user: str = "ada") -> str:
    response = httpx.post(
        f"{server.url}/gateway/v1/{where['account_id']}/shop/openai/chat/completions",
        json=CHAT,
        headers={"Authorization": "Bearer sk", "cf-aig-metadata": f'{{"user":"{user}"}}'},
        trust_env=False,
    )
    return str(response.raise_for_status().headers["cf-aig-log-id"])


def test_gateways_are_created_read_changed_and_deleted(
    cloudflare: Cloudflare, account: Where
) -> None:
    gateways = cloudflare.ai_gateway

    made = gateways.create(**account, id="shop", authentication=True, **SETTINGS)
    changed = gateways.update("shop", **account, **(SETTINGS | {"cache_ttl": 0}))
    read = gateways.get("shop", **account)

    assert (made.id, made.cache_ttl, made.authentication) == ("shop", 60, True)
    assert isinstance(made.created_at, datetime)
    assert (read.cache_ttl, read.authentication, changed.id) == (0, True, "shop")
    assert gateways.delete("shop", **account).id == "shop"
    with pytest.raises(sdk.NotFoundError) as refusal:
        gateways.get("shop", **account)
    assert [error.code for error in refusal.value.errors] == [7002]


def test_a_list_of_gateways_ends(cloudflare: Cloudflare, account: Where) -> None:
    for number in range(7):
        cloudflare.ai_gateway.create(**account, id=f"g{number}", **SETTINGS)

    listed = cloudflare.ai_gateway.list(**account, per_page=3)

    assert {gateway.id for gateway in listed} == {f"g{number}" for number in range(7)}
    assert [one.id for one in cloudflare.ai_gateway.list(**account, search="g3")] == ["g3"]


def test_an_id_that_is_taken_is_a_bad_request(
    cloudflare: Cloudflare, where: Where, account: Where
) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.ai_gateway.create(**account, id="shop", **SETTINGS)

    assert [error.code for error in refusal.value.errors] == [7001]


def test_a_url_leads_to_the_twin(
    cloudflare: Cloudflare, where: Where, twin_server: TwinServer
) -> None:
    url = cloudflare.ai_gateway.urls.get("openai", **where)

    assert url == f"{twin_server.url}/gateway/v1/{where['account_id']}/shop/openai"


def test_a_log_is_read_with_its_payloads(cloudflare: Cloudflare, where: Where, log_id: str) -> None:
    logs = cloudflare.ai_gateway.logs

    log = logs.get(log_id, **where)

    assert (log.provider, log.model, log.path) == ("openai", "gpt-4o-mini", "chat/completions")
    assert (log.cached, log.success, log.status_code, log.step) == (False, True, 200, 0)
    assert log.tokens_in
    assert log.tokens_out
    assert log.cost
    assert log.request_head_complete
    assert logs.request(log_id, **where) == CHAT
    answered: Any = logs.response(log_id, **where)
    assert answered["choices"]


def test_logs_are_listed_filtered_and_deleted(
    cloudflare: Cloudflare, where: Where, log_id: str, twin_server: TwinServer
) -> None:
    logs = cloudflare.ai_gateway.logs
    hit = ask(twin_server, where, "bob")
    cached: list[Filter] = [{"key": "cached", "operator": "eq", "value": [True]}]
    bob: list[Filter] = [{"key": "metadata.value", "operator": "eq", "value": ["bob"]}]

    assert [log.id for log in logs.list(**where, per_page=5)] == [hit, log_id]
    assert [log.id for log in logs.list(**where, filters=cached)] == [hit]
    assert [log.id for log in logs.list(**where, filters=bob, meta_info=True)] == [hit]
    assert [log.id for log in logs.list(**where, cached=False, search="ada")] == [log_id]
    future = datetime(2100, 1, 1, tzinfo=UTC)
    assert not list(logs.list(**where, start_date=future))

    assert logs.delete(**where, filters=[{"key": "cached", "operator": "eq", "value": [True]}])
    assert [log.id for log in logs.list(**where, order_by="cached")] == [log_id]


def test_feedback_is_given(cloudflare: Cloudflare, where: Where, log_id: str) -> None:
    cloudflare.ai_gateway.logs.edit(
        log_id, **where, feedback=1, score=80, metadata={"user": "bob", "n": 1}
    )

    log: Any = cloudflare.ai_gateway.logs.get(log_id, **where)
    assert (log.feedback, log.score, log.metadata) == (1, 80, {"user": "bob", "n": 1})


def test_what_is_not_built_says_so(cloudflare: Cloudflare, where: Where) -> None:
    with pytest.raises(sdk.InternalServerError, match="datasets is not implemented"):
        list(cloudflare.ai_gateway.datasets.list(**where))


async def test_gateways_and_logs_asynchronously(
    async_cloudflare: AsyncCloudflare, account: Where, twin_server: TwinServer
) -> None:
    gateways = async_cloudflare.ai_gateway

    made = await gateways.create(**account, id="shop", **SETTINGS)
    where = {**account, "gateway_id": made.id}
    log_id = ask(twin_server, where)
    await gateways.update("shop", **account, **SETTINGS)
    assert (await gateways.get("shop", **account)).id == "shop"
    assert [one.id async for one in gateways.list(**account)] == ["shop"]
    assert [log.id async for log in gateways.logs.list(**where)] == [log_id]
    await gateways.logs.edit(log_id, **where, feedback=-1)
    assert (await gateways.logs.get(log_id, **where)).id == log_id
    assert await gateways.logs.request(log_id, **where) == CHAT
    assert await gateways.logs.response(log_id, **where)
    assert (await gateways.urls.get("openai", **where)).endswith("/shop/openai")
    assert (await gateways.logs.delete(**where)).success
    await gateways.delete("shop", **account)

    assert [one async for one in gateways.list(**account)] == []
