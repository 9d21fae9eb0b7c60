"""Requests at a steady pace, whether the ones before are answered or not.

A latency counts from the moment a request was due, so that a server that stalls is charged for
everybody who had to wait meanwhile.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

import aiohttp

from loadtests.bench.wrk import LoadFailed

TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `url` without a proxy in between, and the answer's status has to be 200."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None


def latencies_ms(requests: Sequence[Asked], per_second: float) -> list[float]:
    """Each request's, in order. Raises `LoadFailed` for an answer that is not 200."""
    return asyncio.run(paced(requests, per_second))


async def paced(requests: Sequence[Asked], per_second: float) -> list[float]:
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        # A connection that is open already, as those of people who stay are.
        await ask(session, requests[0], asyncio.get_running_loop().time())
        begun = asyncio.get_running_loop().time()
        tasks = []
        for due, request in timed(requests, begun, per_second):
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            tasks.append(asyncio.create_task(ask(session, request, due)))
        return await asyncio.gather(*tasks)


def timed(
    requests: Sequence[Asked], begun: float, per_second: float
) -> Iterator[tuple[float, Asked]]:
    for number, request in enumerate(requests):
        yield begun + number / per_second, request


async def ask(session: aiohttp.ClientSession, request: Asked, due: float) -> float:
    async with session.request(
        request.method, request.url, headers=request.headers, json=request.json
    ) as answer:
        text = await answer.text()
        if answer.status != 200:
            said = f"{request.method} {request.url}: {answer.status} {text[:200]}"
            raise LoadFailed(said)
    return 1000 * (asyncio.get_running_loop().time() - due)


def p95(latencies: Sequence[float]) -> float:
    return quantiles(latencies, n=20)[-1]
