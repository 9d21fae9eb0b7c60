"""Histograms of milliseconds: near the exact figures, whatever the scale, and mergeable."""

import json
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.histogram import GROWTH, SHORTEST, Histogram

TIMES = st.lists(st.floats(SHORTEST, 1e6), min_size=1, max_size=60)


def filled(values: list[float]) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value)
    return made


@given(TIMES, st.sampled_from((0.0, 0.07, 0.5, 0.95, 0.99, 1.0)))
def test_a_quantile_is_off_by_half_a_percent_at_most(values: list[float], q: float) -> None:
    exact = sorted(values)[max(1, ceil(round(q * len(values), 9))) - 1]
    assert filled(values).quantile(q) == pytest.approx(exact, rel=0.00501)


@given(TIMES)
def test_sum_shortest_and_longest_are_exact(values: list[float]) -> None:
    made = filled(values)
    assert made.mean == pytest.approx(sum(values) / len(values))
    assert (made.count, made.shortest, made.longest) == (len(values), min(values), max(values))


@given(TIMES, TIMES)
def test_what_is_merged_is_what_all_together_would_have_been(
    first: list[float], second: list[float]
) -> None:
    merged, whole = Histogram.merged([filled(first), filled(second)]), filled(first + second)
    assert list(merged.bins()) == list(whole.bins())
    assert merged.sum == pytest.approx(whole.sum)
    assert merged.quantile(0.95) == whole.quantile(0.95)


@given(st.lists(st.floats(0, 1e6), max_size=60))
def test_json_brings_it_back(values: list[float]) -> None:
    made = filled(values)
    back = Histogram.of(json.loads(json.dumps(made.json())))
    assert back == made
    assert (back.count, back.quantile(0.5)) == (made.count, made.quantile(0.5))
    back.add(1.0)
    assert back != made


def test_buckets_are_one_percent_wide_and_hold_what_they_say() -> None:
    ((low, high, count),) = filled([3.3, 3.3]).bins()
    assert low <= 3.3 < high
    assert high / low == pytest.approx(GROWTH)
    assert (count, GROWTH) == (2, 1.01)


def test_an_empty_one_is_zero_everywhere() -> None:
    empty = Histogram()
    assert (empty.count, empty.mean, empty.quantile(0.5), list(empty.bins())) == (0, 0.0, 0.0, [])
    assert Histogram.of(empty.json()) == empty


def test_what_took_no_time_counts_as_the_shortest() -> None:
    made = filled([0.0, -1.0])
    assert (made.count, made.quantile(1), made.shortest) == (2, SHORTEST, SHORTEST)


@pytest.mark.parametrize("q", [-0.1, 1.1, 95])
def test_a_quantile_outside_of_0_and_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Histogram().quantile(q)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"growth": 1.05, "sum": 1.0, "buckets": [1, 1]},
        {"growth": GROWTH, "sum": 1.0, "buckets": [1]},
        {"growth": GROWTH, "sum": 1.0, "buckets": [1, 0]},
    ],
)
def test_another_format_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.of(told)
