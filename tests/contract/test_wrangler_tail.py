"""`wrangler tail` beside a Worker that runs: what it prints, and what it leaves out."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL
from threading import Timer
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import wrangler_command
from tests.deployed import Deployed

pytestmark = [pytest.mark.wrangler, pytest.mark.workerd]

WORKER = """
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/broken") throw new TypeError("it is broken");
    console.log("served", pathname, { deep: [1, 2] });
    console.warn("careful");
    return new Response("hello");
  },
  async scheduled(controller) { console.log("cron", controller.cron); },
};
"""

LIMIT_SECONDS = 40
CONNECTED = "waiting for logs"

Json = dict[str, Any]
Tail = Callable[..., "Tailing"]


class Tailing:
    """A `wrangler tail` that runs."""

    def __init__(self, command: list[str], environment: dict[str, str], directory: Path) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        # A tail that says nothing more ends, and fails its test.
        self._limit = Timer(LIMIT_SECONDS, self._kill)
        self._limit.start()

    def until(self, text: str) -> str:
        """All that it prints until a line has the text."""
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        pytest.fail(f"it ended without {text!r}: {''.join(lines)}")

    def event(self) -> Json:
        """The next event of `--format json`, which is one object over many lines."""
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            if lines or line == "{\n":
                lines.append(line)
            if line == "}\n":
                event: Json = json.loads("".join(lines))
                return event
        pytest.fail("it ended")

    def interrupt(self) -> None:
        self._process.send_signal(SIGINT)
        self._process.communicate(timeout=30)

    def close(self) -> None:
        self._limit.cancel()
        self._kill()
        self._process.communicate()

    def _kill(self) -> None:
        """It and the process that does wrangler's work."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, SIGKILL)


@pytest.fixture
def workers(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    deployed.deploy("shop", WORKER)
    yield deployed
    deployed.close()


@pytest.fixture
def tail(
    twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path
) -> Iterator[Callable[..., Tailing]]:
    """Starts `wrangler tail shop`, and waits until it is connected."""
    command, environment = wrangler_command(twin_server, twin_account, tmp_path)
    running: list[Tailing] = []

    def start(*options: str) -> Tailing:
        arguments = [*command, "tail", "shop", *options]
        running.append(Tailing(arguments, environment, tmp_path))
        return running[-1]

    yield start
    for one in running:
        one.close()


def test_what_a_worker_logs_is_printed(workers: Deployed, tail: Tail) -> None:
    tailing = tail("--format", "pretty")
    tailing.until(CONNECTED)

    assert workers.get("shop", "/basket").text == "hello"

    printed = tailing.until("careful")
    assert f"GET http://{workers.host('shop')}/basket - Ok" in printed
    assert "(log) served /basket { deep: [ 1, 2 ] }" in printed


def test_an_exception_is_told_with_its_stack(workers: Deployed, tail: Tail) -> None:
    tailing = tail("--format", "pretty", "--status", "error")
    tailing.until(CONNECTED)

    assert workers.get("shop", "/fine").status_code == 200
    assert workers.get("shop", "/broken").status_code == 500

    printed = tailing.until("worker.js:")
    assert "TypeError: it is broken" in printed
    assert "/fine" not in printed


def test_an_event_has_what_was_asked_and_answered(workers: Deployed, tail: Tail) -> None:
    tailing = tail("--format", "json", "--search", "second")
    ask_when_watched(workers, "/second")

    event = tailing.event()

    assert event["scriptName"] == "shop"
    assert event["outcome"] == "ok"
    assert event["event"]["request"]["method"] == "GET"
    assert event["event"]["response"] == {"status": 200}
    assert event["logs"][0]["message"] == ["served", "/second", {"deep": [1, 2]}]


def test_a_tail_that_is_stopped_is_deleted(workers: Deployed, tail: Tail) -> None:
    tailing = tail("--format", "pretty")
    tailing.until(CONNECTED)
    assert workers.api.get("/scripts/shop/tails").json()["result"]["id"]

    tailing.interrupt()

    assert workers.api.get("/scripts/shop/tails").json()["result"] is None
    assert workers.get("shop", "/later").text == "hello"


def ask_when_watched(workers: Deployed, path: str) -> None:
    """Ask once the tail is open, which `--format json` does not say."""
    wanted = {"account_id": workers.account.id, "operation": "workers.tails.watch"}
    for _ in range(10_000):
        if workers.server.control.get("/_twin/events", params=wanted).json()["events"]:
            workers.get("shop", path)
            return
    pytest.fail("nobody watches")
