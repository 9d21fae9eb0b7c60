"""Streams through a gateway: nothing is held back, all is logged, nobody waits in vain."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.limits import MAX_CACHED_BYTES, MAX_LOG_BYTES
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.wire.upstream import UpstreamReply, UpstreamUnreachable
from tests.ai_gateway.asgi import Caller
from tests.ai_gateway.conftest import CHAT, Made
from tests.ai_gateway.providers import EVENTS, JSON, Blocks, Provider, Silent, events, streamed
from tests.ai_gateway.test_gateway import OPENAI, assert_gateway_error, logs_of

STREAMING = CHAT | {"stream": True}
CHUNKS = (
    {"choices": [{"delta": {"content": "hel"}}]},
    {"choices": [{"delta": {"content": "lo"}}]},
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
)


class Tap(Blocks):
    """A stream whose blocks a test lets out one by one."""

    def __init__(self) -> None:
        super().__init__([])
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (block := await self.queue.get()) is not None:
            yield block


def posted(account: Account, body: object = STREAMING, **headers: str) -> Caller:
    return Caller(f"/gateway/v1/{account.id}{OPENAI}", orjson.dumps(body), headers)


async def test_a_stream_comes_through_unchanged_and_is_logged(
    caller: httpx.AsyncClient, made: Made, openai: Provider, account: Account
) -> None:
    made()
    body = events(*CHUNKS)
    openai.answers = [streamed(body)]

    response = await caller.post(OPENAI, json=STREAMING)

    expected = b"".join(b"data: " + orjson.dumps(one) + b"\n\n" for one in CHUNKS)
    assert response.content == expected + b"data: [DONE]\n\n"
    assert response.headers["content-type"] == "text/event-stream"
    [log] = logs_of(account)
    assert log.id == response.headers["cf-aig-log-id"]
    assert (log.tokens_in, log.tokens_out, log.success) == (7, 2, True)
    kept = account.ai_gateway.logs.payloads(account.ai_gateway.get("shop"), log.id)[1]
    assert (kept.body, body.closed) == (response.content, True)


async def test_a_block_is_passed_on_before_the_next_exists(
    gateway: Gateway, made: Made, openai: Provider, account: Account
) -> None:
    made()
    tap = Tap()
    openai.answers = [streamed(tap)]
    client = posted(account)
    running = asyncio.ensure_future(client.run(gateway))

    tap.queue.put_nowait(b"data: 1\n\n")
    await client.until(lambda: client.blocks == [b"data: 1\n\n"])
    assert not client.complete
    tap.queue.put_nowait(None)
    await running

    assert client.complete


async def test_a_client_that_goes_away_lets_the_provider_go(
    gateway: Gateway, made: Made, openai: Provider, account: Account, twin: Twin
) -> None:
    made()
    tap = Tap()
    openai.answers = [streamed(tap)]
    client = posted(account)
    running = asyncio.ensure_future(client.run(gateway))
    tap.queue.put_nowait(b"data: 1\n\n")
    await client.until(lambda: bool(client.blocks))

    # The provider says nothing more, and nobody waits for it.
    client.go()
    await running

    assert (tap.closed, client.complete) == (True, False)
    [log] = logs_of(account)
    assert (log.success, log.response_size) == (False, 9)
    assert twin.events.recent(1)[0].status == 499


async def test_a_client_that_goes_before_the_answer_ends_the_request(
    twin: Twin, made: Made, account: Account
) -> None:
    made()
    silent = Silent()
    client = posted(account)
    running = asyncio.ensure_future(client.run(Gateway(twin, lambda: {"openai": silent})))
    await silent.asked.wait()

    client.go()
    await running

    assert (silent.closed, client.status) == (True, 0)
    assert twin.events.recent(1)[0].status == 499


async def test_a_provider_that_breaks_off_leaves_the_answer_incomplete(
    gateway: Gateway, made: Made, openai: Provider, account: Account
) -> None:
    made()
    body = Blocks([b"data: 1\n\n"], UpstreamUnreachable("reset"))
    openai.answers = [streamed(body)]
    client = posted(account)

    await client.run(gateway)

    assert (client.status, client.blocks, client.complete) == (200, [b"data: 1\n\n"], False)
    assert (body.closed, logs_of(account)[0].success) == (True, False)


async def test_a_stream_that_breaks_before_its_first_block_is_tried_again(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(retry_max_attempts=2)
    broken = Blocks([], UpstreamUnreachable("reset"))
    openai.answers = [streamed(broken), streamed(events({"n": 2}))]

    response = await caller.post(OPENAI, json=STREAMING)

    assert (response.status_code, len(openai.asked), broken.closed) == (200, 2, True)


async def test_a_stream_of_refusal_is_closed_before_another_try(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made(retry_max_attempts=2)
    refused = Blocks([b"data: no\n\n"])
    openai.answers = [UpstreamReply(503, EVENTS, refused)]

    response = await caller.post(OPENAI, json=STREAMING)

    assert (response.status_code, refused.closed) == (200, True)


async def test_the_timeout_is_for_the_first_block(
    gateway: Gateway, made: Made, openai: Provider, account: Account
) -> None:
    made()
    slow = Tap()
    openai.answers = [streamed(slow)]
    client = posted(account, **{"cf-aig-request-timeout": "1"})

    await client.run(gateway)

    assert (client.status, slow.closed) == (408, True)


async def test_a_stream_of_refusal_falls_back_and_is_closed(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()
    refused = Blocks([b"data: no\n\n"])
    openai.answers = [UpstreamReply(500, EVENTS, refused)]
    entries = [
        {"provider": "openai", "endpoint": "x", "query": STREAMING},
        {"provider": "anthropic", "endpoint": "v1/messages", "query": {}},
    ]

    response = await caller.post("/shop", json=entries)

    assert (response.json()["provider"], refused.closed) == ("anthropic", True)


async def test_a_body_in_blocks_that_is_no_stream_of_events_is_one_answer(
    caller: httpx.AsyncClient, made: Made, openai: Provider, account: Account
) -> None:
    made(cache_ttl=60)
    body = Blocks([b'{"usage":', b'{"prompt_tokens":3}}'])
    openai.answers = [UpstreamReply(200, JSON, body)]

    first, second = [await caller.post(OPENAI, json=CHAT) for _ in range(2)]

    assert first.json() == second.json() == {"usage": {"prompt_tokens": 3}}
    assert (second.headers["cf-aig-cache-status"], body.closed) == ("HIT", True)
    assert logs_of(account)[1].tokens_in == 3


async def test_a_body_that_breaks_off_before_anything_was_said_is_a_failure(
    caller: httpx.AsyncClient, made: Made, openai: Provider
) -> None:
    made()
    body = Blocks([b"{"], UpstreamUnreachable("reset"))
    openai.answers = [UpstreamReply(200, JSON, body)]

    response = await caller.post(OPENAI, json=CHAT)

    assert_gateway_error(response, 400, 2005, "Failed to get response from provider")
    assert body.closed


async def test_a_very_large_body_is_passed_on_and_not_held(
    gateway: Gateway, made: Made, openai: Provider, account: Account
) -> None:
    made(cache_ttl=60)
    block = b"x" * (MAX_CACHED_BYTES // 4)
    body = Blocks([block] * 8)
    openai.answers = [UpstreamReply(200, JSON, body)]
    client = posted(account, CHAT)

    await client.run(gateway)

    assert sum(map(len, client.blocks)) == 8 * len(block)
    assert len(client.blocks) > 1
    assert logs_of(account) == []


@pytest.mark.parametrize(("size", "logged"), [(MAX_LOG_BYTES // 2, 1), (MAX_LOG_BYTES + 1, 0)])
async def test_a_stream_past_the_size_of_a_log_has_none(
    caller: httpx.AsyncClient,
    made: Made,
    openai: Provider,
    account: Account,
    size: int,
    logged: int,
) -> None:
    made()
    openai.answers = [streamed(Blocks([b"x" * size, b"\n"]))]

    response = await caller.post(OPENAI, json=STREAMING)

    assert (len(response.content), len(logs_of(account))) == (size + 1, logged)
