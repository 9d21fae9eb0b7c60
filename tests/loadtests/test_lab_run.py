"""The lab on a twin that is known to it by variables alone, as real services are."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from loadtests.lab import twin
from loadtests.lab.budget import Budget
from loadtests.lab.calls import Calls
from loadtests.lab.ledger import bucket_of, prefix_of, read
from loadtests.lab.settings import ROOT, settings_from
from loadtests.report.results import Run, load

pytest.importorskip("pgserver")
pytest.importorskip("gevent")
pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("load")]
BUDGET = 800
USERS = {"LOAD_PEOPLE": "2", "LOAD_JOBS": "20", "LOAD_THINK": "0.01-0.02", "LOAD_PACE": "2000"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The variables, without the control plane: so far as the lab knows, this is real."""
    with twin.running(tmp_path_factory.mktemp("twin")) as own:
        known = twin.told(own.ready) | USERS | {"LOAD_BUDGET": str(BUDGET)}
        yield {name: value for name, value in known.items() if name != "LOAD_CONTROL"}


@pytest.fixture(scope="module")
def folder(told: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the report of a run that starts twice, each time with two Locust workers."""
    folder = tmp_path_factory.mktemp("report")
    sides = [word for side in ("d1", "supabase", "kv", "r2") for word in ("--side", side)]
    command = [sys.executable, "-m", "loadtests", "compare", "--target", "variables", *sides]
    command += ["--users", "2", "--rounds", "1", "--seconds", "4", "--processes", "2"]
    command += ["--starts", "2"]
    done = subprocess.run(
        [*command, "--report", str(folder)],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode in (0, 1), done.stderr + done.stdout
    (folder / "said.txt").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def made(folder: Path) -> Run:
    return load(folder / "report.json")


def test_all_sides_are_measured_by_two_workers_without_an_error(made: Run) -> None:
    assert set(made.sides) == {"d1", "supabase", "kv", "r2"}
    assert made.environment.processes == 2
    assert [one for one in made.cells if one.errors] == []
    assert (made.starts, made.rounds) == (2, 2)


def test_the_run_keeps_to_its_budget(made: Run, folder: Path) -> None:
    assert made.target == "real"
    said = re.findall(r"^([\d,]+) requests$", (folder / "said.txt").read_text(), re.MULTILINE)
    asked = [int(one.replace(",", "")) for one in said]
    assert len(asked) == 2
    assert 0 < sum(asked) <= BUDGET


def test_what_was_acknowledged_is_stored(made: Run) -> None:
    assert {one.what for one in made.writes} == {"jobs, D1 over REST", "jobs, Supabase"}
    assert all(one.lost == 0 for one in made.writes)
    assert any(one.acknowledged for one in made.writes)


def test_nothing_is_left_behind(told: Mapping[str, str], folder: Path) -> None:
    settings, ledger = settings_from(told), read(folder / "ledger.jsonl")
    calls = Calls(settings, Budget(0, 0, lambda _: None))
    sql = "SELECT count(*) AS total FROM users WHERE email LIKE ?"

    [[row]] = calls.d1((sql, ("load-%",)))
    keys = calls.cloudflare(
        "GET",
        f"/storage/kv/namespaces/{settings.namespace}/keys?prefix={prefix_of(ledger.run)}",
    )
    left: list[Any] = [row["total"], len(keys), calls.count("/rest/v1/users?select=id")]
    buckets = [one["id"] for one in calls.supabase("GET", "/storage/v1/bucket")]
    calls.close()

    assert ledger.people
    assert left == [0, 0, 0]
    assert bucket_of(ledger.run) not in buckets
