"""A steady pace, and what a stall costs those who had to wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from loadtests.bench.paced import Asked, p95, paced
from loadtests.bench.wrk import LoadFailed


@asynccontextmanager
async def serving(*, stalls_seconds: float = 0, status: int = 200) -> AsyncIterator[str]:
    """A server that answers one request after another, the second one late."""
    turn, seen = asyncio.Lock(), 0

    async def handle(_: web.Request) -> web.Response:
        nonlocal seen
        async with turn:
            seen += 1
            if seen == 2:
                await asyncio.sleep(stalls_seconds)
            return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_a_stall_is_charged_to_everybody_who_was_due() -> None:
    async with serving(stalls_seconds=0.2) as url:
        taken = await paced([Asked("GET", url)] * 10, per_second=200)

    # The first waits for all of it, the tenth, due 45 ms later, for the rest.
    assert taken[0] >= 200
    assert taken[-1] >= 100


async def test_a_refusal_is_no_measurement() -> None:
    async with serving(status=429) as url:
        with pytest.raises(LoadFailed, match="429"):
            await paced([Asked("GET", url)], per_second=10)


def test_one_in_twenty_is_slower_than_p95() -> None:
    assert p95([float(one) for one in range(1, 101)]) == pytest.approx(95.95)
