"""How a run ends: files, lines and a code; and the command that makes a report again."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from loadtests.report.__main__ import main
from loadtests.report.ending import ended
from loadtests.report.results import Cell, Run, load, save
from tests.loadtests.runs import EMPTY, ENVIRONMENT, cells, small, times, whole

MET = '[[target]]\nname = "D1"\nmeasure = "p95"\nsides = ["d1"]\nbelow = 5000\n'


@pytest.fixture
def thresholds(tmp_path: Path) -> Path:
    path = tmp_path / "thresholds.toml"
    path.write_text(MET)
    return path


def test_a_run_that_meets_its_targets_ends_with_0(tmp_path: Path, thresholds: Path) -> None:
    said: list[str] = []
    assert ended(small(), tmp_path, thresholds, say=said.append) == 0
    assert said[0].startswith("D1 is faster than Supabase at")
    assert said[1] == "latency profile: none"
    assert any(line.startswith("✓ D1: ") for line in said)
    assert said[-1] == f"report: {tmp_path / 'report.html'}"
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_a_missed_target_ends_with_1_unless_it_has_no_gate(
    tmp_path: Path, thresholds: Path
) -> None:
    thresholds.write_text(MET.replace("5000", "0.01"))
    assert ended(small(), tmp_path, thresholds, say=lambda _: None) == 1
    thresholds.write_text(MET.replace("5000", "0.01\ngate = false"))
    assert ended(small(), tmp_path, thresholds, say=lambda _: None) == 0


def test_a_run_that_measured_nothing_ends_with_1(tmp_path: Path, thresholds: Path) -> None:
    assert ended(EMPTY, tmp_path, thresholds, say=lambda _: None) == 1


def test_the_figures_beside_the_page_are_the_run(tmp_path: Path, thresholds: Path) -> None:
    ended(whole(), tmp_path, thresholds, say=lambda _: None)
    assert load(tmp_path / "report.json") == whole()
    told = json.loads((tmp_path / "report.json").read_bytes())["told"]
    assert told["code"] == 0
    first = told["ratios"][0]
    assert (first["operation"], first["verdict"]) == ("point_read", "faster")
    assert first["low"] < first["ratio"] < first["high"] < 1
    assert told["targets"] == [{"name": "D1", "value": pytest.approx(42, abs=5), "met": True}]


def test_unlike_runs_end_with_2_and_say_why(tmp_path: Path, thresholds: Path) -> None:
    said: list[str] = []
    other = replace(small(), users=20)
    assert ended(small(), tmp_path, thresholds, against=other, say=said.append) == 2
    assert said[0] == "these runs cannot be compared: users: 20 and 10"
    assert not (tmp_path / "report.html").exists()
    assert load(tmp_path / "report.json") == small()


def test_a_wrong_file_of_targets_ends_with_2_and_keeps_the_figures(
    tmp_path: Path, thresholds: Path
) -> None:
    thresholds.write_text("target = 1")
    assert ended(small(), tmp_path, thresholds, say=lambda _: None) == 2
    assert load(tmp_path / "report.json") == small()


def test_a_bill_that_is_none_ends_with_2_and_says_where(tmp_path: Path, thresholds: Path) -> None:
    said: list[str] = []
    run = replace(small(), bill={"dollars": "ten"})
    assert ended(run, tmp_path, thresholds, say=said.append) == 2
    assert said[0].startswith("the bill's ")


def test_the_command_makes_the_report_of_a_run_again(
    tmp_path: Path, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(small(), tmp_path / "report.json")
    told = [str(tmp_path / "report.json"), "--thresholds", str(thresholds)]
    assert main([*told, "--to", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "report.html").exists()
    save(replace(small(), cells=cells(5)), tmp_path / "other.json")
    assert main([*told, "--against", str(tmp_path / "other.json")]) == 0
    save(replace(small(), target="real"), tmp_path / "other.json")
    assert main([*told, "--against", str(tmp_path / "other.json")]) == 2
    assert "target: real and twin" in capsys.readouterr().out


def test_the_command_takes_several_runs_as_starts_of_one(
    tmp_path: Path, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / f"{seed}.json") for seed in range(6)]
    for seed, file in enumerate(files):
        save(replace(small(), cells=cells(seed)), Path(file))
    told = ["--thresholds", str(thresholds), "--to", str(tmp_path / "together")]
    assert main([*files[::2], *told, "--against", *files[1::2]]) == 0
    made = load(tmp_path / "together" / "report.json")
    assert (made.starts, made.rounds) == (3, 18)
    assert "3 starts" in capsys.readouterr().out

    save(replace(small(), environment=replace(ENVIRONMENT, processes=2)), Path(files[0]))
    assert main([*files[::2], *told]) == 2
    assert "they differ in their environment" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(files[:2])
    assert "several runs need --to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "nowhere.json"),
        ("{", "Invalid JSON"),
        ('{"users": 1}', "started_at"),
        ('{"growth": 2}', "started_at"),
    ],
)
def test_what_is_no_run_is_refused_with_the_place(
    tmp_path: Path, text: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nowhere.json"
    if text is not None:
        path.write_text(text)
    assert main([str(path)]) == 2
    assert told in capsys.readouterr().err


def test_a_run_of_another_format_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(replace(small(), format=2), tmp_path / "report.json")
    assert main([str(tmp_path / "report.json")]) == 2
    assert "format 2; this version reads 1" in capsys.readouterr().err


def test_a_histogram_of_another_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Run = replace(EMPTY, cells=(Cell(1, "d1", "read", times(Random(1), 2), 5.0),))
    save(run, tmp_path / "report.json")
    path = tmp_path / "report.json"
    path.write_text(path.read_text().replace('"growth":1.01', '"growth":1.05'))
    assert main([str(path)]) == 2
    assert "cells.0.histogram" in capsys.readouterr().err
