"""The same contract in another language: the suites know no code, so those of the areas that a
TypeScript Worker has pass as they are, and the others are skipped and say why.

Here without the browser; `pytest e2e --config …` runs everything.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from e2e.areas import PROBES, why_absent
from e2e.twin import started

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "fixtures" / "workers" / "jobmatch-typescript" / "wrangler.jsonc"
NODE_MODULES = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
# How many cases of each area pass at least.
PRESENT = {"auth": 10, "cors": 6, "files": 9, "profile": 11, "sessions": 5}
# Suites of which nothing is there.
ABSENT = ("applications", "emails", "exports", "jobs", "scheduled")
REASONS = {why_absent(area) for area in PROBES} | {
    "this needs a twin of its own: it moves the clock or takes Auth away"
}

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.wrangler,
    pytest.mark.workerd,
    pytest.mark.timeout(600),
]

# By suite and what became of a case; and why cases were skipped.
Outcome = tuple[Counter[tuple[str, str]], set[str]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Of all suites, on one twin."""
    directory = tmp_path_factory.mktemp("typescript")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{NODE_MODULES / '.bin'}:{os.environ['PATH']}")
        patch.setenv("HOME", str(directory))
        with started(CONFIG, "development", directory / "state"):
            return suites(directory)


def suites(directory: Path) -> Outcome:
    cases, report = directory / "cases.xml", directory / "report.html"
    target = ("--target", "twin", "--state", str(directory / "state"), "--areas", ",".join(PRESENT))
    written = ("--report", str(report), f"--junitxml={cases}")
    quick = ("-q", "-n", "2", "-m", "not chromium")
    command = (sys.executable, "-m", "pytest", *quick, "e2e", *target, *written)
    ran = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=540
    )
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr[-1000:]
    return read(cases)


def environment() -> Mapping[str, str]:
    """Without what would choose another target, or tell pytest that it is a worker of ours."""
    mine = ("E2E_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def read(cases: Path) -> Outcome:
    counts: Counter[tuple[str, str]] = Counter()
    reasons: set[str] = set()
    for case in ElementTree.parse(cases).iter("testcase"):
        suite = case.attrib["classname"].split(".")[1]
        skipped = case.find("skipped")
        counts[suite, "passed" if skipped is None else "skipped"] += 1
        if skipped is not None:
            reasons.add(skipped.attrib["message"])
    return counts, reasons


def test_the_suites_of_its_areas_pass_unchanged(outcome: Outcome) -> None:
    counts, _ = outcome

    few = {
        area: counts[area, "passed"] for area in PRESENT if counts[area, "passed"] < PRESENT[area]
    }
    assert few == {}


def test_the_suites_of_other_areas_are_skipped_and_say_why(outcome: Outcome) -> None:
    counts, reasons = outcome

    assert {suite: counts[suite, "passed"] for suite in ABSENT} == dict.fromkeys(ABSENT, 0)
    assert min(counts[suite, "skipped"] for suite in ABSENT) > 0
    assert reasons <= REASONS
    assert why_absent("jobs") in reasons
