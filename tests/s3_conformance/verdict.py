"""What a run means by the two lists: three counts, and the reasons of the third."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.s3_conformance.lists import Lists

PASSED = ""


@dataclass(slots=True)
class Verdict:
    """`unexpected` and `refused` say what the test's error was; `hints` are refused that passed."""

    passed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    unexpected: dict[str, str] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)


def read_outcomes(results: Path) -> dict[str, str]:
    """The first line of each test's error; empty when it passed."""
    outcomes = dict[str, str]()
    for case in ElementTree.parse(results).iter("testcase"):
        name = case.attrib["name"]
        # A test whose clean-up failed is reported twice; the failure counts.
        outcomes[name] = outcomes.get(name, PASSED) or error_of(case)
    return outcomes


def error_of(case: ElementTree.Element) -> str:
    for kind in "failure", "error", "skipped":
        if (found := case.find(kind)) is not None:
            message = found.get("message") or found.text or kind
            return message.strip().split("\n")[0] if kind != "skipped" else f"skipped: {message}"
    return PASSED


def judge(lists: Lists, outcomes: Mapping[str, str], *, whole: bool) -> Verdict:
    """`whole`: entries that no test of the run goes by are stale, and deviate too."""
    verdict = Verdict()
    used = set[str]()
    for test, error in sorted(outcomes.items()):
        expected, refused = lists.find(test)
        used.update(expected, refused)
        if len(expected) + len(refused) != 1:
            where = "neither list" if not expected + refused else ", ".join(expected + refused)
            verdict.unexpected[test] = (
                f"is in {where}; it {'passed' if error == PASSED else f'says: {error}'}"
            )
        elif expected:
            sort_expected(verdict, test, error)
        else:
            verdict.refused[test] = error
    verdict.hints = [test for test, error in verdict.refused.items() if error == PASSED]
    if whole:
        stale = (set(lists.expected) | set(lists.refused)) - used
        verdict.unexpected |= dict.fromkeys(sorted(stale), "is listed, but not in the suite")
    return verdict


def sort_expected(verdict: Verdict, test: str, error: str) -> None:
    if error == PASSED:
        verdict.passed.append(test)
    else:
        verdict.unexpected[test] = error
