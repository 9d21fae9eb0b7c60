from os import getpid
from threading import Thread
from time import process_time_ns

from loadtests.bench.process import on_cpu_ns, spent_seconds
from loadtests.bench.rounds import interleave


def test_every_other_round_goes_backwards() -> None:
    order: list[str] = []

    interleave("abc", order.append, rounds=3)

    assert "".join(order) == "abccbaabc"


def test_results_stay_with_their_contestant() -> None:
    calls = iter(range(4))

    taken = interleave(["first", "second"], lambda name: (name, next(calls)), rounds=2)

    assert taken == [(("first", 0), ("first", 3)), (("second", 1), ("second", 2))]


def test_new_process_counts_from_zero_and_ended_one_not_at_all() -> None:
    before = {1: 500_000_000, 2: 7_000_000_000}
    after = {1: 1_500_000_000, 3: 250_000_000}

    assert spent_seconds(before, after) == 1.25


def test_thread_that_has_ended_still_counts() -> None:
    thread = Thread(target=lambda: sum(range(1_000_000)))
    thread.start()
    thread.join()

    spent = process_time_ns()

    assert on_cpu_ns(getpid()) >= spent
