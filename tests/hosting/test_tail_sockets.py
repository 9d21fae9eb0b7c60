"""A tail's WebSocket, and the command line that watches, beside a Worker that runs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from emulator.cli import main
from emulator.ready import FILE_NAME, Ready
from emulator.testing import TwinServer, serving
from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

WORKER = """
export default {
  fetch(request) {
    console.log("served", new URL(request.url).pathname);
    return new Response("hi");
  },
  scheduled(controller) { console.log("ran", controller.cron); },
};
"""
TRACE = Subprotocol("trace-v1")
HOUR = 3_600


@pytest.fixture(scope="module")
def twin_server() -> Iterator[TwinServer]:
    """A twin of this file's own: its clock is moved by hours, which S3's clients notice."""
    with serving() as server:
        yield server


@pytest.fixture
def shop(workers: Deployed) -> Deployed:
    workers.deploy("shop", WORKER)
    return workers


def opened(workers: Deployed, **body: Any) -> dict[str, str]:
    made: dict[str, str] = workers.api.post("/scripts/shop/tails", json=body).json()["result"]
    return made


def wait_for_watcher(workers: Deployed) -> None:
    wanted = {"account_id": workers.account.id, "operation": "workers.tails.watch"}
    for _ in range(10_000):
        if workers.server.control.get("/_twin/events", params=wanted).json()["events"]:
            return
    pytest.fail("nobody watches")


def watch(url: str, protocol: Subprotocol = TRACE) -> ClientConnection:
    return connect(url, subprotocols=[protocol], proxy=None)


def test_all_who_watch_see_the_same(shop: Deployed) -> None:
    with watch(opened(shop)["url"]) as first, watch(opened(shop)["url"]) as second:
        shop.get("shop", "/pen")
        events = [json.loads(socket.recv(timeout=30)) for socket in (first, second)]

    assert events[0] == events[1]
    assert events[0]["logs"][0]["message"] == ["served", "/pen"]


def test_a_cron_run_is_seen_as_one(shop: Deployed) -> None:
    with watch(opened(shop)["url"]) as socket:
        shop.get("shop", "/cdn-cgi/handler/scheduled?cron=1+2+3+4+*&time=5000")
        event = json.loads(socket.recv(timeout=30))

    assert event["event"] == {"cron": "1 2 3 4 *", "scheduledTime": 5000}


def test_a_script_that_is_deployed_anew_is_watched_still(shop: Deployed) -> None:
    with watch(opened(shop)["url"]) as socket:
        shop.deploy("shop", WORKER.replace("served", "served anew"))
        shop.get("shop", "/ink")
        event = json.loads(socket.recv(timeout=30))

    assert event["logs"][0]["message"] == ["served anew", "/ink"]


def test_a_tail_that_is_deleted_ends(shop: Deployed) -> None:
    tail = opened(shop)
    with watch(tail["url"]) as socket:
        shop.api.delete(f"/scripts/shop/tails/{tail['id']}").raise_for_status()

        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=30)


def test_a_tail_ends_with_its_time(shop: Deployed) -> None:
    with watch(opened(shop)["url"]) as socket:
        shop.server.clock.advance(7 * HOUR)

        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=30)


@pytest.mark.parametrize("place", ["nobody/none", "", "../../client/v4/user"])
def test_there_is_nothing_at_other_addresses(shop: Deployed, place: str) -> None:
    url = f"{shop.server.url.replace('http', 'ws', 1)}/_twin/tails/{place}"

    with pytest.raises(InvalidStatus) as refusal:
        watch(url)

    assert refusal.value.response.status_code == 404


def test_a_tail_speaks_its_own_protocol_alone(shop: Deployed) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        watch(opened(shop)["url"], Subprotocol("chat"))

    assert b"trace-v1" in (refusal.value.response.body or b"")


def cftwin(workers: Deployed, state: Path, *arguments: str) -> Result:
    server, account = workers.server, workers.account
    ready = Ready(server.api, server.edge, server.s3, account.id, 0, account.token)
    (state / FILE_NAME).write_bytes(ready.to_json())
    return CliRunner().invoke(main, [*arguments, "--state", str(state)])


def test_the_command_line_runs_a_schedule_and_prints_what_was_logged(
    shop: Deployed, tmp_path: Path
) -> None:
    ran = cftwin(shop, tmp_path, "cron", "run", "shop", "--cron", "1 2 3 4 *")
    assert (ran.exit_code, ran.output) == (0, "shop: 1 2 3 4 * ran\n")

    printed = (cftwin(shop, tmp_path, "logs", "shop").output for _ in range(1_000))
    assert next(filter(None, printed)) == "[shop] ran 1 2 3 4 *\n"


def test_the_command_line_says_what_is_not_there(shop: Deployed, tmp_path: Path) -> None:
    refused = cftwin(shop, tmp_path, "tail", "nothing")
    assert (refused.exit_code, "does not exist" in refused.output) == (1, True)

    alone = CliRunner().invoke(main, ["logs", "--state", str(tmp_path / "none")])
    assert "no twin runs on" in alone.output


def test_the_command_line_tails_until_the_tail_ends(shop: Deployed, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        tailing = threads.submit(cftwin, shop, tmp_path, "tail", "shop", "--search", "pen")
        wait_for_watcher(shop)
        shop.get("shop", "/ink")
        shop.get("shop", "/pen")
        with watch(opened(shop)["url"]) as socket:
            # Events come in the order of the requests: once this one has come, those have.
            shop.get("shop", "/last")
            socket.recv(timeout=30)
        tail = shop.api.get("/scripts/shop/tails").json()["result"]
        while tail is not None:
            shop.api.delete(f"/scripts/shop/tails/{tail['id']}").raise_for_status()
            tail = shop.api.get("/scripts/shop/tails").json()["result"]
        done = tailing.result(timeout=60)

    assert done.exit_code == 0
    assert done.output == f"GET http://{shop.host('shop')}/pen - ok 200\n  (log) served /pen\n"


def test_what_is_too_deep_is_cut_and_the_tail_goes_on(shop: Deployed) -> None:
    deep = "let deep = 1; for (let n = 0; n < 400; n++) deep = [deep]; console.log(deep);"
    shop.deploy("shop", WORKER.replace("    return new", f"    {deep}\n    return new"))
    with watch(opened(shop)["url"]) as socket:
        shop.get("shop", "/deep")
        event = json.loads(socket.recv(timeout=30))

    assert "[too deep]" in json.dumps(event["logs"][1]["message"])


def test_a_filter_that_is_not_built_is_refused(shop: Deployed) -> None:
    refused = shop.api.post("/scripts/shop/tails", json={"filters": [{"scriptVersion": "1"}]})

    assert (refused.status_code, "scriptVersion" in refused.text) == (501, True)
