"""Runs are compared where they are alike, and refused where they are not."""

from dataclasses import replace

import pytest

from loadtests.report.likeness import UnlikeRuns, changes
from loadtests.report.results import Profile, Run
from tests.loadtests.runs import ENVIRONMENT, OPERATIONS, cells, small

PROFILE = Profile("europe-to-us", "0123456789abcdef", "", 7)
HERE = replace(small(), profile=PROFILE)
UNLIKE = {
    "latency profile: europe-to-us": replace(HERE, profile=None),
    "latency profile": replace(HERE, profile=replace(PROFILE, name="same-region")),
    "0123456789ab, seed 7": replace(HERE, profile=replace(PROFILE, digest="fedcba98")),
    "seed 8": replace(HERE, profile=replace(PROFILE, seed=8)),
    "target: twin and real": replace(HERE, target="real"),
    "kind of run: load and soak": replace(HERE, kind="soak"),
    "users: 10 and 1000": replace(HERE, users=1000),
    "pacing: every 0.1 s and none": replace(HERE, environment=replace(ENVIRONMENT, pacing="none")),
    "data: small and large": replace(HERE, environment=replace(ENVIRONMENT, data="large")),
    "seed: 7 and 8": replace(HERE, environment=replace(ENVIRONMENT, seed=8)),
    "machine: Example CPU, Linux, 2 CPUs and": replace(
        HERE, environment=replace(ENVIRONMENT, cpus=8)
    ),
}


@pytest.mark.parametrize("told", UNLIKE)
def test_unlike_runs_are_refused_with_what_differs(told: str) -> None:
    with pytest.raises(UnlikeRuns, match=told):
        changes(HERE, UNLIKE[told])


def test_all_that_differs_is_told_at_once() -> None:
    with pytest.raises(UnlikeRuns, match=r"target: twin and real; users: 10 and 20$"):
        changes(HERE, replace(HERE, target="real", users=20))


def test_versions_and_the_number_of_processes_may_differ() -> None:
    other = replace(ENVIRONMENT, versions={"Python": "3.14"}, commit="fedcba9", processes=2)
    assert changes(HERE, again(other_seed=5, environment=other))


def test_another_run_of_the_same_agrees_but_for_chance() -> None:
    found = changes(HERE, again(other_seed=5))
    assert [one.operation for one in found] == list(OPERATIONS)
    assert sum(one.agrees is True for one in found) >= len(found) - 1


def test_a_ratio_that_is_another_one_now_is_told() -> None:
    from tests.loadtests.test_report_ratios import slowed

    slower = [
        slowed(one, 1.5) if (one.side, one.operation) == ("d1", "insert") else one
        for one in HERE.cells
    ]
    found = {one.operation: one for one in changes(HERE, replace(HERE, cells=tuple(slower)))}
    assert [name for name, one in found.items() if one.agrees is False] == ["insert"]
    assert found["insert"].now.value == pytest.approx(found["insert"].before.value * 1.5, rel=0.02)


def test_of_a_single_round_nothing_is_known() -> None:
    assert {one.agrees for one in changes(HERE, replace(HERE, cells=cells(rounds=1)))} == {None}


def again(other_seed: int, **more: object) -> Run:
    return replace(HERE, cells=cells(other_seed), **more)  # type: ignore[arg-type]
