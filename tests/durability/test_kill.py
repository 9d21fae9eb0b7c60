"""`kill -9` in the middle of a write load: every acknowledged write is there afterwards.

Each round starts a twin on the state the last one left, counts what is there, then writes
until it is killed. All of it twice, side by side.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from emulator.core.settings import DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN
from tests.durability import ROUNDS

WRITERS = 4
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")


@dataclass(slots=True)
class Ledger:
    """What was acknowledged so far."""

    d1: set[int] = field(default_factory=set)
    kv: set[str] = field(default_factory=set)
    next_number: int = 0

    def number(self) -> int:
        self.next_number += 1
        return self.next_number


@dataclass(frozen=True, slots=True)
class Running:
    process: asyncio.subprocess.Process
    client: httpx.AsyncClient
    url: str


@asynccontextmanager
async def twin_on(state: Path, **settings: object) -> AsyncIterator[Running]:
    """A twin of its own on the state; `settings` by their names."""
    chosen = {f"CFTWIN_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", "up", "--json", "--state", str(state), *PORTS,
        cwd=state.parent,
        env=os.environ | chosen,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    client = httpx.AsyncClient(
        base_url=f"{ready['api']}/accounts/{DEFAULT_ACCOUNT_ID}",
        headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"},
        timeout=30,
        trust_env=False,
    )
    try:
        yield Running(process, client, ready["api"].removesuffix("/client/v4"))
    finally:
        await client.aclose()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def prepare(state: Path) -> tuple[str, str]:
    """A database with one table and a namespace; their ids."""
    async with twin_on(state) as running:
        client = running.client
        made = await client.post("/d1/database", json={"name": "ledger"})
        database_id = made.json()["result"]["uuid"]
        sql = "CREATE TABLE acknowledged (n INTEGER PRIMARY KEY)"
        await client.post(f"/d1/database/{database_id}/query", json={"sql": sql})
        made = await client.post("/storage/kv/namespaces", json={"title": "ledger"})
        return database_id, made.json()["result"]["id"]


async def write_until_killed(
    client: httpx.AsyncClient, database_id: str, namespace_id: str, ledger: Ledger
) -> None:
    sql = "INSERT INTO acknowledged (n) VALUES (?)"
    try:
        while True:
            n = ledger.number()
            path = f"/d1/database/{database_id}/query"
            inserted = await client.post(path, json={"sql": sql, "params": [n]})
            if inserted.status_code == 200:
                ledger.d1.add(n)
            put = await client.put(
                f"/storage/kv/namespaces/{namespace_id}/values/k{n}", content=b"x"
            )
            if put.status_code == 200:
                ledger.kv.add(f"k{n}")
    except httpx.TransportError:
        return


async def stored(client: httpx.AsyncClient, database_id: str, namespace_id: str) -> Ledger:
    sql = "SELECT n FROM acknowledged"
    answer = await client.post(f"/d1/database/{database_id}/raw", json={"sql": sql})
    found = Ledger(d1={row[0] for row in answer.json()["result"][0]["results"]["rows"]})
    cursor = ""
    while True:
        path = f"/storage/kv/namespaces/{namespace_id}/keys"
        page = (await client.get(path, params={"cursor": cursor} if cursor else {})).json()
        found.kv |= {row["name"] for row in page["result"]}
        if not (cursor := page["result_info"]["cursor"]):
            return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
async def test_every_acknowledged_write_survives_kill_9(tmp_path: Path, seed: int) -> None:
    state, chance, ledger = tmp_path / "state", random.Random(seed), Ledger()
    database_id, namespace_id = await prepare(state)

    for _ in range(ROUNDS):
        async with twin_on(state) as running:
            found = await stored(running.client, database_id, namespace_id)
            assert ledger.d1 <= found.d1
            assert ledger.kv <= found.kv
            writers = [
                asyncio.create_task(
                    write_until_killed(running.client, database_id, namespace_id, ledger)
                )
                for _ in range(WRITERS)
            ]
            await asyncio.wait(writers, timeout=chance.uniform(0.05, 0.4))
            running.process.kill()
            await asyncio.gather(running.process.wait(), *writers)

    assert len(ledger.d1) > ROUNDS * WRITERS
    assert len(ledger.kv) > ROUNDS * WRITERS
