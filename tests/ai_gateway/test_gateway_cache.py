"""The cache at the endpoint: what is answered from it, to whom, and for how long."""

import httpx
import pytest

from emulator import Twin
from emulator.ai_gateway.models import Configuration
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.core.clock import ManualClock
from emulator.core.settings import Settings
from emulator.wire.upstream import UpstreamReply, UpstreamUnreachable
from tests.ai_gateway.conftest import CHAT, Made
from tests.ai_gateway.providers import JSON, Provider, answer, events, streamed

OPENAI = "/shop/openai/chat/completions"


async def status_of(caller: httpx.AsyncClient, body: object = CHAT, **headers: str) -> str:
    """HIT or MISS. `cf_aig_x` spells the header `cf-aig-x`."""
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await caller.post(OPENAI, json=body, headers=spelt)
    assert response.status_code == 200
    return response.headers["cf-aig-cache-status"]


async def test_the_second_identical_request_is_a_hit(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(cache_ttl=60)

    first = await caller.post(OPENAI, json=CHAT)
    second = await caller.post(OPENAI, json=CHAT)

    assert (first.headers["cf-aig-cache-status"], second.headers["cf-aig-cache-status"]) == (
        "MISS",
        "HIT",
    )
    assert (second.content, len(openai.asked)) == (first.content, 1)
    assert second.headers["content-type"] == "application/json"
    assert first.headers["cf-aig-log-id"] != second.headers["cf-aig-log-id"]


async def test_an_answer_for_one_user_is_given_to_another(
    caller: httpx.AsyncClient, made: Made
) -> None:
    """Cloudflare's rule, and how data leaks: the user is no part of the key."""
    made(cache_ttl=60)
    key = {"Authorization": "Bearer the-applications-key"}

    first = await caller.post(
        OPENAI, json=CHAT, headers=key | {"cf-aig-metadata": '{"user":"ada"}', "cookie": "ada"}
    )
    second = await caller.post(
        OPENAI, json=CHAT, headers=key | {"cf-aig-metadata": '{"user":"bob"}', "cookie": "bob"}
    )

    assert second.headers["cf-aig-cache-status"] == "HIT"
    assert second.content == first.content


async def test_a_custom_key_gives_one_answer_to_different_prompts(
    caller: httpx.AsyncClient, made: Made, clock: ManualClock
) -> None:
    made()

    assert await status_of(caller, CHAT, cf_aig_cache_key="k") == "MISS"
    assert await status_of(caller, CHAT | {"user": "bob"}, cf_aig_cache_key="k") == "HIT"
    clock.advance(300)
    assert await status_of(caller, CHAT, cf_aig_cache_key="k") == "MISS"


async def test_another_providers_key_is_another_request(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made(cache_ttl=60)

    assert await status_of(caller, authorization="Bearer a") == "MISS"
    assert await status_of(caller, authorization="Bearer b") == "MISS"
    assert await status_of(caller, authorization="Bearer a") == "HIT"


async def test_gateways_have_caches_of_their_own(caller: httpx.AsyncClient, made: Made) -> None:
    made(cache_ttl=60)
    made("blog", cache_ttl=60)
    await caller.post(OPENAI, json=CHAT)

    response = await caller.post("/blog/openai/chat/completions", json=CHAT)

    assert response.headers["cf-aig-cache-status"] == "MISS"


async def test_an_answer_expires_by_the_twins_clock(
    caller: httpx.AsyncClient, made: Made, clock: ManualClock
) -> None:
    made(cache_ttl=60)
    await status_of(caller, cf_aig_cache_ttl="120")

    clock.advance(119)
    assert await status_of(caller) == "HIT"
    clock.advance(1)
    assert await status_of(caller) == "MISS"


async def test_a_skipped_cache_is_not_read_but_written(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(cache_ttl=60)
    await status_of(caller)

    assert await status_of(caller, cf_aig_skip_cache="true") == "MISS"

    again = await caller.post(OPENAI, json=CHAT)
    assert (again.headers["cf-aig-cache-status"], again.json()["number"]) == ("HIT", 2)


async def test_nothing_is_cached_without_a_ttl(caller: httpx.AsyncClient, made: Made) -> None:
    made(cache_ttl=0)

    assert [await status_of(caller) for _ in range(2)] == ["MISS", "MISS"]


async def test_a_ttl_of_zero_in_a_request_turns_the_cache_off(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made(cache_ttl=60)
    await status_of(caller)

    assert await status_of(caller, cf_aig_cache_ttl="0") == "MISS"


@pytest.mark.parametrize(
    "reply",
    [
        answer(500),
        answer(404),
        UpstreamReply(200, (("content-type", "audio/mpeg"),), b"x"),
        UpstreamReply(200, (), b"x"),
        UpstreamReply(200, JSON, b"x" * (25 * 1_048_576 + 1)),
    ],
    ids=["500", "404", "audio", "untyped", "large"],
)
async def test_only_good_answers_of_text_and_images_are_cached(
    caller: httpx.AsyncClient, made: Made, openai: Provider, reply: UpstreamReply
) -> None:
    made(cache_ttl=60)
    openai.answers = [reply]
    await caller.post(OPENAI, json=CHAT)

    assert await status_of(caller) == "MISS"


async def test_an_image_is_cached(caller: httpx.AsyncClient, made: Made, openai: Provider) -> None:
    made(cache_ttl=60)
    openai.answers = [UpstreamReply(200, (("content-type", "image/png"),), b"\x89PNG")]
    await caller.post(OPENAI, json=CHAT)

    assert await status_of(caller) == "HIT"


async def test_a_request_that_is_too_large_is_not_cached(
    caller: httpx.AsyncClient, made: Made
) -> None:
    made(cache_ttl=60, collect_logs=False)
    large = CHAT | {"padding": "x" * (25 * 1_048_576)}

    assert [await status_of(caller, large) for _ in range(2)] == ["MISS", "MISS"]


async def test_what_streams_is_not_cached(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(cache_ttl=60)
    openai.answers = [streamed(events({"n": 1})), streamed(events({"n": 2}))]
    body = CHAT | {"stream": True}

    first, second = [await caller.post(OPENAI, json=body) for _ in range(2)]

    assert first.content != second.content
    assert second.headers["cf-aig-cache-status"] == "MISS"


async def test_who_asks_for_a_stream_is_not_given_a_cached_answer_by_its_key(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()
    await status_of(caller, CHAT, cf_aig_cache_key="k")
    openai.answers = [streamed(events({"n": 1}))]

    stream = CHAT | {"stream": True}
    assert await status_of(caller, stream, cf_aig_cache_key="k") == "MISS"


async def test_changed_settings_drop_the_cache_if_they_say_so(
    caller: httpx.AsyncClient, made: Made, twin: Twin
) -> None:
    made(cache_ttl=60)
    account_id = str(caller.base_url).rstrip("/").rpartition("/")[2]
    store = twin.account(account_id).ai_gateway
    await status_of(caller)

    store.change("shop", Configuration(cache_ttl=60))
    kept = await status_of(caller)
    store.change("shop", Configuration(cache_ttl=60, cache_invalidate_on_update=True))

    assert (kept, await status_of(caller)) == ("HIT", "MISS")


async def test_a_provider_that_failed_left_nothing_in_the_cache(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(cache_ttl=60)
    openai.answers = [UpstreamUnreachable("refused")]
    await caller.post(OPENAI, json=CHAT)

    assert await status_of(caller) == "MISS"


async def test_zero_caches_for_five_minutes_where_that_is_set(
    clock: ManualClock, openai: Provider
) -> None:
    twin = Twin(Settings(ai_gateway_zero_ttl_caches=True), clock=clock)
    record, _ = twin.create_account("Observed")
    twin.account(record.id).ai_gateway.create("shop", Configuration(cache_ttl=0))
    transport = httpx.ASGITransport(Gateway(twin, lambda: {"openai": openai}))
    base_url = f"http://twin/gateway/v1/{record.id}"
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as caller:
        seen = [await status_of(caller), await status_of(caller)]
        clock.advance(300)
        seen.append(await status_of(caller, cf_aig_cache_ttl="0"))
    twin.close()

    assert seen == ["MISS", "HIT", "MISS"]
