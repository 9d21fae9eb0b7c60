"""The service `e2e` of docker-compose.yml: its image, its options, and whom it shares with."""

import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
STAGES = (ROOT / "Dockerfile").read_text().split("\nFROM ")


def stage(name: str) -> str:
    [found] = [one for one in STAGES if one.partition("\n")[0].endswith(f" AS {name}")]
    return found


def test_it_runs_against_the_twin_beside_it() -> None:
    twin, e2e = SERVICES["twin"], SERVICES["e2e"]

    assert e2e["network_mode"] == "service:twin"
    assert e2e["depends_on"] == {"twin": {"condition": "service_healthy"}}
    [state] = [one for one in twin["volumes"] if one.endswith(":/data")]
    assert f"{state}:ro" in e2e["volumes"]
    assert e2e["command"][:4] == ["--target", "twin", "--state", "/data"]


def test_its_report_stays_where_make_e2e_leaves_it() -> None:
    command, volumes = SERVICES["e2e"]["command"], SERVICES["e2e"]["volumes"]

    assert command[-2:] == ["--report", "/report/report.html"]
    assert "./build/e2e:/report" in volumes


def test_each_service_is_a_stage_of_the_dockerfile() -> None:
    for name in ("twin", "e2e"):
        assert SERVICES[name]["build"] == {"context": ".", "target": name}
        assert stage(name)
    assert STAGES[-1].strip() == "twin"


def test_the_steps_that_ci_runs_are_those_of_the_image() -> None:
    steps = shlex.split((ROOT / ".ci" / "image-steps").read_text(), comments=True)
    entry = stage("e2e").partition("ENTRYPOINT [")[2].partition("]")[0].replace('"', "").split(", ")

    at = steps.index("pytest", steps.index("e2e/cors") - 5) - 1
    assert steps[at - 1 : at + 1] == ["$work/install/bin/python", "-m"]
    assert steps[at + 1 : at + 6] == entry[2:-1]
