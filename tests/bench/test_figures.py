import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.figures import Sample, cpu_ratio, cpu_us, rps_ratio, spread


def sample(requests: int, *, cpu_seconds: float = 1.0) -> Sample:
    return Sample(requests, 2.0, cpu_seconds, p99_ms=1.0, foreign_cores=0.0)


def test_spread_is_median_and_range() -> None:
    found = spread([3.0, 9.0, 1.0])

    assert (found.median, found.low, found.high) == (3.0, 1.0, 9.0)


def test_cpu_is_counted_per_request() -> None:
    assert cpu_us([sample(10_000, cpu_seconds=1.5)]).median == pytest.approx(150)


def test_ratio_is_formed_within_rounds() -> None:
    # The second round was slow for both: each was twice as fast in every round.
    ours, theirs = [sample(400), sample(40)], [sample(200), sample(20)]

    found = rps_ratio(ours, theirs)

    assert (found.low, found.median, found.high) == (2.0, 2.0, 2.0)


def test_half_the_cpu_is_twice_the_speed() -> None:
    ours, theirs = [sample(100, cpu_seconds=1)], [sample(100, cpu_seconds=2)]

    assert cpu_ratio(ours, theirs).median == 2.0


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        rps_ratio([sample(1)], [sample(1), sample(1)])


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_median_lies_in_the_range(values: list[float]) -> None:
    found = spread(values)

    assert found.low <= found.median <= found.high
