import pytest

from loadtests.bench.figures import Spread
from loadtests.bench.verdict import (
    at_least,
    at_least_percent,
    at_least_times,
    below,
    less_than_percent_lost,
    less_than_percent_more,
)


@pytest.mark.parametrize(("median", "met"), [(0.5, True), (0.49, False)])
def test_floor_in_percent_includes_the_floor(median: float, met: bool) -> None:
    line = at_least_percent("KV get, per CPU", 50, Spread(median, 0.4, 0.7))

    assert line.met is met
    assert line.target == "≥ 50 %"
    assert line.figure == f"{100 * median:.0f} % (40–70)"
    assert line.measured is not None
    assert (line.measured.value, line.measured.wanted) == (Spread(100 * median, 40, 70), 50)


def test_median_decides_over_a_range_that_straddles_the_floor() -> None:
    line = at_least_times("D1 insert", 3.5, Spread(4.0, 3.0, 5.0))

    assert line.met
    assert (line.target, line.figure) == ("≥ 3.5×", "4.0× (3.0–5.0)")


def test_small_factor_keeps_two_digits() -> None:
    line = at_least_times("reset, of moto", 0.1, Spread(0.034, 0.0291, 1.2))

    assert line.figure == "0.034× (0.029–1.2)"


def test_floor_includes_the_floor() -> None:
    line = at_least("texts", 700, "/s", Spread(700, 650, 1_200))

    assert line.met
    assert (line.target, line.figure) == ("≥ 700 /s", "700 /s (650–1,200)")


def test_ceiling_excludes_the_ceiling() -> None:
    assert not below("to the ready line", 0.8, "s", Spread(0.8, 0.7, 0.9)).met


@pytest.mark.parametrize(
    ("ratio", "met", "figure"),
    [
        (Spread(0.9, 0.85, 1.05), True, "10 % (-5–15)"),
        (Spread(0.75, 0.7, 0.8), False, "25 % (20–30)"),
        (Spread(1.5, 1.0, 2.0), True, "-50 % (-100–0)"),
    ],
)
def test_loss_is_what_is_missing_to_one(ratio: Spread, met: bool, figure: str) -> None:
    line = less_than_percent_lost("1 GB", 20, ratio)

    assert (line.met, line.figure) == (met, figure)


def test_a_quarter_more_cpu_is_not_a_fifth_less_speed() -> None:
    line = less_than_percent_more("1 GB, CPU", 20, Spread(1.25, 1.1, 1.3))

    assert (line.met, line.figure) == (False, "25 % (10–30)")
