"""How a ratio goes from run to run, and when nothing may be said of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.figures import Spread
from loadtests.bench.history import Kept, Line
from loadtests.bench.trend import Course, Series, advantage, change, series
from loadtests.bench.verdict import Measured


def measured(
    median: float, around: float = 0, *, wanted: float = 5, unit: str = "×", more: bool = True
) -> Measured:
    return Measured(Spread(median, median - around, median + around), wanted, unit, more)


def run(*figures: Measured, day: int = 1, machine: str = "2 CPUs", part: str = "peers") -> Line:
    ratios = tuple(Kept(f"ratio {n}", met=True, measured=one) for n, one in enumerate(figures))
    return Line(part, f"2026-01-{day:02} 00:00+00:00", machine, "abc", {}, 3, 2, 8, ratios)


def only(lines: list[Line]) -> Series:
    (found,) = series(lines, ["peers"])
    return found


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (measured(8, 1), measured(9, 1), "level"),
        (measured(8, 1), measured(12, 1), "better, +50 %"),
        (measured(8, 1), measured(4, 1), "worse, -50 %"),
        (measured(8, unit="ms", more=False), measured(4, unit="ms", more=False), "better, -50 %"),
        (measured(40, unit="%"), measured(30, unit="%"), "worse, -10 points"),
    ],
)
def test_change_is_said_where_the_ranges_do_not_meet(
    before: Measured, after: Measured, said: str
) -> None:
    assert change(only([run(before, day=1), run(after, day=2)])) == said


def test_first_run_has_no_change() -> None:
    assert change(only([run(measured(8))])) == "first run"


def test_another_machine_is_no_run_before() -> None:
    found = only([run(measured(4), machine="64 CPUs"), run(measured(8), day=2)])

    assert (len(found.points), found.course) == (1, Course.FIRST)


@pytest.mark.parametrize(("before", "now", "runs"), [("A", "A", 2), ("A", "B", 1), ("", "B", 2)])
def test_another_model_of_cpu_is_another_machine(before: str, now: str, runs: int) -> None:
    lines = [replace(run(measured(8), day=day), cpu=one) for day, one in ((1, before), (2, now))]

    assert len(only(lines).points) == runs


def test_change_is_since_the_run_before_and_not_since_the_first() -> None:
    found = only([run(measured(one), day=day) for day, one in enumerate((2, 9, 9), 1)])

    assert (found.course, [point.kept.median for point in found.points]) == (
        Course.LEVEL,
        [2, 9, 9],
    )


def test_ratio_that_is_no_longer_measured_is_not_in_the_table() -> None:
    found = list(series([run(measured(1), measured(2)), run(measured(3), day=2)], ["peers"]))

    assert [one.subject for one in found] == ["ratio 0"]


def test_each_part_has_its_own_last_run() -> None:
    lines = [run(measured(1), part="s3"), run(measured(2), day=2), run(measured(3), day=3)]

    found = list(series(lines, ["peers", "s3"]))

    assert [(one.part, one.last.median) for one in found] == [("peers", 3), ("s3", 1)]


@pytest.mark.parametrize(
    ("one", "times"),
    [
        (measured(10, wanted=5), 2),
        (measured(2, wanted=4, unit="ms", more=False), 2),
        (measured(0, wanted=20, unit="% more", more=False), 1.2),
        (measured(0, wanted=20, unit="% lost", more=False), 1.25),
        (measured(100, wanted=20, unit="% lost", more=False), None),
        (measured(0, wanted=4, unit="ms", more=False), None),
    ],
)
def test_advantage_is_how_many_times_as_good_as_wanted(one: Measured, times: float | None) -> None:
    found = advantage(one, one.value.median)

    assert found == (times if times is None else pytest.approx(times))


@given(st.floats(0.01, 1e6), st.floats(1, 99), st.sampled_from(["×", "ms", "% lost", "% more"]))
def test_what_meets_its_target_is_right_of_it(value: float, wanted: float, unit: str) -> None:
    more = unit == "×"
    found = advantage(measured(value, wanted=wanted, unit=unit, more=more), value)

    met = value >= wanted if more else value < wanted
    assert (found is not None and found >= 1) == (met or value == wanted)
