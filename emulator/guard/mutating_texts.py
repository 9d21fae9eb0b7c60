"""Statements with a filter taken away, and which texts are one statement of the program."""

import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]

SPACE = re.compile(r"\s+")
# What programs write into a statement as they go: pages, lists of values, columns to change.
VARIES = (
    (re.compile(r"\b(limit|offset) \d+", re.IGNORECASE), r"\1 ?"),
    (re.compile(r"\(\?(?:, ?\?)*\)"), "(?, …)"),
    (re.compile(r"\bset \w+ = \?(?:, ?\w+ = \?)*", re.IGNORECASE), "SET …"),
)


def shape(sql: str) -> str:
    """The same for statements that one place in a program makes."""
    text = SPACE.sub(" ", sql).strip()
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return text


def neutralised(sql: str, spans: Iterable[Span]) -> str:
    """The conditions there hold for every row. Parameters stay, so what is bound still fits."""
    for start, end in reversed(outermost(spans)):
        sql = f"{sql[:start]}({sql[start:end]} OR 1){sql[end:]}"
    return sql


def outermost(spans: Iterable[Span]) -> Sequence[Span]:
    """Without those that lie inside another."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
