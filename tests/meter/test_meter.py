"""The meter: nothing is lost, whoever asks, and memory is bounded."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.asking import ASKER, Asked
from emulator.core.clock import ManualClock
from emulator.core.events import Event, EventLog
from emulator.meter import meter as metering
from emulator.meter.cpu import REQUESTS_BETWEEN
from emulator.meter.ledger import OTHERS, Key, Ledger, by_text, total_of
from emulator.meter.meter import Meter, NoRun, RunExists, TooManyRuns
from emulator.meter.runs import MAX_STATEMENTS
from emulator.meter.told import meter_json, run_json

BEARER = (b"authorization", b"Bearer x.eyJzdWIiOiAiYW5uYSJ9.x")


class Process:
    """Takes 10 ms each time somebody looks."""

    def __init__(self, pid: int) -> None:
        self.seconds = 0.0

    def cpu_seconds(self) -> float:
        self.seconds += 0.01
        return self.seconds


@pytest.fixture
def events() -> EventLog:
    return EventLog(10)


@pytest.fixture
def meter(events: EventLog, clock: ManualClock) -> Meter:
    return Meter(clock, events, Process)


@pytest.fixture
def asked_by_shop() -> Iterator[None]:
    before = ASKER.set(Asked("a", "binding", "POST", "/run", "shop"))
    yield
    ASKER.reset(before)


def query(sql: str = "SELECT 1", rows: int = 1, account_id: str = "a", **more: Any) -> Event:
    detail = {"sql": [sql], "rows_read": rows, "rows_written": 0}
    event = Event(
        0.0, "ray", "binding", "d1.query", account_id, "POST", "/query", 200, None, 1.0, detail
    )
    return event._replace(**more)


def units(meter: Meter, account_id: str | None = None) -> dict[str, float]:
    found: dict[str, float] = meter_json(meter, {}, account_id)["units"]
    return found


def test_everything_heard_is_counted_whenever_it_is_looked_at(
    events: EventLog, meter: Meter
) -> None:
    for count in range(1, 1_001):
        events.record(query())
        if count in (1, 255, 256, 1_000):
            assert units(meter)["rows_read"] == count


def test_two_threads_lose_nothing(events: EventLog, meter: Meter) -> None:
    def work() -> None:
        for _ in range(2_000):
            events.record(query())

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert units(meter)["rows_read"] == 4_000


def test_callers_are_told_apart(events: EventLog, meter: Meter) -> None:
    events.record(query(rows=2, script="shop"))
    events.record(query(rows=3, operation="d1.database.query", door="api"))
    events.record(query(rows=5, account_id="b"))

    told = meter_json(meter, {}, "a")["used"]
    assert [(one["product"], one["script"], one["units"]["rows_read"]) for one in told] == [
        ("d1", "shop", 2),
        ("d1", None, 3),
    ]


def test_an_account_that_is_emptied_is_forgotten_but_not_by_runs(
    events: EventLog, meter: Meter
) -> None:
    run = meter.start("load")
    events.record(query())

    meter.forget("a")

    assert units(meter) == {}
    assert run_json(meter, run, {}, None)["units"]["rows_read"] == 1


def test_a_run_counts_between_start_and_stop(
    events: EventLog, meter: Meter, clock: ManualClock
) -> None:
    events.record(query(rows=100))
    run = meter.start("load", "a")
    events.record(query(rows=2))
    events.record(query(rows=50, account_id="b"))
    clock.advance(60)

    meter.stop("load")
    events.record(query(rows=100))

    told = run_json(meter, run, {}, None)
    assert (told["units"], told["seconds"]) == ({"rows_read": 2, "rows_written": 0}, 60)


def test_runs_have_names_of_their_own_and_are_limited(
    meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "MAX_RUNS", 1)
    meter.start("load")

    with pytest.raises(RunExists):
        meter.start("load")
    with pytest.raises(TooManyRuns):
        meter.start("another")
    meter.drop("load")
    with pytest.raises(NoRun):
        meter.run("load")


def test_a_traced_run_names_the_statements_of_a_batch(events: EventLog, meter: Meter) -> None:
    run = meter.start("load", traced=True)
    batch = {"sql": ["SELECT a", "SELECT b"], "rows_read": 7, "rows_written": 0}
    events.record(query(detail={**batch, "rows": [(5, 0), (2, 0)]}))
    events.record(query("SELECT a", 5))

    told = run_json(meter, run, {}, None)["statements"]

    assert [(one["sql"], one["calls"], one["units"]["rows_read"]) for one in told] == [
        ("SELECT a", 2, 10),
        ("SELECT b", 1, 2),
    ]


def test_a_traced_run_knows_who_a_lone_request_is_for(events: EventLog, meter: Meter) -> None:
    run = meter.start("load", traced=True)
    assert meter.requests is not None
    meter.requests.begin("a", "shop", "7-AMS", "GET", "/jobs", [BEARER])
    events.record(query(script="shop", ray="1"))
    meter.requests.begin("a", "shop", "8-AMS", "GET", "/jobs", [])
    events.record(query(script="shop", ray="2"))

    told = run_json(meter, run, {}, None)

    assert [one["request"] for one in told["requests"]] == ["7-AMS GET /jobs", "(unknown)"]
    assert [one["user"] for one in told["users"]] == ["anna", "(unknown)"]


def test_nobody_looks_at_requests_once_the_traced_run_has_stopped(meter: Meter) -> None:
    meter.start("plain")
    assert meter.requests is None
    meter.start("traced", traced=True)
    assert meter.requests is not None

    meter.stop("traced")

    assert meter.requests is None


def test_neurons_are_those_of_who_asked_the_model(meter: Meter, asked_by_shop: None) -> None:
    meter.spent("a", "@cf/baai/bge-m3", 2.5)

    assert meter.callers.used()[0][:2] == (Key("a", "shop", "ai.@cf/baai/bge-m3"), 1)
    assert units(meter) == {"neurons": 2.5}


def test_cpu_time_counts_from_the_first_answer(meter: Meter) -> None:
    for _ in range(1 + 2 * REQUESTS_BETWEEN):
        meter.answered("a", "shop", 1)

    assert units(meter)["cpu_ms"] == pytest.approx(30)


def test_a_process_that_has_gone_is_no_error(events: EventLog, clock: ManualClock) -> None:
    def gone(pid: int) -> Process:
        raise ProcessLookupError

    meter = Meter(clock, events, gone)

    meter.answered("a", "shop", 1)

    assert units(meter) == {}


def test_crons_and_console_lines_are_counted(meter: Meter) -> None:
    meter.scheduled("a", "shop")
    meter.logged("a", "shop")

    assert units(meter) == {"requests": 1, "console_lines": 1}


def test_statements_take_bounded_memory(events: EventLog, meter: Meter) -> None:
    run = meter.start("load", traced=True)
    for number in range(MAX_STATEMENTS + 10):
        events.record(query(f"SELECT {number}"))

    meter.look()

    used = run.statements.used()
    assert len(used) == MAX_STATEMENTS + 1
    assert used[-1].key == OTHERS
    assert total_of(used)["rows_read"] == MAX_STATEMENTS + 10


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 1_000)), max_size=50))
def test_a_full_ledger_loses_nothing(added: list[tuple[str, int]]) -> None:
    ledger: Ledger[str] = by_text(3)

    for key, amount in added:
        ledger.add(key, {"rows_read": amount})

    used = ledger.used()
    assert len(used) <= 4
    assert sum(one.calls for one in used) == len(added)
    assert total_of(used).get("rows_read", 0) == sum(amount for _, amount in added)
