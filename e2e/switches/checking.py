"""Turns switches on at a twin's Worker and runs the cases that should notice."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from e2e.settings import PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "development"
SECRET = "JOBMATCH_UNSAFE"


@dataclass(frozen=True, slots=True)
class Notice:
    """How a case took it that a switch was on, as its report tells."""

    case: str
    failed: bool
    rules: Sequence[str]
    request: str
    answer: str


class Bench:
    """A twin whose Worker can be made unsafe, and the suites run against it."""

    def __init__(self, target: Target, state: Path) -> None:
        self._target = target
        self._state = state

    def noticed(self, on: Iterable[str], cases: Sequence[str]) -> list[Notice]:
        """What each case says with these switches on, and no others."""
        with TemporaryDirectory() as directory:
            report = Path(directory) / "report.html"
            said = self.run(on, cases, report)
            told = report.with_suffix(".json")
            if not told.is_file():
                raise RuntimeError(said)
            return [notice_of(one) for one in json.loads(told.read_bytes())["cases"]]

    def run(self, on: Iterable[str], cases: Sequence[str], report: Path) -> str:
        """The end of what pytest says."""
        self._turn_on(on)
        where = ("--target", "twin", "--state", str(self._state), "--report", str(report))
        quiet = ("-q", "-p", "no:xdist", "-p", "no:cacheprovider")
        command = (sys.executable, "-m", "pytest", *quiet, *where, *cases)
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return ran.stdout[-4000:] + ran.stderr[-2000:]

    def _turn_on(self, switches: Iterable[str]) -> None:
        asked = {"name": SECRET, "text": ",".join(sorted(switches)), "type": "secret_text"}
        with self._target.cloudflare() as api:
            place = f"/workers/scripts/{self._target.worker}/secrets"
            api.put(place, json=asked).raise_for_status()


@contextmanager
def bench() -> Iterator[Bench]:
    with TemporaryDirectory() as directory:
        state = Path(directory)
        with (
            started(PROJECT / "wrangler.toml", ENVIRONMENT, state) as ready,
            on_twin("own", ready, ENVIRONMENT) as target,
        ):
            yield Bench(target, state)


def notice_of(case: Mapping[str, Any]) -> Notice:
    return Notice(
        case=case["case"],
        failed=case["outcome"] == "failed",
        rules=case["rules"],
        request=case["request"] or "",
        answer=case["answer"] or "",
    )
