"""The Cache API's entries: how long, how much, and what must not be stored."""

from collections.abc import AsyncIterator

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.workers.cache import CacheKey, Caches, range_of
from emulator.workers.errors import NotCacheable
from tests.bindings import Runtime, runtime_of

KEY = CacheKey("shop", "", "https://example.com/")


@pytest.fixture
async def listener(twin: Twin, account: Account) -> AsyncIterator[Runtime]:
    async with runtime_of(twin, account.id) as listener:
        yield listener


def test_a_response_is_there_until_its_time_is_over(clock: ManualClock) -> None:
    caches = Caches(clock)
    caches.put(KEY, 200, [("cache-control", "max-age=60")], b"body")

    clock.advance(59)
    assert caches.match(KEY) is not None
    clock.advance(1)
    assert caches.match(KEY) is None


def test_a_cookie_without_leave_is_not_stored(clock: ManualClock) -> None:
    with pytest.raises(NotCacheable):
        Caches(clock).put(KEY, 200, [("set-cookie", "a=1")], b"")


def test_old_responses_make_room(clock: ManualClock) -> None:
    caches = Caches(clock, max_bytes=300)
    other = CacheKey("shop", "", "https://example.com/other")
    caches.put(KEY, 200, [], b"x" * 200)
    caches.put(other, 200, [], b"x" * 200)

    assert caches.match(KEY) is None
    assert caches.match(other) is not None


def test_a_deleted_script_leaves_nothing(clock: ManualClock) -> None:
    caches = Caches(clock)
    caches.put(KEY, 200, [], b"body")

    caches.drop("shop")

    assert caches.match(KEY) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-1", (0, 2)),
        ("bytes=3-", (3, 5)),
        ("bytes=-9", (0, 5)),
        ("bytes=2-1", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
    ],
)
def test_a_range_is_cut_to_the_body(text: str, part: tuple[int, int] | None) -> None:
    assert range_of(text, 5) == part


async def test_what_is_no_response_is_refused(listener: Runtime) -> None:
    env = await listener.bind("cache", "shop")

    answer = await env.put("/a", content=b"GET / HTTP/1.1\r\n\r\n")

    assert answer.status_code == 400


async def test_one_script_does_not_see_anothers_cache(listener: Runtime) -> None:
    one, other = await listener.bind("cache", "one"), await listener.bind("cache", "other")
    put = await one.request("PUT", "/a", content=b"HTTP/1.1 200 OK\r\n\r\nbody")

    assert (put.status_code, (await one.get("/a")).content) == (204, b"body")
    assert (await other.get("/a")).headers["cf-cache-status"] == "MISS"


async def test_a_range_beyond_the_end_is_416(listener: Runtime) -> None:
    env: httpx.AsyncClient = await listener.bind("cache", "shop")
    await env.put("/a", content=b"HTTP/1.1 200 OK\r\n\r\nbody")

    answer = await env.get("/a", headers={"range": "bytes=9-"})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */4")
