"""Targets of a run: which are met, which are missed, and what a file of them may say."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from loadtests.report.limits import behind, limits
from loadtests.report.results import Busy, Cache, Cell, Memory, Moment, Run, Writes
from loadtests.report.soaking import slopes
from loadtests.report.targets import MEASURES, Reached, Target, TargetsError, judged, read
from tests.loadtests.runs import EMPTY, small, times, whole


def one(run: Run, target: Target) -> Reached:
    (found,) = judged(run, [target])
    return found


def side(name: str, median: float, errors: int = 0, operation: str = "read") -> Cell:
    made = times(Random(1), median, 100, 0.1)
    return Cell(1, name, operation, made, 5.0, {"503": errors} if errors else {})


def test_the_default_file_has_the_targets_of_the_plan() -> None:
    found = {target.name: target for target in read()}
    below = {name: target.below for name, target in found.items() if target.measure == "p95"}
    assert below == {"D1 p95": 50, "R2 p95": 200, "Worker p95": 100}
    assert found["Errors"].below == 0.01
    assert found["Cache hits"].at_least == 0.6
    assert all(target.gate for name, target in found.items() if name != "Memory")


@pytest.mark.parametrize("median", [10, 100])
def test_a_percentile_is_of_all_operations_of_its_sides(median: float) -> None:
    run = replace(EMPTY, cells=(side("d1", median), side("r2", 900)))
    found = one(run, Target("D1", "p95", below=50, sides=("d1",)))
    assert found.is_met is (median == 10)
    assert found.fails is (median == 100)


def test_the_operation_farthest_off_is_named() -> None:
    run = replace(EMPTY, cells=(side("d1", 5), side("d1", 80, operation="search")))
    found = one(run, Target("D1", "p50", below=50, sides=("d1",)))
    assert (found.worst, found.is_met) == ("search", True)
    assert found.worst_value == pytest.approx(80, rel=0.1)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    targets = read()
    found = {reached.target.name: reached for reached in judged(small(), targets)}
    assert found["R2 p95"].is_met is None
    assert not found["R2 p95"].fails


def test_errors_are_a_share_of_all_requests() -> None:
    run = replace(EMPTY, cells=(side("d1", 5, errors=2), side("supabase", 5)))
    target = Target("Errors", "errors", below=0.01)
    assert one(run, target).value == pytest.approx(2 / 202)
    assert one(run, target).is_met
    assert one(run, replace(target, sides=("d1",))).is_met is False


def test_a_run_that_asked_nothing_does_not_meet_its_errors() -> None:
    assert one(EMPTY, Target("Errors", "errors", below=0.01)).fails


def test_cache_hits_are_of_all_caches_or_of_the_named() -> None:
    run = replace(EMPTY, caches=(Cache("embeddings", 70, 30), Cache("gateway", 40, 60)))
    target = Target("Hits", "cache_hits", at_least=0.6)
    assert one(run, target).value == pytest.approx(0.55)
    assert one(run, target).worst == "gateway"
    assert one(run, replace(target, operations=("embeddings",))).is_met


@pytest.mark.parametrize(("stored", "met"), [(100, True), (99, False), (101, False)])
def test_each_acknowledged_write_is_there_once(stored: int, met: bool) -> None:
    run = replace(EMPTY, writes=(Writes("rows", 100, stored), Writes("keys", 5, 5)))
    assert one(run, Target("Lost", "lost", below=1)).is_met is met


def test_memory_is_the_slope_after_it_has_settled() -> None:
    rising = [60.0 + 2 * min(second, 20) for second in range(30)]
    later = [100 + second / 60 * 3 for second in range(270)]
    samples = [Memory(at, "twin", value) for at, value in enumerate(rising + later)]
    (found,) = slopes(samples)
    assert found.per_minute == pytest.approx(3, abs=0.01)
    assert found.most == max(later)
    run = replace(EMPTY, memory=tuple(samples))
    assert one(run, Target("Memory", "memory", below=2)).is_met is False
    assert slopes([Memory(0, "twin", 60.0)]) == ()


def test_a_target_without_a_gate_fails_nothing() -> None:
    run = replace(EMPTY, cells=(side("d1", 100),))
    found = one(run, Target("D1", "p95", below=50, gate=False))
    assert (found.is_met, found.fails) == (False, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[target]", "targets.toml"),
        ('[[target]]\nname = "x"\nmeasure = "p42"\nbelow = 1', "no measure p42; there are p50"),
        ('[[target]]\nname = "x"\nmeasure = "p95"', "either below or at_least"),
        ('[[target]]\nname = "x"\nmeasure = "p95"\nbelow = 1\nat_least = 1', "either"),
        ('[[target]]\nname = "x"\nmeasure = "p95"\nbelow = "fast"', "target.0.below"),
        ('[[target]]\nname = "x"\nmeasure = "p95"\nbelow = 1\nsite = ["d1"]', "target.0.site"),
        ('[target]\nname = "x"', "target"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    with pytest.raises(TargetsError, match=told):
        read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match="nowhere"):
        read(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_has_a_value_where_all_was_measured(measure: str) -> None:
    assert one(whole(), Target("x", measure, below=1)).value is not None


def test_behind_a_missed_latency_are_its_limit_and_its_queue() -> None:
    moments = tuple(Moment(second, "d1", 50, queue=second) for second in range(8))
    busy = (Busy("d1", "twin", 0.97),)
    run = replace(EMPTY, cells=(side("d1", 100),), busy=busy, moments=moments)
    reached = judged(run, [Target("D1 p95", "p95", below=50), Target("D1 p50", "p50", below=900)])
    assert list(behind(run, reached)) == [
        "D1 p95 is missed. D1 over REST: the twin was the limit, with 97 % of its core;"
        " at most 7 waited in a queue."
    ]


@pytest.mark.parametrize(
    ("busy", "who"),
    [
        ([Busy("d1", "client", 0.9), Busy("d1", "twin", 0.4)], "client"),
        ([Busy("d1", "client", 0.5), Busy("d1", "twin", 0.95)], "twin"),
        ([Busy("d1", "client", 0.8), Busy("d1", "database", 1.2, 2)], "machine"),
        ([Busy("d1", "client", 0.3), Busy("d1", "twin", 0.4)], "pacing"),
    ],
)
def test_the_limit_is_who_had_nothing_left(busy: list[Busy], who: str) -> None:
    (found,) = limits(replace(EMPTY, cells=(side("d1", 5), side("r2", 5)), busy=tuple(busy)))
    assert (found.side, found.who) == ("d1", who)
