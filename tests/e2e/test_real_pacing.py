"""Never more requests in a minute than agreed, whoever asks when; never more in a run."""

from bisect import bisect_right
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.real.pacing import MAX_PER_MINUTE, Budget, BudgetSpent, Pacer, Share
from tests.e2e.clock import Clock

RATES = st.integers(1, MAX_PER_MINUTE)
PAUSES = st.lists(st.floats(0, 90) | st.just(0.0), max_size=250)


def departures(pacer: Pacer, clock: Clock, pauses: list[float]) -> list[float]:
    """When requests leave that are ready after these pauses, each after the one before."""
    times = []
    for pause in pauses:
        clock.time += pause
        pacer.pass_one()
        times.append(clock.time)
    return times


def most_in_a_minute(times: list[float]) -> int:
    """Of all windows of sixty seconds, whose ends belong to them."""
    times = sorted(times)
    counts = (bisect_right(times, start + 60) - place for place, start in enumerate(times))
    return max(counts, default=0)


@given(RATES, PAUSES)
def test_no_minute_sees_more_than_agreed(per_minute: int, pauses: list[float]) -> None:
    clock = Clock()

    times = departures(Pacer(per_minute, clock.now, clock.wait), clock, pauses)

    assert most_in_a_minute(times) <= per_minute


@given(RATES, PAUSES, PAUSES)
def test_nor_does_one_in_which_a_clean_up_begins(
    per_minute: int, run: list[float], clean_up: list[float]
) -> None:
    clock = Clock()

    first = Pacer(per_minute, clock.now, clock.wait)
    times = departures(first, clock, run)
    second = Pacer(per_minute, clock.now, clock.wait, first.departures)
    times += departures(second, clock, clean_up)

    assert most_in_a_minute(times) <= per_minute


@given(RATES, st.integers(1, 8), st.data())
def test_nor_do_several_processes_together(
    per_minute: int, processes: int, data: st.DataObject
) -> None:
    shares = [Share(index, processes).part(per_minute) for index in range(processes)]
    times: list[float] = []
    for share in filter(None, shares):
        clock = Clock()
        pauses = data.draw(st.lists(st.floats(0, 30), max_size=60))
        times += departures(Pacer(share, clock.now, clock.wait), clock, pauses)

    assert most_in_a_minute(times) <= per_minute


@given(st.integers(0, 5_000), st.integers(1, 32))
def test_shares_are_fair_and_nothing_is_lost(whole: int, processes: int) -> None:
    parts = [Share(index, processes).part(whole) for index in range(processes)]

    assert sum(parts) == whole
    assert max(parts) - min(parts) <= 1


def test_a_page_may_ask_several_things_at_once() -> None:
    clock = Clock()

    departures(Pacer(100, clock.now, clock.wait), clock, [0.0] * 50)

    assert clock.waits == []


def test_a_long_run_uses_what_is_agreed_and_no_request_waits_long() -> None:
    clock = Clock()

    departures(Pacer(100, clock.now, clock.wait), clock, [0.0] * 1_000)

    assert clock.time < 1_000 / 100 * 62
    assert max(clock.waits) < 1.3


def test_of_a_process_that_crashed_the_worst_is_assumed() -> None:
    clock = Clock()

    departures(Pacer(10, clock.now, clock.wait, [0.0] * 25), clock, [0.0])

    assert clock.time > 60


def test_threads_pass_in_turn() -> None:
    clock = Clock()
    pacer = Pacer(10, clock.now, clock.wait)
    threads = [Thread(target=pacer.pass_one) for _ in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most_in_a_minute(pacer.departures) <= 10
    assert clock.time > 3 * 60


def test_a_pace_is_at_least_one_request_a_minute() -> None:
    with pytest.raises(ValueError, match="one request"):
        Pacer(0)


def test_a_budget_ends_with_a_sentence() -> None:
    budget = Budget(2, 4)
    budget.spend()
    budget.spend()
    assert not budget.has_refused

    with pytest.raises(BudgetSpent, match=r"budget of 2 requests .*share of 4.* is spent"):
        budget.spend()

    assert budget.has_refused
    assert budget.spent == 2


def test_a_clean_up_has_no_budget() -> None:
    budget = Budget(None)

    for _ in range(10_000):
        budget.spend()

    assert not budget.has_refused
