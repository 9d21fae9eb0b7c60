"""Precision and recall of the audit on statements that were labelled by hand.

Each line of `labelled/<schema>.jsonl` names the tables whose rows of other owners a statement
reads or changes. The labels were written before the audit saw them; a wrong verdict is counted.
"""

import json
from collections import Counter

import pytest

from emulator.guard.statements import audit
from tests.guard.schemas import HERE, named

LABELLED = [
    (path.stem, row["sql"], frozenset(row["leaks"]), row["why"])
    for path in sorted(HERE.glob("*.jsonl"))
    for row in map(json.loads, path.read_text().splitlines())
]


def found_in(schema: str, sql: str) -> frozenset[str]:
    verdict = audit(sql, *named(schema))
    return frozenset(found.table for found in verdict.findings if found.severity != "note")


def confusion() -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    wrong = []
    for schema, sql, leaks, why in LABELLED:
        found = found_in(schema, sql)
        counts["true positives"] += len(found & leaks)
        counts["false positives"] += len(found - leaks)
        counts["false negatives"] += len(leaks - found)
        counts["true negatives"] += not found and not leaks
        if found != leaks:
            wrong.append(f"{schema}: {sorted(found)}, not {sorted(leaks)} ({why}): {sql}")
    return counts, wrong


def test_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    counts, wrong = confusion()

    right = counts["true positives"]
    precision = right / (right + counts["false positives"])
    recall = right / (right + counts["false negatives"])
    with capsys.disabled():
        print(f"\n{len(LABELLED)} statements: {dict(counts)}")
        print(f"precision {precision:.3f}, recall {recall:.3f}", *wrong, sep="\n")
    assert precision >= 0.95
    assert recall >= 0.98


def test_the_set_is_large_and_has_jobmatchs_own() -> None:
    by_schema = Counter(schema for schema, *_ in LABELLED)

    assert sum(by_schema.values()) >= 200
    assert by_schema["jobmatch"] >= 60
    assert len({(schema, sql) for schema, sql, *_ in LABELLED}) == len(LABELLED)
