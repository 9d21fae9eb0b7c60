"""`@covers("POST /api/jobs", 201, "R17")`: the routes, statuses and rules that a test is about.

What a test claims is checked as it ends: it has seen such an answer. What all tests claim
together is the coverage table.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from e2e.contract import GROUPS, ROUTES, RULES

HERE = Path(__file__).parent
# Route and status of every answer in a test.
Seen = Set[tuple[str | None, int]]


@dataclass(frozen=True, slots=True)
class Claim:
    """`routes` are one, or those of a group, each of which has a case of its own; or none."""

    routes: Sequence[str]
    statuses: Sequence[int]
    rules: Sequence[str]

    @classmethod
    def of(cls, subject: str, *more: int | str) -> "Claim":
        """`subject` is a route, a group or a rule. Raises `ValueError` for what the contract
        does not know.
        """
        routes = () if subject in RULES else GROUPS.get(subject, (subject,))
        rules = [one for one in (subject, *more) if isinstance(one, str) and one in RULES]
        named = (*routes, *(one for one in more if isinstance(one, str)))
        unknown = [one for one in named if one not in ROUTES and one not in RULES]
        if unknown:
            raise ValueError(f"covers: {', '.join(unknown)}: not in the contract")
        return cls(routes, [one for one in more if isinstance(one, int)], rules)

    def unseen(self, seen: Seen) -> list[str]:
        """What was claimed and did not happen."""
        return [
            f"{' or '.join(self.routes[:3])} {status}"
            for status in self.statuses
            if not any((route, status) in seen for route in self.routes)
        ]


def claims_of(item: pytest.Item) -> list[Claim]:
    return [Claim.of(*mark.args) for mark in item.iter_markers("covers")]


class Gatherer:
    """A plugin of pytest: what the tests that it collects say they cover."""

    def __init__(self) -> None:
        self.claims: list[tuple[str, Claim]] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            # Cases of one test are one.
            name = item.nodeid.partition("[")[0]
            self.claims += [(name, claim) for claim in claims_of(item)]


def written() -> list[tuple[str, Claim]]:
    """Every test's name with what it says it covers. Not from within a test."""
    gatherer = Gatherer()
    quiet = ("--collect-only", "-qq", "-p", "no:xdist", "-p", "no:cacheprovider")
    with redirect_stdout(StringIO()) as said:
        code = pytest.main([*quiet, str(HERE)], plugins=[gatherer])
    assert code == pytest.ExitCode.OK, said.getvalue()
    return gatherer.claims


@dataclass(frozen=True, slots=True)
class Coverage:
    """The names of the tests that see a route's status, and of those that see to a rule; and the
    rules that tests of a route name.
    """

    answers: Mapping[tuple[str, int], set[str]]
    rules: Mapping[str, set[str]]
    touched: Mapping[str, set[str]]


def coverage_of(claims: Sequence[tuple[str, Claim]]) -> Coverage:
    answers: dict[tuple[str, int], set[str]] = defaultdict(set)
    rules: dict[str, set[str]] = defaultdict(set)
    touched: dict[str, set[str]] = defaultdict(set)
    for name, claim in claims:
        for route in claim.routes:
            touched[route].update(claim.rules)
            for status in claim.statuses:
                answers[route, status].add(name)
        for rule in claim.rules:
            rules[rule].add(name)
    return Coverage(answers, rules, touched)
