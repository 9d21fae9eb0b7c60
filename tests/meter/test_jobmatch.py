"""The reference Worker: the meter has the rows that D1's own counters have, and who asked."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.people import People
from e2e.settings import PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started
from emulator.meter.reading import factor_of, monthly

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(120), pytest.mark.xdist_group("meter")]
Told = Mapping[str, Any]
ENVIRONMENT = "development"
RUN = "/_twin/meter/runs/jobmatch"


@pytest.fixture
def twin() -> Iterator[Told]:
    with started(PROJECT / "wrangler.toml", ENVIRONMENT) as ready:
        yield ready


@pytest.fixture
def target(twin: Told) -> Iterator[Target]:
    with on_twin("own", twin, ENVIRONMENT) as target:
        yield target


@pytest.fixture
def people(target: Target) -> Iterator[People]:
    people = People(target, Exchanges())
    yield people
    people.close()


def rows_of(twin: Told) -> tuple[int, int]:
    """What D1's analytics say of all databases, which are not made of events."""
    headers = {"authorization": f"Bearer {twin['api_token']}"}
    with httpx.Client(base_url=twin["api"], headers=headers, trust_env=False) as api:
        listed = api.get(f"/accounts/{twin['account_id']}/d1/database").json()["result"]
        sums = [metrics(api, twin["account_id"], one["uuid"]) for one in listed]
    return sum(one["rowsRead"] for one in sums), sum(one["rowsWritten"] for one in sums)


def metrics(api: httpx.Client, account_id: str, database_id: str) -> dict[str, int]:
    condition = {"AND": [{"databaseId": database_id}]}
    body = {
        "query": "query { viewer { accounts { d1AnalyticsAdaptiveGroups { sum { rowsRead } } } } }",
        "variables": {"accountTag": account_id, "filter": condition},
    }
    told: Any = api.post("/graphql", json=body).raise_for_status().json()["data"]["viewer"]
    [group] = told["accounts"][0]["d1AnalyticsAdaptiveGroups"]
    return cast(dict[str, int], group["sum"])


def test_the_meter_has_the_rows_of_d1s_own_counters_and_the_users(
    twin: Told, target: Target, people: People
) -> None:
    control = target.control
    assert control is not None
    anna, ben = people.new("anna"), people.new("ben")
    before = rows_of(twin)
    control.post("/_twin/meter/runs", json={"name": "jobmatch", "traced": True}).raise_for_status()

    for person in (anna, ben):
        for number in range(3):
            job = {"title": f"Zoologist {number}", "company": "Northwind"}
            assert person.post("/api/jobs", json=job).status_code < 300
        assert person.get("/api/jobs").status_code == 200
        assert person.post("/api/jobs/search", json={"query": "zoologist"}).status_code == 200

    control.put(RUN).raise_for_status()
    after, told = rows_of(twin), control.get(RUN).json()
    assert told["units"]["rows_read"] == after[0] - before[0] > 0
    assert told["units"]["rows_written"] == after[1] - before[1] > 0
    assert told["units"]["requests"] == 10
    assert len([one for one in told["users"] if one["user"] != "(unknown)"]) == 2
    bill = monthly(told, factor_of(told, 1))
    assert (str(bill.dollars), bill.beyond_free) == ("5.00", ())
    assert {line.price.unit for line in bill.lines if line.used} >= {"cpu_ms", "d1_bytes"}
