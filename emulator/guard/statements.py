"""Whose rows a statement reads or changes: is the owner bound on every path?

A verdict depends on the text, the schema and the owners alone, so it can be kept by text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.guard.accepting import accepted_in
from emulator.guard.changes import Changes
from emulator.guard.owners import Owners
from emulator.guard.parsing import STUMBLES, parsed, verb_at
from emulator.guard.queries import Reading
from emulator.guard.reports import Finding, Predicate, Report, Severity
from emulator.guard.schema import Schema
from emulator.guard.tokens import Token, code_of, statements_in

__all__ = ["Audit", "Finding", "Predicate", "Severity", "audit"]

ABOUT_ROWS = frozenset(("delete", "insert", "replace", "select", "update", "values", "with"))


@dataclass(frozen=True)
class Audit:
    findings: tuple[Finding, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    # Why the statement may touch everybody's rows, as its own comment says; None: it does not.
    accepted: str | None = None
    # Tables with an owner that the statement reads or changes.
    tables: tuple[str, ...] = ()


def audit(sql: str, schema: Schema, owners: Owners) -> Audit:
    """Never raises, whatever the text is."""
    code = code_of(sql)
    report = Report(owners, code)
    for statement in statements_in(code):
        judge(sql, statement, schema, report)
    return Audit(
        tuple(report.findings), tuple(report.predicates), accepted_in(sql), tuple(report.tables)
    )


def judge(sql: str, code: Sequence[Token], schema: Schema, report: Report) -> None:
    if code[0].word == "create":
        code = query_of(code)
    # What SQLite knows beside them says nothing of rows; the rest it refuses.
    if not code or code[0].word not in ABOUT_ROWS:
        return
    reading = Reading(schema, report.owners)
    try:
        for variant in parsed(sql, code):
            Changes(reading, report).statement(variant, reading.nowhere)
    except STUMBLES:
        not_understood(code, report)


def query_of(code: Sequence[Token]) -> Sequence[Token]:
    """The query of CREATE TABLE … AS. A view's is run where the view is used."""
    words = [token.word for token in code]
    if "table" not in words[1:3]:
        return ()
    starts = (i + 1 for i, word in enumerate(words[:-1]) if word == "as")
    return next((code[start:] for start in starts if words[start] in ABOUT_ROWS), ())


def not_understood(code: Sequence[Token], report: Report) -> None:
    """By its words alone: a table with an owner whose owner column is nowhere is not bound."""
    words = {token.word for token in code if token.kind in ("word", "name")}
    for table in sorted(words & report.owners.tables.keys()):
        fix = "Write it in simpler words, or accept it."
        message = f"The audit does not understand this statement about {table}."
        report.find("not-understood", table, message, fix, note=True)
        its = report.owners[table]
        known = {*its.columns, *(parent.column for parent in its.parents)}
        if not known & words:
            reads = code[verb_at(code)].word in ("select", "values")
            rule = "unbound-read" if reads else "unbound-change"
            message = f"Nothing in the statement names an owner of {table}."
            report.find(rule, table, message, report.advice(table))
