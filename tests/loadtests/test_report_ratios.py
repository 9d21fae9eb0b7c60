"""Which side is faster: what was put into a run comes out of it."""

from dataclasses import replace
from random import Random

import pytest

from emulator.core.histogram import Histogram
from loadtests.report.intervals import Interval
from loadtests.report.ratios import Comparison, comparison, comparisons, verdict
from loadtests.report.results import Cell, Run
from loadtests.report.sides import Pair, in_order
from tests.loadtests.runs import EMPTY, OPERATIONS, cells, small, times

PAIR = Pair("d1", "supabase")


def compared(run: Run) -> Comparison:
    (found,) = comparisons(run)
    return found


def test_the_ratios_that_were_put_in_are_found() -> None:
    found = compared(small(3, rounds=10))
    assert [one.operation for one in found.ratios] == list(OPERATIONS)
    for ratio in found.ratios:
        assert ratio.typical.value == pytest.approx(OPERATIONS[ratio.operation], rel=0.1)
        assert ratio.slow.value == pytest.approx(OPERATIONS[ratio.operation], rel=0.15)
    verdicts = {one.operation: one.verdict for one in found.ratios}
    assert (verdicts["point_read"], verdicts["insert"]) == ("faster", "slower")
    assert verdicts["filter_count"] == "level"


def test_noise_that_lasts_longer_than_a_round_cancels() -> None:
    steady = cells(noise=0.02)
    shaken = tuple(slowed(one, 3.0 if one.round > 3 else 1.0) for one in steady)
    before, after = comparison(steady, PAIR), comparison(shaken, PAIR)
    assert before
    assert after
    for first, second in zip(before.ratios, after.ratios, strict=True):
        assert second.typical.value == pytest.approx(first.typical.value, rel=0.02)
        assert second.verdict == first.verdict


def slowed(cell: Cell, factor: float) -> Cell:
    made = type(cell.histogram)()
    for low, high, count in cell.histogram.bins():
        for _ in range(count):
            made.add((low + high) / 2 * factor)
    return replace(cell, histogram=made)


def test_a_round_in_which_one_side_has_no_answer_counts_for_neither() -> None:
    kept = [one for one in cells() if (one.round, one.side) != (2, "d1")]
    found = comparison(kept, PAIR)
    assert found
    assert {one.typical.samples for one in found.ratios} == {5}
    assert found.overall.samples == 5


def test_rounds_in_which_an_operation_is_missing_are_left_out_of_the_overall_ratio() -> None:
    kept = [one for one in cells() if (one.round, one.operation) != (2, "insert")]
    found = comparison(kept, PAIR)
    assert found
    assert [one.typical.samples for one in found.ratios] == [6, 6, 6, 6, 5, 6]
    assert found.overall.samples == 5


def test_a_round_of_errors_alone_has_no_ratio() -> None:
    failed = {"503": 9}
    made = [
        replace(one, histogram=Histogram(), errors=failed)
        if (one.round, one.side, one.operation) == (2, "d1", "insert")
        else one
        for one in cells()
    ]
    found = comparison(made, PAIR)
    assert found
    assert [one.typical.samples for one in found.ratios] == [6, 6, 6, 6, 5, 6]


def test_what_one_side_alone_does_is_not_compared() -> None:
    random = Random(1)
    more = (Cell(1, "d1", "rebuild", times(random, 9), 5.0),)
    found = comparison((*cells(), *more), PAIR)
    assert found
    assert "rebuild" not in [one.operation for one in found.ratios]
    assert comparisons(replace(EMPTY, cells=more)) == ()


def test_operations_weigh_alike_in_the_overall_ratio() -> None:
    random = Random(2)
    made = [
        Cell(number, side, operation, times(random, median, count, 0.05), 5.0)
        for number in range(1, 5)
        for operation, factor, count in (("rare", 4.0, 20), ("frequent", 0.25, 2000))
        for side, median in (("d1", 8.0 * factor), ("supabase", 8.0))
    ]
    found = comparison(made, PAIR)
    assert found
    assert found.overall.value == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.5, 0.9, "faster"),
        (1.1, 1.9, "slower"),
        (0.9, 1.2, "level"),
        (0.9, 1.3, "unknown"),
        (0.7, 1.1, "unknown"),
        (0.01, 150.0, "unknown"),
    ],
)
def test_only_what_is_known_to_be_near_is_level(low: float, high: float, told: str) -> None:
    assert verdict(Interval(1.0, low, high, 3)) == told


def test_operations_are_in_the_order_of_reading() -> None:
    assert in_order(["upsert", "own", "point_read", "list"]) == [
        "point_read",
        "upsert",
        "list",
        "own",
    ]


def test_one_round_has_no_verdict() -> None:
    found = compared(small(rounds=1))
    assert {one.verdict for one in found.ratios} == {"unknown"}
    assert verdict(found.overall) == "unknown"
