"""A run as a whole, and what is told of it to machines."""

import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from e2e.target import Json

ANSWER_CHARACTERS = 200
PACKAGES = ("cloudflare-twin", "playwright", "pytest", "pytest-xdist")


@dataclass(frozen=True, slots=True)
class Run:
    """`cases` are of `told.Case`, in the order in which they ended."""

    at: datetime
    seconds: float
    facts: Mapping[str, str]
    versions: Mapping[str, str]
    rules: Mapping[str, str]
    cases: tuple[Json, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(case["outcome"] for case in self.cases)

    @property
    def failed(self) -> list[Json]:
        found = [case for case in self.cases if case["outcome"] == "failed"]
        return sorted(found, key=lambda case: str(case["case"]))


def versions(facts: Mapping[str, str]) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if "chromium" in facts:
        found["Chromium"] = facts["chromium"]
    commit = commit_of(Path(__file__).parent)
    return {**found, "commit": commit} if commit else found


def commit_of(folder: Path) -> str:
    asked = ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def summary(run: Run) -> Json:
    """The report for machines."""
    return {
        "at": run.at.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 1),
        "target": dict(run.facts),
        "versions": dict(run.versions),
        "counts": dict(run.counts),
        "cases": [line_of(case) for case in sorted(run.cases, key=lambda one: one["case"])],
    }


def line_of(case: Json) -> Json:
    failure = case["failures"][0] if case["failures"] else None
    blamed = blamed_in(failure)
    expected = failure["expected"] if failure else None
    return {
        **{name: case[name] for name in ("case", "outcome", "rules", "guards")},
        "seconds": round(case["seconds"], 3),
        "reason": case["reason"],
        "request": request_of(blamed) if blamed else None,
        "answer": answer_of(blamed) if blamed else None,
        "expected": expected["statement"] if expected else None,
        "message": failure["message"] if failure else None,
    }


def blamed_in(failure: Json | None) -> Json | None:
    """The request that the failure is about."""
    if failure is None:
        return None
    numbered: dict[int, Json] = {one["number"]: one for one in failure["requests"]}
    return numbered.get(failure["culprit"])


def request_of(asked: Json) -> str:
    """By its route, whose variables are not filled in, where it has one."""
    what = asked["route"] or f"{asked['method']} {asked['path']}"
    return f"{what} as {asked['person']}" if asked["person"] else what


def answer_of(asked: Json) -> str:
    body = " ".join(asked["answer"]["text"].split())
    return f"{asked['status']} {body[:ANSWER_CHARACTERS]}".strip()
