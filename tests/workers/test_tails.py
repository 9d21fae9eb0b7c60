"""Who watches which script, and what of it each gets."""

from random import Random
from typing import Any

import pytest

from emulator.workers.tails import MAX_WAITING, Watcher, Watchers, passes

ACCOUNT = "a" * 32
Json = dict[str, Any]

EVENT: Json = {
    "outcome": "exception",
    "logs": [{"message": ["sold", {"item": "pen"}], "level": "log", "timestamp": 1}],
    "exceptions": [],
    "event": {
        "request": {
            "method": "POST",
            "url": "http://shop/",
            "headers": {"CF-Connecting-IP": "192.0.2.1", "x-Plan": "gold and silver"},
        }
    },
}
CRON: Json = {"outcome": "ok", "logs": [], "event": {"cron": "* * * * *"}}


def passed(filters: list[Json], event: Json = EVENT, address: str | None = None) -> bool:
    return all(passes(event, one, Random(1), address) for one in filters)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([], True),
        ([{"outcome": ["exception", "exceededCpu"]}], True),
        ([{"outcome": ["ok"]}], False),
        ([{"method": ["POST"]}], True),
        ([{"method": ["GET"]}], False),
        ([{"header": {"key": "X-PLAN"}}], True),
        ([{"header": {"key": "x-plan", "query": "silver"}}], True),
        ([{"header": {"key": "x-plan", "query": "iron"}}], False),
        ([{"header": {"key": "x-none"}}], False),
        ([{"client_ip": ["192.0.2.1"]}], True),
        ([{"client_ip": ["192.0.2.2"]}], False),
        ([{"query": "pen"}], True),
        ([{"query": "ink"}], False),
        ([{"sampling_rate": 1}], True),
        ([{"sampling_rate": 0}], False),
        ([{"method": ["POST"]}, {"query": "ink"}], False),
    ],
)
def test_every_filter_has_to_let_an_event_through(filters: list[Json], wanted: bool) -> None:
    assert passed(filters) is wanted


@pytest.mark.parametrize("one", [{"method": ["GET"]}, {"header": {"key": "host"}}])
def test_a_cron_event_has_neither_method_nor_headers(one: Json) -> None:
    assert not passed([one], CRON)
    assert passed([{"outcome": ["ok"]}], CRON)


def test_self_is_the_address_of_who_watches() -> None:
    assert passed([{"client_ip": ["self"]}], address="192.0.2.1")
    assert not passed([{"client_ip": ["self"]}], address="192.0.2.2")


async def test_the_runtime_is_told_of_the_first_and_the_last_watcher() -> None:
    watchers = Watchers(Random(1))
    told: list[tuple[str, bool]] = []

    async def tell(account_id: str, script: str, watched: bool) -> None:
        told.append((script, watched))

    watchers.tell = tell
    first, second = Watcher(ACCOUNT, "shop", []), Watcher(ACCOUNT, "shop", [])
    await watchers.subscribe(first)
    await watchers.subscribe(second)
    await watchers.unsubscribe(first)
    assert (("shop", False) in told, told[0]) == (False, ("shop", True))

    await watchers.unsubscribe(second)
    assert told[-1] == ("shop", False)


async def test_other_scripts_and_accounts_are_not_seen() -> None:
    watchers, watcher = Watchers(Random(1)), Watcher(ACCOUNT, "shop", [])
    await watchers.subscribe(watcher)

    watchers.publish(ACCOUNT, "other", EVENT)
    watchers.publish("b" * 32, "shop", EVENT)
    watchers.publish(ACCOUNT, "shop", CRON)

    assert await watcher.next() is CRON


async def test_a_slow_watcher_is_told_how_much_it_missed() -> None:
    watcher = Watcher(ACCOUNT, "shop", [])
    for _ in range(MAX_WAITING + 3):
        watcher.offer(EVENT, Random(1))

    got = [await watcher.next() for _ in range(MAX_WAITING + 1)]

    assert all(event is EVENT for event in got[:-1])
    assert got[-1]["event"]["type"] == "overload"
    assert "3 events" in got[-1]["event"]["message"]
