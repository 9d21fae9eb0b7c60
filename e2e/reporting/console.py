"""The last lines of a run: one for each case that failed, and where the page is."""

import re
from os.path import relpath
from pathlib import Path

from e2e.reporting.run import Run, answer_of, blamed_in, request_of
from e2e.reporting.told import sentence_of
from e2e.target import Json

CHARACTERS = 200
# An answer must not steer the terminal.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def lines(run: Run, page: Path, directory: Path) -> list[str]:
    found = [line_of(case) for case in run.failed]
    return [*found, f"report: {relpath(page, directory)}"]


def line_of(case: Json) -> str:
    """Rule, request, answer; without a request what was said instead."""
    failure = case["failures"][0] if case["failures"] else None
    asked = blamed_in(failure)
    rules = " ".join(case["rules"]) or "no rule"
    if asked is not None:
        told = f"{request_of(asked)} → {answer_of(asked)}"
    else:
        told = f"no request · {failure['message'] if failure else ''}"
    line = f"{rules} · {told} · {sentence_of(case['case'])}"
    if len(line) > CHARACTERS:
        end = f"… · {sentence_of(case['case'])}"
        line = f"{rules} · {told}"[: max(CHARACTERS - len(end), 40)] + end
    return CONTROL.sub(" ", line)
