"""`kill -9` during a load of upserts and deletes: every acknowledged mutation is there
afterwards, in its order, those included that were not processed yet.

A vector's values follow from its id, so whoever finds one can tell whether it is whole. All of
it twice: once where mutations are visible at once, once where they wait and are processed by the
twin that comes after.
"""

import asyncio
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack
from typing import Any

import httpx
import pytest

from tests.durability import ROUNDS
from tests.durability.test_kill import twin_on

WRITERS = 4
BATCH = 5
DIMENSIONS = 64
INDEXES = "/vectorize/v2/indexes"
INDEX = f"{INDEXES}/ledger"
# Long enough for no round to see its own mutations.
DELAY_SECONDS = 3_600
STEP_SECONDS = 10_000


@dataclass(slots=True)
class Ledger:
    """What was tried and what of it was acknowledged. `latest` is each writer's own vector,
    upserted again and again, by the last number that was acknowledged.
    """

    tried: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    deleting: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    latest: dict[str, int] = field(default_factory=dict)


def values(text: str) -> list[float]:
    """Small whole numbers that belong to the text."""
    digest = hashlib.sha512(text.encode()).digest()
    return [float(number) for number in unpack(f"{DIMENSIONS}b", digest)]


def vector(id: str, text: str, number: int) -> dict[str, Any]:
    return {"id": id, "values": values(text), "metadata": {"number": number}, "namespace": "n"}


async def upsert(client: httpx.AsyncClient, rows: Sequence[dict[str, Any]]) -> bool:
    headers = {"content-type": "application/x-ndjson"}
    body = "\n".join(map(json.dumps, rows)).encode()
    answer = await client.post(f"{INDEX}/upsert", content=body, headers=headers)
    return answer.status_code == 200


async def write_until_killed(client: httpx.AsyncClient, name: str, ledger: Ledger) -> None:
    number = 0
    ledger.tried.add(name)
    try:
        while True:
            number += 1
            ids = [f"{name}-{number}-{place}" for place in range(BATCH)]
            ledger.tried.update(ids)
            rows = [vector(id, id, 0) for id in ids]
            if await upsert(client, [*rows, vector(name, f"{name} {number}", number)]):
                ledger.written.update(ids)
                ledger.latest[name] = number
            if number % 3 == 0:
                ledger.deleting.add(ids[0])
                body = {"ids": ids[:1]}
                if (await client.post(f"{INDEX}/delete_by_ids", json=body)).status_code == 200:
                    ledger.deleted.add(ids[0])
    except httpx.TransportError:
        return


async def listed(client: httpx.AsyncClient) -> set[str]:
    ids: set[str] = set()
    params: dict[str, str] = {"count": "1000"}
    while True:
        page = (await client.get(f"{INDEX}/list", params=params)).json()["result"]
        ids |= {row["id"] for row in page["vectors"]}
        if not page["isTruncated"]:
            return ids
        params["cursor"] = page["nextCursor"]


async def fetched(client: httpx.AsyncClient, ids: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), 20):
        body = {"ids": ids[start : start + 20]}
        rows += (await client.post(f"{INDEX}/get_by_ids", json=body)).json()["result"]
    return rows


async def check(client: httpx.AsyncClient, ledger: Ledger, chance: random.Random) -> None:
    found = await listed(client)
    info = (await client.get(f"{INDEX}/info")).json()["result"]
    assert info["vectorCount"] == len(found)
    assert ledger.written - ledger.deleting <= found <= ledger.tried
    assert not ledger.deleted & found

    latest = await fetched(client, list(ledger.latest))
    assert {row["id"] for row in latest} == set(ledger.latest)
    for row in latest:
        # One that was on its way when the twin was killed may have happened.
        number = row["metadata"]["number"]
        assert number - ledger.latest[row["id"]] in (0, 1)
        assert row["values"] == values(f"{row['id']} {number}")
    once = sorted(id for id in found if id.count("-") == 3)
    sample = chance.sample(once, min(20, len(once)))
    rows = await fetched(client, sample)
    assert [row["values"] for row in rows] == [values(id) for id in sample]
    for id in sample[:3]:
        answer = await client.post(f"{INDEX}/query", json={"vector": values(id), "topK": 1})
        assert answer.json()["result"]["matches"][0]["id"] == id


@pytest.mark.timeout(400)
@pytest.mark.parametrize("delay_seconds", [0, DELAY_SECONDS])
async def test_every_acknowledged_mutation_survives_kill_9(
    tmp_path: Path, delay_seconds: int
) -> None:
    state, chance, ledger = tmp_path / "state", random.Random(delay_seconds), Ledger()
    async with twin_on(state, vectorize_delay_seconds=0) as running:
        config = {"dimensions": DIMENSIONS, "metric": "cosine"}
        body = {"name": "ledger", "config": config}
        (await running.client.post(INDEXES, json=body)).raise_for_status()

    for turn in range(ROUNDS + 1):
        async with twin_on(state, vectorize_delay_seconds=delay_seconds) as running:
            # What the last round left waiting, on a clock already moved on, is now due.
            step = {"advance_seconds": STEP_SECONDS * (turn + 1)}
            await running.client.post(f"{running.url}/_twin/clock", json=step)
            await check(running.client, ledger, chance)
            if turn == ROUNDS:
                break
            writers = [
                asyncio.create_task(write_until_killed(running.client, f"{turn}-{name}", ledger))
                for name in range(WRITERS)
            ]
            await asyncio.wait(writers, timeout=chance.uniform(0.05, 0.4))
            running.process.kill()
            await asyncio.gather(running.process.wait(), *writers)

    assert len(ledger.latest) > ROUNDS
    assert len(ledger.deleted) > ROUNDS
