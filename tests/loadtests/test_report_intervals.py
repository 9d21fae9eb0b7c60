"""How sure a ratio is: by hand, by simulation, and by what must hold of any."""

from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.report.intervals import Samples, agreeing, chance, interval, samples

RATIOS = st.lists(st.floats(0.01, 100), min_size=2, max_size=12)


def rounds(*ratios: float) -> Samples:
    return Samples("round", ratios)


def noisy(random: Random, count: int, spread: float = 0.1, ratio: float = 1.0) -> Samples:
    return rounds(*(ratio * random.lognormvariate(0, spread) for _ in range(count)))


def test_an_interval_is_the_one_worked_out_by_hand() -> None:
    # Logs -0.1, 0, 0.1: mean 0, deviation 0.1, error 0.1 / √3, t of 2 degrees 4.303.
    found = interval(rounds(exp(-0.1), 1.0, exp(0.1)))
    reach = 4.303 * 0.1 / 3**0.5
    assert found.value == pytest.approx(1.0)
    assert found.low == pytest.approx(exp(-reach), rel=1e-4)
    assert found.high == pytest.approx(exp(reach), rel=1e-4)
    assert not found.is_below_one
    assert not found.is_above_one


def test_one_round_has_no_interval() -> None:
    found = interval(rounds(0.5))
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == (None, None)
    assert not found.is_below_one


@pytest.mark.parametrize("count", [3, 6, 12])
def test_nineteen_of_twenty_intervals_hold_the_ratio(count: int) -> None:
    random, runs = Random(count), 800
    drawn = [interval(noisy(random, count, 0.2, 0.6)) for _ in range(runs)]
    held = sum((one.low or 0) <= 0.6 <= (one.high or 0) for one in drawn)
    assert held / runs == pytest.approx(0.95, abs=0.02)


@given(RATIOS)
def test_the_sides_may_be_swapped(ratios: list[float]) -> None:
    there, back = interval(rounds(*ratios)), interval(rounds(*(1 / one for one in ratios)))
    assert back.value == pytest.approx(1 / there.value)
    assert back.low == pytest.approx(1 / (there.high or 0), rel=1e-6)


def test_rounds_of_one_start_are_its_samples() -> None:
    assert samples({(1, 1): 0.5, (1, 2): 0.7}) == Samples("round", (0.5, 0.7))


def test_each_of_several_starts_is_one_sample_however_many_its_rounds() -> None:
    found = samples({(1, 1): 0.5, (1, 2): 2.0, (2, 1): 3.0})
    assert (found.of, interval(found).of) == ("start", "start")
    assert found.ratios == pytest.approx((1.0, 3.0))


def test_starts_that_differ_more_than_their_rounds_make_the_interval_wider() -> None:
    random, held, runs = Random(5), {"round": 0, "start": 0}, 400
    for _ in range(runs):
        lying = [random.lognormvariate(0, 0.1) for _ in range(4)]
        drawn = {
            (start, number): 0.6 * one * random.lognormvariate(0, 0.05)
            for start, one in enumerate(lying)
            for number in range(4)
        }
        for found in (interval(samples(drawn)), interval(rounds(*drawn.values()))):
            held[found.of] += (found.low or 0) <= 0.6 <= (found.high or 0)
    assert held["start"] / runs == pytest.approx(0.95, abs=0.03)
    assert held["round"] / runs < 0.8


def test_series_agree_within_their_noise_and_no_further() -> None:
    random = Random(3)
    first, second = (noisy(random, 8, 0.05) for _ in range(2))
    other = rounds(*(one * 1.3 for one in second.ratios))
    assert (chance(first, second) or 0) > 0.05
    assert (chance(first, other) or 0) < 0.001
    assert chance(first, rounds(1.0)) is None
    assert chance(rounds(2.0, 2.0), rounds(2.0, 2.0)) == 1
    assert chance(rounds(2.0, 2.0), rounds(2.1, 2.1)) == 0


def test_series_of_one_source_disagree_once_in_twenty() -> None:
    random, runs = Random(9), 800
    found = [chance(noisy(random, 6), noisy(random, 6)) or 0 for _ in range(runs)]
    assert sum(one <= 0.05 for one in found) / runs == pytest.approx(0.05, abs=0.02)


def test_holms_method_gives_what_is_worked_out_by_hand() -> None:
    # Bounds 0.05 / 4, / 3, / 2, / 1 for the smallest, the next, …; after the first that holds, all.
    assert agreeing([0.01, 0.04, 0.03, 0.005]) == [False, True, True, False]
    assert agreeing([0.001, None, 0.9]) == [False, None, True]
    assert agreeing([]) == []


def test_of_many_ratios_one_in_twenty_tables_has_one_that_seems_to_differ() -> None:
    random, runs = Random(11), 200
    tables = [
        agreeing([chance(noisy(random, 4), noisy(random, 4)) for _ in range(35)])
        for _ in range(runs)
    ]
    assert sum(False in one for one in tables) / runs <= 0.08


def test_values_are_summarised_by_their_logarithms() -> None:
    assert log(interval(rounds(0.5, 2.0)).value) == pytest.approx(0)
