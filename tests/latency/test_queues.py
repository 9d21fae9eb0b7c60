"""The queue in virtual time against servers that are told one second after another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.latency.queues import Queue, QueueFull

# Gaps between arrivals, and services; in whole units, which floats hold exactly.
CALLS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=25)


def joined(queue: Queue, now: float, service: float) -> float | None:
    try:
        return queue.join(now, service)
    except QueueFull:
        return None


@settings(max_examples=60)
@given(CALLS, st.integers(1, 4), st.integers(0, 6))
def test_it_serves_in_order_as_many_as_it_has_servers(
    calls: list[tuple[int, int]], servers: int, waiting: int
) -> None:
    queue, now = Queue(servers, waiting), 0
    ends: list[float] = []
    waits: list[float] = []
    for gap, service in calls:
        now += gap
        busy = sorted((end for end in ends if end > now), reverse=True)
        queued = sum(begin > now for begin in waits)
        # The call before which as many end as leave a server free.
        due = now if len(busy) < servers else busy[servers - 1]
        begins = joined(queue, now, service)
        if due > now and queued >= waiting:
            assert begins is None
            continue
        assert begins == due
        ends.append(due + service)
        waits.append(due)
        assert queue.length(now) == sum(begin > now for begin in waits) <= waiting


def test_who_would_wait_for_too_long_is_refused_and_nobody_is_served_later_for_it() -> None:
    queue = Queue(1, 100, patience=10)

    assert queue.join(0, 8) == 0
    assert queue.join(0, 8) == 8
    assert joined(queue, 0, 8) is None
    assert queue.refused == 1
    assert queue.join(6, 8) == 16


def test_a_service_that_takes_longer_delays_who_comes_next() -> None:
    queue = Queue(1, 100)
    queue.join(0, 10)
    queue.extend(20)

    assert queue.join(0, 10) == 30
    assert queue.length(29) == 1
    assert queue.length(30) == 0
    assert queue.longest == 1
