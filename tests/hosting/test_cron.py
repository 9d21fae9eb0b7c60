"""Cron handlers of Workers that run: by the clock, by the control plane, and at the edge."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import TwinServer, serving
from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

WORKER = """
export default {
  fetch: () => new Response("hello"),
  async scheduled(controller) {
    if (controller.cron === "1 1 * * *") throw new Error("it is broken");
    console.log("ran", controller.cron, new Date(controller.scheduledTime).toISOString());
  },
};
"""
HOUR = 3_600
Json = dict[str, Any]


@pytest.fixture(scope="module")
def twin_server() -> Iterator[TwinServer]:
    """A twin of this file's own: its clock is moved by hours, which S3's clients notice."""
    with serving() as server:
        yield server


def lines_of(workers: Deployed, count: int) -> list[str]:
    """What the script has logged, once there are so many lines."""
    asked = {"account_id": workers.account.id, "script": "clockwork"}
    for _ in range(5_000):
        found = workers.server.control.get("/_twin/logs", params=asked).json()["lines"]
        if len(found) >= count:
            return [line["text"] for line in found]
    pytest.fail(f"no {count} lines: {found}")


def run(workers: Deployed, **body: Any) -> Json:
    asked = {"account_id": workers.account.id, "script": "clockwork", **body}
    answer: Json = workers.server.control.post("/_twin/cron", json=asked).json()
    return answer


def test_a_clock_that_is_moved_on_runs_every_tick_in_order(workers: Deployed) -> None:
    workers.deploy("clockwork", WORKER)
    workers.api.put("/scripts/clockwork/schedules", json=[{"cron": "0 * * * *"}])

    workers.server.clock.advance(3 * HOUR)

    ran = lines_of(workers, 3)
    assert ran == sorted(ran)
    assert all(":00:00.000Z" in line for line in ran)


def test_a_handler_is_run_at_once_and_tells_its_outcome(workers: Deployed) -> None:
    workers.deploy("clockwork", WORKER)

    assert run(workers, cron="5 4 * * *", time=1_700_000_000)["outcome"] == "ok"
    assert lines_of(workers, 1) == ["ran 5 4 * * * 2023-11-14T22:13:20.000Z"]
    assert run(workers, cron="1 1 * * *")["outcome"] == "exception"


def test_the_edge_runs_a_handler_as_wrangler_dev_does(workers: Deployed) -> None:
    workers.deploy("clockwork", WORKER)

    answer = workers.get("clockwork", "/cdn-cgi/handler/scheduled?cron=9+9+*+*+*&time=1000")

    assert (answer.status_code, answer.text) == (200, "ok")
    assert lines_of(workers, 1) == ["ran 9 9 * * * 1970-01-01T00:00:01.000Z"]


def test_a_script_that_is_not_there_has_no_handler(workers: Deployed) -> None:
    refused = run(workers, cron="* * * * *")

    assert refused["errors"][0]["code"] == 10007


def test_schedules_are_listed_with_their_next_time(workers: Deployed) -> None:
    workers.deploy("clockwork", WORKER)
    workers.api.put("/scripts/clockwork/schedules", json=[{"cron": "0 0 1 1 *"}])

    asked = {"account_id": workers.account.id}
    [row] = workers.server.control.get("/_twin/cron", params=asked).json()["schedules"]

    assert (row["script"], row["cron"]) == ("clockwork", "0 0 1 1 *")
    assert row["next_iso"].endswith("-01-01T00:00:00.000000Z")
