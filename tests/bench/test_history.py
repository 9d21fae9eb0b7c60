"""A line for each part of each run, and what is read back of it."""

from pathlib import Path

from loadtests.bench.figures import Sample, Spread
from loadtests.bench.history import HISTORY, Line, append, line, names, read
from loadtests.bench.report import Conditions, Part
from loadtests.bench.rounds import Cell
from loadtests.bench.verdict import Verdict, at_least_times, less_than_percent_lost
from loadtests.bench.versions import versions

WHEN = Conditions("2026-01-02 03:04+00:00", "2 CPUs", rounds=3, seconds=2, connections=8)
TIMES = at_least_times("KV get, of a peer", 8, Spread(11.31649, 11, 12))


def kept(*verdicts: Verdict, name: str = "peers", day: int = 2) -> Line:
    when = Conditions(f"2026-01-{day:02} 03:04+00:00", "2 CPUs", 3, 2, 8)
    return line(name, Part("Title", verdicts=verdicts), when, "abc1234", {"python": "3.11"})


def test_what_was_kept_is_read_back_oldest_first(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"

    append(path, [kept(TIMES, day=9)])
    append(path, [kept(TIMES, day=3)])

    assert read(path) == [kept(TIMES, day=3), kept(TIMES, day=9)]


def test_a_run_adds_lines_and_changes_none(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append(path, [kept(TIMES)])
    before = path.read_text()

    append(path, [kept(TIMES, name="s3"), kept(TIMES, name="bare")])

    assert path.read_text().startswith(before)
    assert len(path.read_text().splitlines()) == 3


def test_line_says_when_where_and_of_what_it_is() -> None:
    taken = line("peers", Part("Title", verdicts=(TIMES,)), WHEN, "abc1234", {"moto": "5.2"})

    assert (taken.date, taken.machine, taken.commit) == (
        "2026-01-02 03:04+00:00",
        "2 CPUs",
        "abc1234",
    )
    assert (taken.versions, taken.rounds, taken.connections) == ({"moto": "5.2"}, 3, 8)


def test_ratio_is_kept_in_its_unit_with_four_digits() -> None:
    taken = kept(TIMES, less_than_percent_lost("1 GB", 20, Spread(0.9, 0.85, 1.05))).ratios

    assert [(one.median, one.unit, one.met) for one in taken] == [
        (11.32, "×", True),
        (10, "% lost", True),
    ]
    lost = taken[1].measured
    assert (lost.value.low, lost.value.high, lost.wanted) == (-5, 15, 20)


def test_line_says_how_busy_others_kept_the_machine() -> None:
    samples = tuple(Sample(1, 1.0, 1.0, 1.0, cores) for cores in (0.1, 0.2, 1.5))

    taken = line("s3", Part("Title", (Cell("GET", "twin", samples),)), WHEN, "", {})

    assert (taken.foreign_cores, kept(TIMES).foreign_cores) == (0.2, None)


def test_part_that_found_nothing_leaves_no_line(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"

    append(path, [kept(Verdict("modules loaded", "none", "none of them", met=True))])

    assert path.read_text() == ""


def test_parts_are_in_their_order_and_gone_ones_are_last() -> None:
    lines = [kept(name=name) for name in ("old", "s3", "bare")]

    assert names(lines, ["bare", "peers", "s3"]) == ["bare", "s3", "old"]


def test_committed_history_names_each_ratio_of_a_run_once() -> None:
    for one in read(HISTORY):
        subjects = [kept.subject for kept in one.ratios]
        assert subjects
        assert len(set(subjects)) == len(subjects)


def test_versions_name_the_peers_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "miniflare").mkdir()
    (tmp_path / "miniflare" / "package.json").write_text('{"version": "5.1.0"}')

    found = versions(tmp_path)

    assert found["miniflare"] == "5.1.0"
    assert {"python", "apsw", "moto"} <= set(found)
    assert "wrangler" not in found
