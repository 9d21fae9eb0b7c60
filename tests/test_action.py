"""The action's own steps, run as a runner would: the twin answers and its variables are set."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WRANGLER = """
name = "shop"
[[env.staging.kv_namespaces]]
binding = "CARTS"
id = "fce1eb2547c14cd0811521246fec5c76"
"""


@dataclass(frozen=True, slots=True)
class Runner:
    """A directory for everything a runner keeps, and a project in it."""

    home: Path

    def run(self, step: str, **variables: str) -> subprocess.CompletedProcess[str]:
        [script] = [one["run"] for one in ACTION["runs"]["steps"] if one.get("id") == step]
        (self.home / "project").mkdir(exist_ok=True)
        (self.home / "project" / "wrangler.toml").write_text(WRANGLER)
        ports = {f"CFTWIN_{name}_PORT": "0" for name in ("API", "EDGE", "S3")}
        given = {"CONFIG": "", "ENVIRONMENT": "", "SEED": "", "SECONDS_GIVEN": "60", **variables}
        files = {name: str(self.home / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.home / "project",
            env={**os.environ, **ports, **given, **files, "RUNNER_TEMP": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, file: str) -> dict[str, str]:
        lines = (self.home / file).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """What the first step installs is this environment's."""
    (tmp_path / "cftwin").mkdir()
    (tmp_path / "cftwin" / "bin").symlink_to(Path(sys.executable).parent)
    yield Runner(tmp_path)
    if (tmp_path / "GITHUB_OUTPUT").is_file():
        ready = json.loads(Runner(tmp_path).told("GITHUB_OUTPUT")["ready"])
        os.kill(ready["pid"], signal.SIGINT)


def test_the_step_ends_with_a_twin_that_answers_to_its_variables(runner: Runner) -> None:
    done = runner.run("up", ENVIRONMENT="staging")

    assert done.returncode == 0, done.stdout + done.stderr
    found = runner.told("GITHUB_ENV")
    account = f"{found['CLOUDFLARE_BASE_URL']}/accounts/{found['CLOUDFLARE_ACCOUNT_ID']}"
    headers = {"Authorization": f"Bearer {found['CLOUDFLARE_API_TOKEN']}"}
    answer = httpx.get(f"{account}/storage/kv/namespaces", headers=headers, trust_env=False)
    assert [one["title"] for one in answer.json()["result"]] == ["shop-staging-CARTS"]
    assert runner.told("GITHUB_OUTPUT")["api"] == found["CLOUDFLARE_BASE_URL"]


def test_a_twin_that_does_not_start_says_why(runner: Runner) -> None:
    done = runner.run("up", ENVIRONMENT="nowhere")

    assert done.returncode == 1
    assert "no environment 'nowhere'" in done.stdout
    assert "::error::" in done.stdout


def test_every_input_and_output_is_described() -> None:
    for one in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert one["description"]
