"""From namespaces and filters to slots: what a search may find, as sorted arrays.

Reads over a connection of its own: a filter that matches a million vectors takes a while,
and nobody else shall wait for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import apsw
import numpy as np

from emulator.core.storage import Value
from emulator.vectorize import schema
from emulator.vectorize.filters import Condition, indexed
from emulator.vectorize.ledger import Property, properties_in

if TYPE_CHECKING:
    from emulator.vectorize.models import Slots

FLAGS = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOMUTEX
CACHE_KIBIBYTES = 65_536

IN_NAMESPACE = "SELECT slot FROM vectors WHERE namespace = ? ORDER BY slot"
POSTED = "SELECT slot FROM postings WHERE property = ?"
COMPARISONS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


NOTHING = np.empty(0, np.int64)


class Selector:
    """Answers filters over what is committed; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = apsw.Connection(str(path), flags=FLAGS)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")

    def slots(self, namespace: str | None, conditions: Sequence[Condition]) -> "Slots":
        """The slots of a namespace, None being all, that meet every condition."""
        with self._lock, self._view():
            properties = {
                one.path: one
                for one in properties_in(self._connection.execute(schema.PROPERTIES).fetchall())
            }
            kept: Slots | None = None
            if namespace is not None:
                kept = self._read(IN_NAMESPACE, namespace)
            # What takes many away comes last, when few are left to take them from.
            for condition in sorted(conditions, key=takes_away):
                if kept is not None and not len(kept):
                    break
                kept = self._meeting(condition, properties.get(condition.path), kept)
            return self._read(schema.SLOTS) if kept is None else kept

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _view(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def _meeting(self, condition: Condition, one: Property | None, kept: "Slots | None") -> "Slots":
        """Those of the kept, None being all, that meet the condition."""
        # What is not indexed matches nothing, and says so to nobody.
        if one is None:
            return NOTHING
        if condition.bounds:
            return both(kept, self._between(condition, one))
        named = self._equal(condition, one)
        if None in condition.values:
            # [guess] null is to have no value that is indexed.
            named = without(self._read(POSTED, one.number), named)
        if takes_away(condition):
            return without(self._covered(one, kept), named)
        return both(kept, named)

    def _equal(self, condition: Condition, one: Property) -> "Slots":
        """Those that have one of the values that are not null."""
        wanted = {indexed(value, one.kind) for value in condition.values} - {None}
        return joined(
            [self._read(f"{POSTED} AND value = ?", one.number, value) for value in wanted]
        )

    def _between(self, condition: Condition, one: Property) -> "Slots":
        sql, values = POSTED, list[Value]([one.number])
        for operator, operand in condition.bounds:
            bound = indexed(operand, one.kind)
            if bound is None:
                return NOTHING
            sql += f" AND value {COMPARISONS[operator]} ?"
            values.append(bound)
        return np.sort(self._read(sql, *values))

    def _covered(self, one: Property, kept: "Slots | None") -> "Slots":
        """Those of the kept that were written after the metadata index was made."""
        if kept is not None and not self._read(schema.UNCOVERED, one.since).size:
            return kept
        return both(kept, self._read(schema.COVERED, one.since))

    def _read(self, sql: str, *values: Value) -> "Slots":
        rows = self._connection.execute(sql, values).fetchall()
        return np.fromiter(chain.from_iterable(rows), np.int64, len(rows))


def takes_away(condition: Condition) -> bool:
    """Whether it is met by vectors without a value: by all that are covered but some."""
    return not condition.bounds and condition.negated != (None in condition.values)


def both(kept: "Slots | None", found: "Slots") -> "Slots":
    return found if kept is None else np.intersect1d(kept, found, assume_unique=True)


def without(all: "Slots", some: "Slots") -> "Slots":
    """Sorted like `all`; both hold nothing twice."""
    return all[~np.isin(all, some, assume_unique=True)]


def joined(parts: "Sequence[Slots]") -> "Slots":
    """A vector has one value of a property, so no slot is in two of the parts."""
    if len(parts) == 1:
        return parts[0]
    return np.sort(np.concatenate([NOTHING, *parts]))
