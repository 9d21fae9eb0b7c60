"""What the audit says of statements, kept by their text for as long as the schema is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from emulator.guard.accepting import allowed
from emulator.guard.owners import Owners
from emulator.guard.schema import Schema
from emulator.guard.statements import Audit, audit

MAX_KEPT = 5_000


class Catalogue(Protocol):
    """A database, as far as its schema can be read. `schema_mark` changes with the schema."""

    id: str

    def schema_mark(self) -> object: ...

    def own_rows(self, sql: str) -> Sequence[Mapping[str, Any]]: ...


class Verdicts:
    """Of one database. Belongs to whoever has the database's turn."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self._declared = declared
        self._mark: object = None
        self._schema = Schema()
        self._owners = Owners()
        self._kept: dict[str, Audit] = {}

    def of(self, database: Catalogue, sql: str) -> Audit:
        if (mark := database.schema_mark()) is not self._mark:
            self._read(database)
            self._mark = mark
        verdict = self._kept.get(sql)
        if verdict is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            verdict = self._kept[sql] = self._audit(sql)
        return verdict

    def _audit(self, sql: str) -> Audit:
        verdict = audit(sql, self._schema, self._owners)
        if verdict.findings and allowed(sql, self._declared.get("allow", ())):
            return replace(verdict, findings=())
        return verdict

    def _read(self, database: Catalogue) -> None:
        self._kept.clear()
        self._schema = Schema.read(database.own_rows)
        self._owners = Owners.of(self._schema, self._declared)
