"""The two lists: what R2 documents as supported, and what it refuses, with the reason.

A name with parameters may have `*` between the brackets; a whole name never has one, so a
test that is new in the suite is in neither list and has to be looked at.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lists:
    """`refused` names each test's reason, `modules` those of whole modules."""

    expected: frozenset[str]
    refused: dict[str, str]
    modules: dict[str, str]

    def find(self, test: str) -> tuple[list[str], list[str]]:
        """The entries of either list that mean `test`; right is one in all."""
        return list(matching(self.expected, test)), list(matching(self.refused, test))


def read_lists(directory: Path = HERE) -> Lists:
    lines = (directory / "expected.txt").read_text().splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    refusals = tomllib.loads((directory / "refused.toml").read_text())
    groups = refusals["refused"]
    pairs = [(test, group["reason"]) for group in groups for test in group["tests"]]
    require_unique([*names, *(test for test, _ in pairs)])
    return Lists(frozenset(names), dict(pairs), refusals["modules"])


def require_unique(names: list[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise ValueError(f"{name} is listed twice")
        seen.add(name)


def matching(entries: frozenset[str] | dict[str, str], test: str) -> Iterator[str]:
    if test in entries:
        yield test
    if "[" in test:
        yield from (entry for entry in entries if "*" in entry and means(entry, test))


def means(entry: str, test: str) -> bool:
    return re.fullmatch(re.escape(entry).replace(r"\*", ".*"), test) is not None
