"""Rate limits: fixed windows, sliding ones, and gateways that have none."""

import pytest

from emulator.ai_gateway.errors import RateLimited
from emulator.ai_gateway.models import Configuration
from emulator.ai_gateway.ratelimit import RequestLimiter
from emulator.core.clock import ManualClock

FIXED = Configuration(rate_limiting_interval=600, rate_limiting_limit=10)
SLIDING = Configuration(
    rate_limiting_interval=600, rate_limiting_limit=10, rate_limiting_technique="sliding"
)


def admitted(limiter: RequestLimiter, configuration: Configuration, wanted: int) -> int:
    """How many of so many requests are let through."""
    count = 0
    for _ in range(wanted):
        try:
            limiter.admit(1, configuration)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_fixed_window_begins_at_a_multiple_of_its_interval(clock: ManualClock) -> None:
    limiter = RequestLimiter(clock)

    clock.advance(599)
    assert admitted(limiter, FIXED, 12) == 10
    # Two seconds later, and in the next window: the documents' own example.
    clock.advance(2)
    assert admitted(limiter, FIXED, 12) == 10


def test_a_sliding_window_remembers_the_one_before(clock: ManualClock) -> None:
    limiter = RequestLimiter(clock)

    clock.advance(599)
    assert admitted(limiter, SLIDING, 12) == 10
    clock.advance(2)
    assert admitted(limiter, SLIDING, 12) == 1


@pytest.mark.parametrize(("seconds", "let_through"), [(60, 1), (300, 5), (540, 9), (601, 10)])
def test_the_window_before_counts_by_what_is_left_of_it(
    clock: ManualClock, seconds: float, let_through: int
) -> None:
    limiter = RequestLimiter(clock)
    admitted(limiter, SLIDING, 10)

    clock.advance(600 + seconds)

    assert admitted(limiter, SLIDING, 20) == let_through


def test_a_window_long_ago_does_not_count(clock: ManualClock) -> None:
    limiter = RequestLimiter(clock)
    admitted(limiter, SLIDING, 10)

    clock.advance(1_200)

    assert admitted(limiter, SLIDING, 20) == 10


@pytest.mark.parametrize(
    "configuration",
    [
        Configuration(),
        Configuration(rate_limiting_interval=60, rate_limiting_limit=None),
        Configuration(rate_limiting_interval=None, rate_limiting_limit=1),
    ],
    ids=str,
)
def test_without_interval_or_limit_there_is_none(
    clock: ManualClock, configuration: Configuration
) -> None:
    assert admitted(RequestLimiter(clock), configuration, 50) == 50


def test_gateways_are_counted_apart(clock: ManualClock) -> None:
    limiter = RequestLimiter(clock)
    admitted(limiter, FIXED, 10)

    limiter.admit(2, FIXED)

    with pytest.raises(RateLimited):
        limiter.admit(1, FIXED)
    limiter.forget(1)
    limiter.admit(1, FIXED)
