"""Time Travel through the API, as wrangler asks for it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock, iso
from emulator.d1 import rest, time_travel_rest
from emulator.d1.database import D1Database
from emulator.wire.api import ApiV4
from tests.assertions import assert_failure


@pytest.fixture
async def travel(
    twin: Twin, account: Account, token: str, database: D1Database
) -> AsyncIterator[httpx.AsyncClient]:
    """The database's `time_travel`."""
    transport = httpx.ASGITransport(ApiV4(twin, (*rest.ROUTES, *time_travel_rest.ROUTES)))
    path = f"/client/v4/accounts/{account.id}/d1/database/{database.id}/time_travel"
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://twin{path}", headers=headers
    ) as client:
        yield client


async def test_a_bookmark_of_now_and_of_then(
    travel: httpx.AsyncClient, database: D1Database, clock: ManualClock
) -> None:
    database.execute("CREATE TABLE t (a)")
    then, bookmark = clock.now(), database.bookmark()
    clock.advance(60)
    database.execute("INSERT INTO t VALUES (1)")

    now = (await travel.get("/bookmark")).json()["result"]
    past = (await travel.get("/bookmark", params={"timestamp": iso(then + 1)})).json()["result"]

    assert now == {"bookmark": database.bookmark()}
    assert past == {"bookmark": bookmark}


@pytest.mark.parametrize("by", ["bookmark", "timestamp"])
async def test_a_restore_and_its_undoing(
    travel: httpx.AsyncClient, database: D1Database, clock: ManualClock, by: str
) -> None:
    database.execute("CREATE TABLE t (a); INSERT INTO t VALUES ('kept')")
    point = {"bookmark": database.bookmark(), "timestamp": iso(clock.now() + 1)}[by]
    clock.advance(60)
    database.execute("DROP TABLE t")
    dropped = database.bookmark()

    restored = (await travel.post("/restore", params={by: point})).json()["result"]

    assert database.execute("SELECT a FROM t")[0].rows == [("kept",)]
    assert restored["bookmark"] == database.bookmark()
    assert restored["previous_bookmark"] == dropped

    await travel.post("/restore", params={"bookmark": restored["previous_bookmark"]})

    assert database.size().tables == 0


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "Either bookmark or timestamp is required"),
        ({"bookmark": "x"}, "Invalid property: bookmark => Invalid bookmark"),
        ({"timestamp": "soon"}, "Invalid property: timestamp => Invalid timestamp"),
    ],
)
async def test_no_point_to_go_back_to(
    travel: httpx.AsyncClient, params: dict[str, str], reason: str
) -> None:
    response = await travel.post("/restore", params=params)

    message = f"The request is malformed: {reason}"
    assert_failure(response, status=400, code=7400, message=message)


async def test_a_moment_before_the_database_has_no_history(
    travel: httpx.AsyncClient,
) -> None:
    response = await travel.get("/bookmark", params={"timestamp": "2020-01-01T00:00:00Z"})

    message = "Time Travel: no history available for the given timestamp"
    assert_failure(response, status=400, code=7500, message=message)
