"""Plots: where things are on their axes."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.report.figures import tail
from loadtests.report.plots.course import course, unbroken
from loadtests.report.plots.density import BINS, curve, density
from loadtests.report.plots.forest import axis, row, scale_of
from loadtests.report.plots.scale import (
    MOST_TICKS,
    Logarithmic,
    around,
    around_one,
    factors,
    up_to,
)
from loadtests.report.ratios import comparisons
from tests.loadtests.runs import small, times

TIMES = st.floats(0.001, 1e6)


@given(st.lists(TIMES, min_size=1, max_size=9))
def test_a_logarithmic_axis_has_room_for_all_and_few_ticks(values: list[float]) -> None:
    scale = around(values)
    assert all(0 < scale.at(one) < 100 for one in values)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= MOST_TICKS
    assert all(scale.low <= one <= scale.high for one in ticks)


@given(st.lists(st.floats(0.0011, 900), max_size=9))
def test_an_axis_of_ratios_has_one_in_its_middle(values: list[float]) -> None:
    scale = around_one(values)
    assert scale.at(1) == pytest.approx(50)
    assert all(0 < scale.at(one) < 100 for one in values)
    ticks = [scale.at(one) for one in factors(scale)]
    assert [100 - one for one in reversed(ticks)] == pytest.approx(ticks)
    assert len(ticks) >= 3


@given(st.floats(0.001, 1e7))
def test_a_linear_axis_ends_at_a_round_number_that_nothing_exceeds(value: float) -> None:
    scale = up_to([value, 0.0])
    assert value <= scale.high <= 2.01 * value
    assert 2 <= len(scale.ticks()) <= 7
    assert scale.ticks()[0] == 0


def test_a_row_shows_the_ratio_where_it_is() -> None:
    (found,) = comparisons(small())
    scale = scale_of(found)
    drawn = row(found.ratios[0], scale)
    x = float(re.findall(r'<circle cx="([\d.]+)%"', drawn)[1])
    assert x == pytest.approx(scale.at(found.ratios[0].typical.value), abs=0.01)
    assert x < 50
    assert 'class="mark typical faster"' in drawn
    assert ">1</text>" in axis(scale)


def test_curves_have_one_area_however_many_requests_there_were() -> None:
    random, scale = Random(1), Logarithmic(0.1, 1000)
    few, many = (curve(times(random, 9, count), scale) for count in (500, 5000))
    assert len(few) == BINS
    assert sum(few) == pytest.approx(1.0)
    assert sum(many) == pytest.approx(1.0)
    assert few.index(max(few)) == pytest.approx(many.index(max(many)), abs=3)


def test_a_percentile_is_told_where_answers_are_beyond_it() -> None:
    random = Random(1)
    assert tail(times(random, 9, 19), 0.95) == "–"
    assert tail(times(random, 9, 20), 0.95) != "–"
    assert tail(times(random, 9, 99), 0.99) == "–"
    assert tail(times(random, 9, 100), 0.99) != "–"


def test_a_distribution_tells_its_percentiles_to_who_cannot_see_it() -> None:
    made = times(Random(1), 9, 500)
    drawn = density("read", {"d1": made}, {"d1": "D1 over REST"})
    assert f"D1 over REST: median {made.quantile(0.5):.3g} ms" in drawn


def test_a_single_value_is_a_distribution_too() -> None:
    drawn = density("read", {"d1": times(Random(1), 9, 3, 0.0)}, {"d1": "D1"})
    assert 'class="area c-d1"' in drawn


def test_a_line_is_broken_where_a_side_did_not_run() -> None:
    points = [(second, 1.0) for second in (0, 1, 2, 10, 11, 20)]
    assert [len(one) for one in unbroken(points)] == [3, 2, 1]
    assert course("Requests", {"d1": points}).count("M") == 3


def test_a_line_of_ten_minutes_reaches_the_end() -> None:
    drawn = course("Requests a second", {"d1": [(second, 100.0) for second in range(601)]})

    assert "L100.00 0.00" in drawn
