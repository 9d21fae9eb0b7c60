"""Several starts become one run, in which nothing is counted twice or lost."""

from dataclasses import replace

import pytest

from emulator.core.histogram import Histogram
from loadtests.report.answer import summary, trust
from loadtests.report.likeness import UnlikeRuns
from loadtests.report.ratios import comparisons
from loadtests.report.results import Cache, Run, Writes
from loadtests.report.starts import together
from tests.loadtests.runs import EMPTY, ENVIRONMENT, OPERATIONS, cells, small, whole

STARTS = tuple(replace(whole(seed), seconds=30.4, bill=None, memory=()) for seed in (1, 2, 3))


UNLIKE = {
    "profile": replace(STARTS[0], profile=None),
    "environment": replace(STARTS[0], environment=replace(ENVIRONMENT, commit="fedcba9")),
    "users": replace(STARTS[0], users=20),
    "target": replace(STARTS[0], target="real"),
    "only loads in turns": replace(STARTS[0], kind="soak"),
}


@pytest.fixture(scope="module")
def run() -> Run:
    return together(STARTS)


def test_one_start_is_the_run_itself() -> None:
    assert together([small()]) is small()


@pytest.mark.parametrize("told", UNLIKE)
def test_what_was_measured_otherwise_is_no_start_of_the_same_run(told: str) -> None:
    with pytest.raises(UnlikeRuns, match=told):
        together([STARTS[0], UNLIKE[told]])


def test_a_run_that_is_given_twice_is_not_two_starts() -> None:
    with pytest.raises(UnlikeRuns, match="given twice"):
        together([STARTS[0], STARTS[1], STARTS[0]])


def test_runs_of_several_starts_become_one_of_all_of_them(run: Run) -> None:
    whole = together([run, STARTS[0]])

    assert (whole.starts, whole.rounds) == (4, 24)
    assert {one.start for one in whole.cells[-len(STARTS[0].cells) :]} == {4}


def test_each_round_is_of_its_start(run: Run) -> None:
    assert (run.starts, run.rounds) == (3, 18)
    assert len(run.cells) == sum(len(one.cells) for one in STARTS)
    assert sum(one.requests for one in run.cells) == sum(
        one.requests for start in STARTS for one in start.cells
    )


def test_a_ratio_has_a_sample_of_each_start(run: Run) -> None:
    first, *_ = comparisons(run)
    assert {(one.typical.of, one.typical.samples) for one in first.ratios} == {("start", 3)}
    assert "confidence, 3 starts)" in summary(first)
    for one in first.ratios:
        assert one.typical.value == pytest.approx(OPERATIONS[one.operation], rel=0.1)


def test_seconds_go_on_where_the_start_before_has_ended(run: Run) -> None:
    assert run.seconds == pytest.approx(91.2)
    seconds = [one.second for one in run.moments]
    assert seconds[::60] == [0, 31, 62]
    assert len({one.second for one in run.moments if one.second >= 62}) == 60


def test_what_was_counted_is_added_up(run: Run) -> None:
    assert run.caches == (Cache("embeddings", 1950, 1050), Cache("AI Gateway", 630, 570))
    assert run.writes == (
        Writes("D1 rows", 15_600, 15_600),
        Writes("Supabase rows", 15_300, 15_297),
    )
    told = [one for one in run.served if one.operation == "point_read"]
    assert [one.histogram.count for one in told] == [1800]
    assert run.notes == STARTS[0].notes


def test_how_busy_a_process_was_is_the_mean() -> None:
    idle = replace(STARTS[1], busy=tuple(replace(one, cores=0.1) for one in STARTS[1].busy))
    found = {(one.side, one.process): one for one in together([STARTS[0], idle]).busy}
    assert found["d1", "client"].cores == pytest.approx((0.93 + 0.1) / 2, abs=0.001)
    assert found["supabase", "postgres"].most == 2
    assert len(found) == len(STARTS[0].busy)


def test_a_reader_is_told_that_one_start_does_not_know_the_next() -> None:
    several = together([replace(EMPTY, cells=cells(seed)) for seed in range(4)])
    said = "All was started once"
    assert any(said in one for one in trust(small()))
    assert not any(said in one or "only:" in one for one in trust(several))
    assert any("2 starts only" in one for one in trust(together([small(1), small(2)])))


def test_a_start_without_answers_of_a_side_is_left_out_of_its_ratio() -> None:
    failed = tuple(
        replace(one, histogram=Histogram(), errors={"503": 1}) if one.side == "d1" else one
        for one in small(2).cells
    )
    run = together([small(1), replace(small(2), cells=failed), small(3)])
    [found] = comparisons(run)
    assert {one.typical.samples for one in found.ratios} == {2}
