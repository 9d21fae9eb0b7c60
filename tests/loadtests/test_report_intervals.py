"""How sure a ratio is: by hand, by simulation, and by what must hold of any."""

from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.report.intervals import agree, interval, t

RATIOS = st.lists(st.floats(0.01, 100), min_size=2, max_size=12)


def test_an_interval_is_the_one_worked_out_by_hand() -> None:
    # Logs -0.1, 0, 0.1: mean 0, deviation 0.1, error 0.1 / √3, t of 2 degrees 4.303.
    found = interval([exp(-0.1), 1.0, exp(0.1)])
    reach = 4.303 * 0.1 / 3**0.5
    assert found.value == pytest.approx(1.0)
    assert found.low == pytest.approx(exp(-reach))
    assert found.high == pytest.approx(exp(reach))
    assert not found.is_below_one
    assert not found.is_above_one


def test_one_round_has_no_interval() -> None:
    found = interval([0.5])
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == (None, None)
    assert not found.is_below_one


@pytest.mark.parametrize("rounds", [3, 6, 12])
def test_nineteen_of_twenty_intervals_hold_the_ratio(rounds: int) -> None:
    random, runs = Random(rounds), 800
    drawn = ([0.6 * random.lognormvariate(0, 0.2) for _ in range(rounds)] for _ in range(runs))
    held = sum((one.low or 0) <= 0.6 <= (one.high or 0) for one in map(interval, drawn))
    assert held / runs == pytest.approx(0.95, abs=0.02)


@given(RATIOS)
def test_the_sides_may_be_swapped(ratios: list[float]) -> None:
    there, back = interval(ratios), interval([1 / one for one in ratios])
    assert back.value == pytest.approx(1 / there.value)
    assert back.low == pytest.approx(1 / (there.high or 0), rel=1e-6)


def test_t_falls_towards_the_normal_distribution() -> None:
    found = [t(freedom) for freedom in range(1, 400)]
    assert found == sorted(found, reverse=True)
    assert (t(1), t(2.9)) == (12.706, 4.303)
    assert t(60) == pytest.approx(2.0, abs=0.002)
    assert found[-1] == pytest.approx(1.966, abs=0.002)


def test_series_agree_within_their_noise_and_no_further() -> None:
    random = Random(3)
    first, second = ([random.lognormvariate(0, 0.05) for _ in range(8)] for _ in range(2))
    assert agree(first, second) is True
    assert agree(first, [one * 1.3 for one in second]) is False
    assert agree(first, [1.0]) is None
    assert agree([2.0, 2.0], [2.0, 2.0]) is True
    assert agree([2.0, 2.0], [2.1, 2.1]) is False


def test_series_of_one_source_disagree_once_in_twenty() -> None:
    random, runs = Random(9), 800
    drawn = ([[random.lognormvariate(0, 0.1) for _ in range(6)] for _ in "ab"] for _ in range(runs))
    assert sum(agree(a, b) is False for a, b in drawn) / runs == pytest.approx(0.05, abs=0.02)


def test_values_are_summarised_by_their_logarithms() -> None:
    assert log(interval([0.5, 2.0]).value) == pytest.approx(0)
