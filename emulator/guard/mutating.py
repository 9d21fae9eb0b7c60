"""One filter at a time is taken away, to see whether anything notices.

What Workers ask for is changed on its way to the store: in a statement one owner condition holds
for every row, a query of vectors is made without its namespace or without its filter on the
owner, keys of KV and R2 are used as if the user were not in them. While nothing is taken away,
the filters that are used are remembered: what nobody uses cannot be taken away.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from emulator.core.asking import Asked
from emulator.guard.declared import Declared
from emulator.guard.mutating_filters import Filter, Filters, Place
from emulator.guard.mutating_keys import SharedKeys, UserKey
from emulator.guard.mutating_texts import Span, neutralised, shape
from emulator.guard.requests import Requests
from emulator.guard.statements import Audit
from emulator.guard.vectors import is_owner_key, shown

# What a suite asks by Cloudflare's API is its own look behind, and stays as it is.
DOOR = "binding"
MAX_TEXTS = 5_000

Spans = list[tuple[Filter, Span]]


class Mutation:
    """Of one twin. Called on the threads of databases, and by the doors of other products."""

    def __init__(self, declared: Declared, requests: Requests) -> None:
        self.filters = Filters()
        self._declared = declared
        self._requests = requests
        self._keys = SharedKeys()
        self._texts: dict[tuple[str, str, str], tuple[Audit, Spans]] = {}
        self._taken: frozenset[str] = frozenset()

    @property
    def taken(self) -> frozenset[str]:
        """The filters that are taken away."""
        return self._taken

    def take(self, ids: Iterable[str]) -> None:
        """Take these away, and give all others back."""
        self._keys.clear()
        self.filters.again()
        self._taken = frozenset(ids)

    def statement(self, asked: Asked, database_id: str, sql: str, verdict: Audit) -> str:
        if asked.door != DOOR or not verdict.predicates:
            return sql
        spans = self._spans(asked, database_id, sql, verdict)
        self._used(asked, [one for one, _ in spans])
        taken = [span for one, span in spans if self._takes(one)]
        return neutralised(sql, taken) if taken else sql

    def query(self, asked: Asked, index: str, row: dict[str, Any]) -> dict[str, Any]:
        if asked.door != DOOR:
            return row
        conditions = row.get("filter")
        conditions = conditions if isinstance(conditions, dict) else {}
        names = ["namespace"] if row.get("namespace") else []
        names += [f"filter {name}" for name in conditions if self._is_owner(asked, index, name)]
        place = place_of(asked, "vectorize", index, f"query {sorted(conditions)}")
        found = self.filters.meet(
            place, orjson.dumps(shown(row)).decode(), [(index, name) for name in names]
        )
        self._used(asked, found)
        taken = [one.predicate for one in found if self._takes(one)]
        return without(row, conditions, taken) if taken else row

    def key(self, asked: Asked, product: str, resource: str, key: str, *, writes: bool) -> str:
        whose = UserKey.of(self._patterns(asked, product, resource), key)
        if asked.door != DOOR or whose is None:
            return key
        one = self._key_filter(asked, product, resource, key, whose)
        if one.id not in self._taken:
            return key
        instead = self._keys.shared(product, resource, whose, writes=writes)
        if instead != key:
            self.filters.changed(one)
        return instead

    def prefix(self, asked: Asked, product: str, resource: str, prefix: str) -> str:
        whose = UserKey.of(self._patterns(asked, product, resource), prefix, prefix=True)
        if asked.door != DOOR or whose is None:
            return prefix
        one = self._key_filter(asked, product, resource, prefix, whose)
        return whose.before if self._takes(one) else prefix

    def _takes(self, one: Filter) -> bool:
        if one.id not in self._taken:
            return False
        self.filters.changed(one)
        return True

    def _used(self, asked: Asked, found: Sequence[Filter]) -> None:
        self.filters.used(found, self._requests.cause_of(asked).seen)

    def _spans(self, asked: Asked, database_id: str, sql: str, verdict: Audit) -> Spans:
        """The filters of a statement and where they are in it."""
        key = (asked.script or "", asked.name or database_id, sql)
        known = self._texts.get(key)
        if known is not None and known[0] is verdict:
            return known[1]
        if len(self._texts) >= MAX_TEXTS:
            self._texts.clear()
        place = place_of(asked, "d1", database_id, shape(sql))
        tables = {(one.start, one.end): one.table for one in verdict.predicates}
        wheres = sorted(tables)
        parts = [(tables[span], sql[slice(*span)]) for span in wheres]
        spans = list(zip(self.filters.meet(place, sql, parts), wheres, strict=True))
        self._texts[key] = (verdict, spans)
        return spans

    def _key_filter(
        self, asked: Asked, product: str, resource: str, key: str, whose: UserKey
    ) -> Filter:
        place = place_of(asked, product, resource, whose.pattern)
        found = self.filters.meet(place, key, [(asked.name or resource, "{user} in the key")])
        self._used(asked, found)
        return found[0]

    def _patterns(self, asked: Asked, product: str, resource: str) -> Sequence[Any]:
        return self._declared.patterns(product, asked.name, resource)

    def _is_owner(self, asked: Asked, index: str, name: str) -> bool:
        named = self._declared.vectorize
        declared = named.get(asked.name) or named.get(index)
        return is_owner_key(name) if declared is None else name in declared


def place_of(asked: Asked, product: str, resource: str, text: str) -> Place:
    return Place(asked.script or "", product, asked.name or resource, text)


def without(
    row: dict[str, Any], conditions: dict[str, Any], taken: Sequence[str]
) -> dict[str, Any]:
    """The query without its namespace, or without some conditions of its filter."""
    kept = {name: value for name, value in conditions.items() if f"filter {name}" not in taken}
    changed = {name: value for name, value in row.items() if name not in taken}
    changed.pop("filter", None)
    return changed | {"filter": kept} if kept else changed
