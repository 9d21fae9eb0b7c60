"""`/_twin/latency` and `/_twin/timings`, as a load test uses them."""

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.histogram import Histogram
from tests.latency.profiles import TEXT


async def test_a_profile_is_turned_on_told_with_its_sources_and_turned_off(
    client: httpx.AsyncClient, twin: Twin
) -> None:
    assert (await client.get("/_twin/latency")).json() == {
        "profile": None,
        "profiles": ["europe-to-us", "loopback", "same-region"],
    }
    await client.put("/_twin/latency", json={"profile": "europe-to-us", "seed": 9})
    told = (await client.get("/_twin/latency")).json()["profile"]

    assert (told["name"], told["home"], told["seed"]) == ("europe-to-us", "ENAM", 9)
    assert 0 < told["guesses"] < len(told["network"]) + len(told["service"])
    assert all(row["source"] for row in told["service"])
    await client.delete("/_twin/latency")
    assert twin.latency.delays is None


async def test_a_profile_may_be_put_as_text(client: httpx.AsyncClient, twin: Twin) -> None:
    put = await client.put("/_twin/latency", json={"text": TEXT})

    assert put.json()["profile"]["name"] == "by-hand"
    assert twin.latency.delays is not None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"profile": "moon"}, "no latency profile 'moon'"),
        ({"profile": "/etc/hosts.toml"}, "is put as its text"),
        ({"text": "[profile]\nname = 1"}, "profile.name"),
        ({}, "a profile's name, or its text"),
    ],
)
async def test_what_is_no_profile_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, twin: Twin, body: dict[str, str], says: str
) -> None:
    await client.put("/_twin/latency", json={"text": TEXT})
    refused = await client.put("/_twin/latency", json=body)

    assert refused.status_code == 400
    assert says in refused.text
    assert twin.latency.delays is not None
    assert twin.latency.delays.profile.name == "by-hand"


async def test_times_are_kept_for_each_operation_from_when_they_are_asked_for(
    client: httpx.AsyncClient, rest: httpx.AsyncClient
) -> None:
    await rest.get("/d1/database")
    await client.put("/_twin/timings")
    for _ in range(3):
        await rest.get("/d1/database")
    await rest.get("/d1/database/none")
    told = (await client.get("/_twin/timings")).json()

    found = {one["operation"]: one for one in told["operations"] if one["door"] == "rest"}
    assert Histogram.of(found["d1.database.list"]["total"]).count == 3
    assert found["d1.database.get"]["failed"] == {"404": 1}
    assert found["d1.database.list"]["added"] == {}
    assert (await client.delete("/_twin/timings")).json() == {"since": None}
    assert (await client.get("/_twin/timings")).json()["operations"] == []


async def test_who_reads_times_learns_which_profile_they_are_of(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/_twin/timings")).json()["profile"] is None
    await client.put("/_twin/latency", json={"profile": "loopback"})
    first = (await client.get("/_twin/timings")).json()["profile"]
    await client.put("/_twin/latency", json={"profile": "same-region"})
    second = (await client.get("/_twin/timings")).json()["profile"]

    assert (first["name"], second["name"]) == ("loopback", "same-region")
    assert first["digest"] != second["digest"]


async def test_queues_are_told_by_database_with_their_longest(
    client: httpx.AsyncClient, rest: httpx.AsyncClient, account: Account
) -> None:
    await client.put("/_twin/latency", json={"profile": "loopback"})
    database = account.d1.create_database("shop").id
    await rest.post(f"/d1/database/{database}/query", json={"sql": "SELECT 1"})
    [queue] = (await client.get("/_twin/timings/queues")).json()["queues"]

    assert queue == {
        "queue": "database",
        "account_id": account.id,
        "resource": database,
        "door": "",
        "length": 0,
        "longest": 0,
        "refused": 0,
    }
