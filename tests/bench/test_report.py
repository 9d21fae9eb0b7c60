import json

from loadtests.bench.figures import Sample
from loadtests.bench.report import (
    Conditions,
    Part,
    all_met,
    as_json,
    markdown,
    merged,
    parts_in,
    section,
)
from loadtests.bench.rounds import Cell
from loadtests.bench.verdict import Verdict

CONDITIONS = Conditions("2026-01-02 03:04+00:00", "2 CPUs", rounds=3, seconds=2, connections=8)
MET = Verdict("KV get, per CPU", "≥ 60 %", "62 % (60–64)", met=True)
MISSED = Verdict("KV put, per CPU", "≥ 45 %", "40 % (39–41)", met=False)
CELL = Cell("KV get", "twin", (Sample(10_000, 2.0, 1.5, p99_ms=3.25, foreign_cores=0.5),))


def test_part_shows_targets_then_figures() -> None:
    assert section(Part("Title", (CELL,), (MET, MISSED))) == (
        "## Title\n\n"
        "| target | wanted | measured |  |\n"
        "| --- | --- | --- | --- |\n"
        "| KV get, per CPU | ≥ 60 % | 62 % (60–64) | met |\n"
        "| KV put, per CPU | ≥ 45 % | 40 % (39–41) | **not met** |\n\n"
        "| operation | server | requests/s | CPU µs/request | p99 ms | foreign cores |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| KV get | twin | 5,000 (5,000–5,000) | 150 (150–150) | 3.2 | 0.50 |"
    )


def test_part_that_did_not_run_says_why() -> None:
    assert section(Part("Title", not_run="no node")) == "## Title\n\n**Not run**: no node."


def test_page_has_every_part_with_its_conditions() -> None:
    page = markdown([Part("One", conditions=CONDITIONS), Part("Two")])

    taken = "2026-01-02 03:04+00:00, 2 CPUs: 3 rounds of 2 s at 8 connections."
    assert page.endswith(f"## One\n\n{taken}\n\n## Two\n")


def test_a_run_of_some_parts_keeps_the_others_in_their_places() -> None:
    old = [Part("One", not_run="then"), Part("Two", not_run="then"), Part("Gone")]

    parts = merged([Part("Two", not_run="now")], old, ["One", "Two", "Three"])

    assert [(part.title, part.not_run) for part in parts] == [("One", "then"), ("Two", "now")]


def test_what_was_written_is_read_back() -> None:
    part = Part("One", (CELL,), (MISSED,), (), None, CONDITIONS)

    assert parts_in(as_json([part])) == [part]


def test_missed_and_unrun_are_both_not_met() -> None:
    assert all_met([Part("One", verdicts=(MET,))])
    assert not all_met([Part("One", verdicts=(MET, MISSED))])
    assert not all_met([Part("One", verdicts=(MET,)), Part("Two", not_run="no node")])


def test_json_keeps_every_sample() -> None:
    data = json.loads(as_json([Part("One", (CELL,), (MISSED,))]))

    assert data["parts"][0]["cells"][0]["samples"][0]["cpu_seconds"] == 1.5
    assert data["parts"][0]["verdicts"][0]["met"] is False
