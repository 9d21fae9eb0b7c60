"""The stage of CI: which branch is tested as which environment, and how the suites are called."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "e2e.yml"


def stage(*options: str, **variables: str) -> str:
    """What it would run: make only prints its commands."""
    environment = {**os.environ, "MAKEFLAGS": "n", **variables}
    command = (str(ROOT / ".ci" / "e2e"), *options)
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


@pytest.mark.parametrize(
    ("branch", "environment"),
    [
        ("develop", "development"),
        ("staging", "staging"),
        ("main", "production"),
        ("feature/main", "development"),
    ],
)
def test_a_branch_is_tested_as_its_environment(branch: str, environment: str) -> None:
    told = stage(GITHUB_REF_NAME=branch, GITHUB_HEAD_REF="")

    assert f"end-to-end suites of {branch}, as {environment}" in told


def test_a_pull_request_is_tested_as_what_it_comes_from() -> None:
    assert "of fix, as development" in stage(GITHUB_REF_NAME="7/merge", GITHUB_HEAD_REF="fix")


def test_options_reach_pytest() -> None:
    told = stage("--target", "twin", "--state", "/tmp/twin")

    assert "pytest -n auto e2e --target twin --state /tmp/twin" in told


def steps() -> list[dict[str, Any]]:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_the_workflow_runs_the_stage_and_keeps_its_report() -> None:
    runs = [step["run"] for step in steps() if "run" in step]
    kept = [step["with"]["path"] for step in steps() if "upload-artifact" in step.get("uses", "")]

    assert all(run.startswith(".ci/e2e") for run in runs)
    assert kept == ["build/e2e", "build/e2e"]


def test_the_workflow_starts_a_twin_with_this_action() -> None:
    [service] = [step for step in steps() if step.get("uses") == "./"]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]

    assert service["with"].keys() <= inputs.keys()
    assert (ROOT / service["with"]["config"]).is_file()
