"""What every answer of the API has, whatever the route."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.core.errors import TooManyRequests
from emulator.core.settings import Settings
from emulator.wire.api import ApiV4
from emulator.wire.call import Call
from emulator.wire.ratelimit import MAX_REQUESTS, RateLimiter
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from tests.assertions import assert_failure


async def echo(call: Call) -> Reply:
    return Reply(call.body)


async def broken(call: Call) -> Reply:
    raise RuntimeError("a bug")


def client_of(twin: Twin, *routes: Route) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(ApiV4(twin, routes))
    return httpx.AsyncClient(transport=transport, base_url="http://twin/client/v4")


async def test_every_answer_has_a_ray(rest: httpx.AsyncClient) -> None:
    rays = [(await rest.get("/d1/database")).headers["cf-ray"] for _ in range(2)]

    assert all(re.fullmatch(r"[0-9a-f]{16}-AMS", ray) for ray in rays)
    assert rays[0] != rays[1]


async def test_an_unknown_path(rest: httpx.AsyncClient) -> None:
    response = await rest.get("/no/such/thing")

    assert_failure(response, status=400, code=7000, message="No route for that URI")


async def test_a_known_path_with_a_wrong_method(rest: httpx.AsyncClient) -> None:
    response = await rest.patch("/storage/kv/namespaces")

    assert response.status_code == 405
    assert response.json()["errors"][0]["code"] == 10405


async def test_a_product_we_lack_says_so(rest: httpx.AsyncClient) -> None:
    response = await rest.get("/queues/abc")

    message = "queues: GET /accounts/{account_id}/queues/{rest:path} is not implemented"
    assert response.status_code == 501
    assert response.json()["errors"][0]["message"].startswith(message)


async def test_double_slashes_are_one(rest: httpx.AsyncClient, account: Account) -> None:
    response = await rest.get(f"http://twin/client/v4//accounts/{account.id}//d1/database")

    assert response.status_code == 200


async def test_a_body_over_the_limit_is_refused(twin: Twin) -> None:
    route = Route("POST", "/echo", "echo", echo, public=True, max_body_bytes=10)
    async with client_of(twin, route) as client:
        response = await client.post("/echo", content=b"x" * 11)

    message = "Request body is larger than 10 bytes"
    assert_failure(response, status=413, code=413, message=message)


async def test_a_body_at_the_limit_is_taken_in_pieces(twin: Twin) -> None:
    route = Route("POST", "/echo", "echo", echo, public=True, max_body_bytes=10)
    async with client_of(twin, route) as client:
        response = await client.post("/echo", content=in_pieces(b"12345", b"67890"))

    assert response.content == b"1234567890"


async def measure(call: Call) -> Reply:
    """Answers with the sizes of the chunks; refuses a body that begins with `no` at once."""
    sizes = []
    async for chunk in call.chunks():
        if chunk.startswith(b"no"):
            raise TooManyRequests()
        sizes.append(len(chunk))
    return Reply(str(sizes).encode())


STREAMED = Route("POST", "/s", "s", measure, public=True, stream=True, max_body_bytes=10)


async def test_a_streamed_body_reaches_the_handler_in_pieces(twin: Twin) -> None:
    async with client_of(twin, STREAMED) as client:
        response = await client.post("/s", content=in_pieces(b"12345", b"678"))

    assert response.content in (b"[5, 3]", b"[5, 3, 0]")


async def test_a_streamed_body_over_the_limit_is_refused(twin: Twin) -> None:
    async with client_of(twin, STREAMED) as client:
        response = await client.post("/s", content=in_pieces(b"12345", b"678901"))

    assert response.status_code == 413


async def test_what_a_refusal_left_of_a_streamed_body_is_read(twin: Twin) -> None:
    taken: list[bytes] = []

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"no", b"12345", b"678901"):
            taken.append(piece)
            yield piece

    async with client_of(twin, STREAMED) as client:
        response = await client.post("/s", content=pieces())

    assert response.status_code == 429
    assert len(taken) == 3


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_bug_of_ours_is_an_envelope_with_a_reference(
    twin: Twin, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(twin, Route("GET", "/x", "x", broken, public=True)) as client:
        response = await client.get("/x")

    ray = response.headers["cf-ray"]
    message = f"internal error; reference = {ray}"
    assert_failure(response, status=500, code=500, message=message)
    assert ray in caplog.text


async def test_every_request_is_an_event(rest: httpx.AsyncClient, twin: Twin) -> None:
    await rest.get("/d1/database?name=x")

    event = twin.events.recent(1)[0]
    assert (event.operation, event.status, event.door) == ("d1.database.list", 200, "api")


async def test_a_refused_request_is_an_event_with_its_code(
    rest: httpx.AsyncClient, twin: Twin
) -> None:
    await rest.get("/nothing")

    assert twin.events.recent(1)[0].code == 7000


def test_the_api_limit_holds_for_five_minutes() -> None:
    clock = ManualClock()
    limiter = RateLimiter(clock)
    for _ in range(MAX_REQUESTS):
        limiter.admit("token")

    with pytest.raises(TooManyRequests):
        limiter.admit("token")
    limiter.admit("another token")
    clock.advance(300)
    limiter.admit("token")


async def test_the_api_limit_is_enforced_when_asked_for(clock: ManualClock) -> None:
    twin = Twin(Settings(rate_limit=True), clock=clock)
    _, token = twin.create_account("Test account")
    headers = {"Authorization": f"Bearer {token.value}"}
    route = Route("GET", "/x", "x", echo)
    async with client_of(twin, route) as client:
        answers = [await client.get("/x", headers=headers) for _ in range(MAX_REQUESTS + 1)]

    assert [answers[-2].status_code, answers[-1].status_code] == [200, 429]
    assert answers[-1].headers["retry-after"] == "1"
    twin.close()


async def test_an_answer_that_streams_ends_when_its_client_goes(twin: Twin) -> None:
    closed = asyncio.Event()

    async def without_end() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"more"
        finally:
            closed.set()

    async def stream(call: Call) -> Reply:
        return Reply(without_end())

    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive() -> MutableMapping[str, Any]:
        return next(messages)

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0)

    path = "/client/v4/s"
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    api = ApiV4(twin, [Route("GET", "/s", "s", stream, public=True)])
    await asyncio.wait_for(api(scope | {"headers": []}, receive, send), 10)

    assert closed.is_set()
