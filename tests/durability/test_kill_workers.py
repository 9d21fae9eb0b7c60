"""`kill -9` in the middle of uploads: every Worker that was acknowledged is there, and whole."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.durability.test_kill import twin_on
from tests.workers.forms import HELLO, form, hello

pytestmark = pytest.mark.workerd

ROUNDS = 3
UPLOADERS = 4
# How long uploads go on before the twin is killed.
SECONDS = 3.0


async def upload(client: httpx.AsyncClient, acknowledged: set[str], names: list[str]) -> None:
    """Upload Workers until the twin is gone; each has its name in its code."""
    while names:
        name = names.pop()
        try:
            response = await client.put(
                f"/workers/scripts/{name}", **form(hello(code=f"// {name}\n{HELLO}"))
            )
        except httpx.TransportError:
            return
        if response.status_code == 200:
            acknowledged.add(name)


async def check(client: httpx.AsyncClient, acknowledged: set[str]) -> None:
    listed = (await client.get("/workers/scripts")).json()["result"]
    assert acknowledged <= {script["id"] for script in listed}
    for script in listed:
        name = script["id"]
        content = (await client.get(f"/workers/scripts/{name}")).content
        deployments = (await client.get(f"/workers/scripts/{name}/deployments")).json()["result"]
        assert name.encode() in content
        assert len(deployments["deployments"]) == 1


async def test_every_acknowledged_worker_survives(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    names = [f"worker-{number}" for number in range(400)]
    for _ in range(ROUNDS):
        async with twin_on(tmp_path / "state") as running:
            await check(running.client, acknowledged)
            before = len(acknowledged)
            uploads = [
                asyncio.create_task(upload(running.client, acknowledged, names))
                for _ in range(UPLOADERS)
            ]
            await asyncio.wait(uploads, timeout=SECONDS)
            running.process.kill()
            await asyncio.gather(running.process.wait(), *uploads)
            assert len(acknowledged) > before

    async with twin_on(tmp_path / "state") as running:
        await check(running.client, acknowledged)
