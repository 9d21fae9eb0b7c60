"""Looks at what doors are asked for: statements, queries of vectors, keys, cached answers.

A door asks before it does anything. What comes back is what it shall do, which differs from
what it was asked only while a filter is taken away on purpose (`mutating.py`); in mode
`enforce` what would be a finding is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from emulator.core.asking import Asked, Asking
from emulator.core.clock import Clock
from emulator.d1.models import Statement
from emulator.guard import cached, vectors
from emulator.guard.declared import Declared
from emulator.guard.findings import Findings
from emulator.guard.modes import Mode
from emulator.guard.noticing import Notice, Noticing
from emulator.guard.owners import Owners
from emulator.guard.requests import Headers, Requests
from emulator.guard.schema import Schema
from emulator.guard.verdicts import Catalogue, Verdicts
from emulator.guard.watching_keys import WatchedKeys

if TYPE_CHECKING:
    from emulator.guard.mutating import Mutation

VECTOR_RULE = "tenancy/vector-query-without-owner"


def check(table: Mapping[str, Any]) -> None:
    """Raises ValueError for a `[guard]` that cannot be read."""
    Declared.of(table)
    Owners.of(Schema(), table)


class Guard:
    """Of one twin, all its accounts. D1's part runs on the databases' own threads."""

    def __init__(
        self, mode: Mode, table: Mapping[str, Any], findings: Findings, clock: Clock
    ) -> None:
        self.declared = Declared.of(table)
        self.requests = Requests(self.declared.user_claim)
        self._noticing = Noticing(mode, findings, self.requests, clock)
        self._keys = WatchedKeys(self.declared, self._noticing)
        self._cached = cached.Answers()
        self._verdicts: WeakKeyDictionary[Catalogue, Verdicts] = WeakKeyDictionary()
        self.mutation: Mutation | None = None

    @property
    def mode(self) -> Mode:
        return self._noticing.mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._noticing.mode = mode

    def statements(
        self, call: Asking, database: Catalogue, statements: Sequence[Statement]
    ) -> Sequence[Statement]:
        """What a D1 database shall run. Raises `QueryFailed` for what is refused."""
        verdicts = self._verdicts.get(database)
        if verdicts is None:
            verdicts = self._verdicts[database] = Verdicts(self.declared.rows)
        found = [verdicts.of(database, statement.sql) for statement in statements]
        # Who asks costs more than the look-up: it is worked out for what is to be told only.
        if self.mutation is None and not any(verdict.findings for verdict in found):
            return statements
        asked = call.asked
        if asked.door not in self.declared.doors:
            return statements
        changed: list[Statement] = []
        for statement, verdict in zip(statements, found, strict=True):
            for finding in verdict.findings:
                notice = Notice("d1", database.id, finding.table, statement.sql)
                self._noticing.finding(asked, notice, finding)
            if self.mutation is not None:
                sql = self.mutation.statement(asked, database.id, statement.sql, verdict)
                changed.append(Statement(sql, statement.params))
        return statements if self.mutation is None else changed

    def query(
        self,
        asked: Asked,
        index: str,
        row: dict[str, Any],
        properties: Iterable[str],
    ) -> dict[str, Any]:
        """The query of Vectorize that shall be made. `properties` are the index's own."""
        if asked.door not in self.declared.doors:
            return row
        named = self.declared.vectorize
        keys = named.get(asked.name) or named.get(index) or ()
        if asked.name not in named and index not in named:
            keys = tuple(name for name in properties if vectors.is_owner_key(name))
        if keys and not vectors.is_bound(row, keys):
            wanted = " or ".join(keys)
            told = orjson.dumps(vectors.shown(row)).decode()
            self._noticing.notice(
                asked,
                Notice("vectorize", index, index, told, VECTOR_RULE),
                VECTOR_RULE,
                f"{index} is searched with neither a namespace nor a filter on {wanted}: what is"
                " nearest may be anybody's, and others' vectors take the places of one's own.",
                f"Add a namespace per user, or a filter on {wanted}, to the query itself.",
            )
        return row if self.mutation is None else self.mutation.query(asked, index, row)

    def key(self, asked: Asked, product: str, resource: str, key: str, *, writes: bool) -> str:
        """The key of KV or R2 that shall be used."""
        self._keys.key(asked, product, resource, key, writes=writes)
        if self.mutation is None:
            return key
        return self.mutation.key(asked, product, resource, key, writes=writes)

    def prefix(self, asked: Asked, product: str, resource: str, prefix: str) -> str:
        """The prefix of keys that shall be listed."""
        self._keys.prefix(asked, product, resource, prefix)
        if self.mutation is None:
            return prefix
        return self.mutation.prefix(asked, product, resource, prefix)

    def answer_kept(self, asked: Asked, key: bytes, said: Mapping[str, object] | None) -> None:
        """An AI Gateway keeps an answer, for whom is remembered."""
        self._cached.keep(key, cached.identity(said, self.requests.cause_of(asked).user))

    def answer_used(
        self, asked: Asked, gateway: str, key: bytes, said: Mapping[str, object] | None
    ) -> None:
        """An AI Gateway is about to answer from its cache."""
        caller = cached.identity(said, self.requests.cause_of(asked).user)
        maker = self._cached.maker(key)
        if maker is None or caller is None or maker == caller:
            return
        rule = "tenancy/cached-answer-of-another-user"
        self._noticing.notice(
            asked,
            Notice("ai_gateway", gateway, gateway, f"{maker} → {caller}", rule),
            rule,
            f"The gateway {gateway} answers {caller} with what was made for {maker}: its cache"
            " knows neither users nor metadata.",
            "Put the user into cf-aig-cache-key, or send cf-aig-skip-cache for what is personal.",
        )

    def begin(
        self, account_id: str, script: str, ray: str, method: str, path: str, headers: Headers
    ) -> None:
        """A Worker is about to be asked."""
        self.requests.begin(account_id, script, ray, method, path, headers)

    def end(self, ray: str) -> None:
        self.requests.end(ray)

    def header(self, ray: str) -> bytes | None:
        """What the answer to a request says of the findings made in it, in mode `warn`."""
        rules = self.requests.rules_of(ray) if self.mode is Mode.WARN else ()
        if not rules:
            return None
        count = f"{len(rules)} finding{'s' if len(rules) > 1 else ''}"
        return f"{count}; {', '.join(dict.fromkeys(rules))}".encode()
