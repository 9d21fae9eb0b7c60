"""A database whose queue is full, at both doors of D1."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.latency.profile import parse
from tests.bindings import Runtime
from tests.latency.moments import taken
from tests.latency.profiles import TEXT

SELECT = {"sql": "SELECT 1 AS one", "params": []}
OVERLOADED = "D1 DB is overloaded. Too many requests queued."


@pytest.fixture
def twin(tmp_path: Path, clock: ManualClock) -> Iterator[Twin]:
    twin = Twin(Settings(state=tmp_path / "state", d1_queue=1), clock=clock, ids=Ids(seed=1))
    twin.latency.turn(parse(TEXT.replace("fixed = 10\n", "fixed = 300\n")))
    yield twin
    twin.close()


@pytest.fixture
def database(account: Account) -> str:
    database = account.d1.open(account.d1.create_database("shop").id)
    database.execute(SELECT["sql"])  # type: ignore[arg-type]  # it is the text
    return database.id


async def test_the_api_says_it_with_d1s_code_and_the_query_is_not_run(
    rest: httpx.AsyncClient, account: Account, database: str, clock: ManualClock
) -> None:
    before = account.d1.open(database).usage().read_queries
    path = f"/d1/database/{database}/query"
    found = await taken(clock, *(rest.post(path, json=SELECT) for _ in range(3)))

    assert sorted(answer.status_code for _, answer in found) == [200, 200, 429]
    [(milliseconds, refused)] = [one for one in found if one[1].status_code == 429]
    assert milliseconds == 100
    assert refused.json()["errors"] == [{"code": 7429, "message": OVERLOADED}]
    assert account.d1.open(database).usage().read_queries == before + 2


async def test_a_worker_is_told_so_as_an_error_of_d1(
    runtime: Runtime, database: str, twin: Twin
) -> None:
    twin.latency.turn(parse(TEXT.replace("fixed = 60\n", "fixed = 0\n")))
    env = await runtime.bind("d1", database)
    asking = [asyncio.ensure_future(env.post("/query", json=SELECT)) for _ in range(3)]
    # Time stands still, so that only who is refused has an answer.
    refused, served = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    twin.latency.off()

    assert [one.result().json()["error"] for one in refused] == [OVERLOADED]
    for answer in await asyncio.gather(*served):
        assert answer.json()["results"] == [{"one": 1}]
