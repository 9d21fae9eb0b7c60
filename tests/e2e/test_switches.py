"""Each unsafe switch of the reference Worker makes the first case fail that says it guards it.

Here in four groups, so chosen that hardly a leak can be another switch's; one by one and with all
of their cases by `python -m e2e.switches`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from e2e.switches.checking import Bench, Notice, bench
from e2e.switches.guarding import switches
from e2e.switches.page import PAGE, page
from tests.jobmatch.leaks.groups import GROUPS

ROOT = Path(__file__).parents[2]
GATHER = """
import json
from e2e.switches import checking  # as `python -m e2e.switches` does: it imports the twin
from e2e.switches.guarding import guards
print(json.dumps(guards()))
"""


@cache
def guarding() -> dict[str, list[str]]:
    """In a process of its own: this one has a pytest already."""
    ran = subprocess.run(
        (sys.executable, "-c", GATHER), cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def here() -> Iterator[Bench]:
    with bench() as found:
        yield found


def test_every_switch_has_a_case_that_guards_it() -> None:
    assert guarding().keys() == switches().keys()


@pytest.mark.thorough
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.timeout(180)
def test_a_switch_makes_its_case_fail(group: str, here: Bench) -> None:
    on = GROUPS[group]
    cases = sorted({guarding()[switch][0] for switch in on})

    notices = {notice.case: notice for notice in here.noticed(on, cases)}

    assert [case for case in cases if not notices[case].failed] == []
    assert [notice for notice in notices.values() if not is_clear(notice)] == []


def is_clear(notice: Notice) -> bool:
    """Whether the first screen says which rule, which request, what came back."""
    return bool(notice.rules and notice.request and notice.answer)


def test_the_page_is_of_these_switches_and_cases() -> None:
    text = PAGE.read_text(encoding="utf-8")

    for switch, cases in guarding().items():
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{switch}` |")]
        assert "**none**" not in row
        assert any(f"`{case.removeprefix('e2e/')}`" in row for case in cases)


def test_a_switch_that_goes_unnoticed_stands_out() -> None:
    notice = Notice("e2e/jobs/test_x.py::test_y", False, ["R3"], "GET /api/jobs", "200 {}")

    assert "**none**" in page({"get:jobs": [notice]})
