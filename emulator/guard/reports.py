"""What an audit collects: findings and predicates, each once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from emulator.guard.owners import Owners
from emulator.guard.schema import Table
from emulator.guard.sources import Source
from emulator.guard.spans import span_of
from emulator.guard.tokens import Token

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What is wrong. A `note` is no leak by itself: it says what the audit could not see."""

    rule: str
    severity: Severity
    table: str
    alias: str
    message: str
    fix: str


@dataclass(frozen=True)
class Predicate:
    """A condition on an owner column: `text[start:end]` of the audited text.

    `(` + it + ` OR 1)` in its place takes its effect away and leaves every parameter.
    """

    table: str
    alias: str
    column: str
    start: int
    end: int
    on_parameter: bool


class Report:
    def __init__(self, owners: Owners, code: Sequence[Token]) -> None:
        self.owners = owners
        self.findings: dict[Finding, None] = {}
        self.predicates: dict[Predicate, None] = {}
        self.tables: dict[str, None] = {}
        self._code = code
        self._trigger = ""

    @contextmanager
    def inside(self, trigger: str) -> Iterator[None]:
        before, self._trigger = self._trigger, trigger
        yield
        self._trigger = before

    def find(
        self, rule: str, table: str, message: str, fix: str, alias: str = "", note: bool = False
    ) -> None:
        if self._trigger:
            message = f"Trigger {self._trigger}: {message}"
        severity: Severity = "note" if note else "error"
        if rule in ("literal-owner", "owner-changed"):
            severity = "warning"
        found = Finding(f"tenancy/{rule}", severity, table, alias or table, message, fix)
        self.findings.setdefault(found)

    def unbound(self, source: Source, table: Table, verb: str) -> None:
        rule = "unbound-read" if verb == "reads" else "unbound-change"
        name = table.name if source.alias == table.name else f"{table.name} ({source.alias})"
        message = f"{verb} rows of {name} whoever owns them."
        self.find(rule, table.name, message, self.advice(table.name, source.alias), source.alias)

    def literal(self, source: Source, table: Table) -> None:
        message = f"The owner of {table.name} is written in the text."
        fix = "Bind the caller's id as a parameter."
        self.find("literal-owner", table.name, message, fix, source.alias)

    def advice(self, table: str, alias: str = "") -> str:
        """What would bind the table."""
        its, at = self.owners[table], alias or table
        if its.columns:
            return f"Add `{at}.{its.columns[0]} = ?` with the caller's id, on every path."
        if its.parents:
            to = its.parents[0]
            bound = f"SELECT {to.key} FROM {to.table} WHERE …"
            return f"Add `{at}.{to.column} IN ({bound})` that binds the owner of {to.table}."
        return f"Read {table} through a table whose rows say who may see them."

    def predicate(self, table: str, alias: str, column: exp.Column, on_parameter: bool) -> None:
        start = column.this.meta.get("start")
        span = span_of(self._code, start) if start is not None else None
        if span is not None and not self._trigger:
            found = Predicate(table, alias, column.name.lower(), *span, on_parameter)
            self.predicates.setdefault(found)
