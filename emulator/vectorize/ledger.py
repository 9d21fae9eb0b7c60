"""Who is in an index: ids and their slots, namespaces, and what metadata indexes know.

Its methods are one mutation each, or a part of one; the caller holds the transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from emulator.core.storage import Row, Storage, Value
from emulator.vectorize import schema
from emulator.vectorize.filters import indexed, value_at
from emulator.vectorize.limits import CURSOR_SECONDS
from emulator.vectorize.models import Item, Kind


@dataclass(frozen=True, slots=True)
class Property:
    """A metadata index. It covers the vectors that mutations after `since` have written."""

    number: int
    path: str
    kind: Kind
    since: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A vector that is there; `born` is the mutation that wrote it."""

    slot: int
    item: Item
    born: int


@dataclass(slots=True)
class Change:
    """What a mutation has done to the engine's rows."""

    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


class Ledger:
    """The rows of one index but the vectors' values."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(
        self, rows: Sequence[tuple[int, Item]], mutation: int, now: float, *, keep_first: bool
    ) -> Change:
        """Write vectors, each with its slot, their ids all different.

        Vectors whose ids are taken are left out, or with `keep_first` off replace what was.
        """
        change = Change()
        present = self.present([item.id for _, item in rows])
        if present and keep_first:
            rows = [row for row in rows if row[1].id not in present]
        elif present:
            change.removed = self._bury(present.values(), mutation, now)
        self._storage.execute_many(
            schema.ADD_VECTOR,
            [(slot, item.id, item.namespace, item.metadata, mutation) for slot, item in rows],
        )
        if postings := self._postings(rows, self.properties()):
            self._storage.execute_many(schema.ADD_POSTING, postings)
        self._count_namespaces(Counter(item.namespace for _, item in rows if item.namespace))
        change.added = [slot for slot, _ in rows]
        return change

    def remove(self, ids: Sequence[str], mutation: int, now: float) -> Change:
        """Take vectors away; ids that are not there are no error."""
        return Change(removed=self._bury(self.present(ids).values(), mutation, now))

    def present(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those that are there now, as the current transaction sees it."""
        rows = self._storage.read_for_write(schema.BY_IDS, (orjson.dumps(ids).decode(),))
        return {row[0]: stored(row) for row in rows}

    def properties(self) -> list[Property]:
        """The metadata indexes, oldest first."""
        return properties_in(self._storage.read_for_write(schema.PROPERTIES))

    def add_property(self, path: str, kind: Kind, mutation: int) -> None:
        """A second one on a property changes nothing: that it is accepted is observed."""
        self._storage.execute(
            "INSERT OR IGNORE INTO properties (path, kind, since) VALUES (?, ?, ?)",
            (path, kind.value, mutation),
        )

    def drop_property(self, path: str) -> None:
        self._storage.execute(
            "DELETE FROM postings WHERE property = (SELECT number FROM properties WHERE path = ?)",
            (path,),
        )
        self._storage.execute("DELETE FROM properties WHERE path = ?", (path,))

    def namespaces_with(self, names: Iterable[str]) -> int:
        """How many there would be if these had vectors."""
        read = self._storage.read_for_write
        known = "SELECT name FROM namespaces WHERE name IN (SELECT value FROM json_each(?))"
        new = set(names)
        new -= {name for (name,) in read(known, (orjson.dumps(list(new)).decode(),))}
        [(count,)] = read("SELECT count(*) FROM namespaces") if new else [(0,)]
        return int(count) + len(new)

    def forget_departed(self, now: float) -> None:
        """What no cursor can ask for any more."""
        self._storage.execute(schema.FORGET_DEPARTED, (now - CURSOR_SECONDS,))

    def _bury(self, gone: Iterable[Stored], mutation: int, now: float) -> list[int]:
        gone = list(gone)
        if not gone:
            return []
        execute_many = self._storage.execute_many
        execute_many(schema.REMOVE_VECTOR, [(one.slot,) for one in gone])
        rows = [(one.slot, one.item) for one in gone]
        execute_many(schema.REMOVE_POSTING, self._postings(rows, self.properties()))
        execute_many(schema.ADD_DEPARTED, [(one.item.id, one.born, mutation, now) for one in gone])
        left = Counter(one.item.namespace for one in gone if one.item.namespace)
        self._count_namespaces({name: -count for name, count in left.items()})
        return [one.slot for one in gone]

    def _postings(
        self, rows: Sequence[tuple[int, Item]], properties: Sequence[Property]
    ) -> list[tuple[Value, ...]]:
        found: list[tuple[Value, ...]] = []
        if not properties:
            return found
        for slot, item in rows:
            if item.metadata is None:
                continue
            metadata = orjson.loads(item.metadata)
            for one in properties:
                value = indexed(value_at(metadata, one.path), one.kind)
                if value is not None:
                    found.append((one.number, value, slot))
        return found

    def _count_namespaces(self, changes: "dict[str, int] | Counter[str]") -> None:
        self._storage.execute_many(schema.COUNT_NAMESPACE, list(changes.items()))
        self._storage.execute_many(schema.FORGET_NAMESPACE, [(name,) for name in changes])


def stored(row: Row) -> Stored:
    id, slot, namespace, metadata, born = row
    return Stored(slot, Item(id, namespace, metadata), born)


def properties_in(rows: Sequence[Row]) -> list[Property]:
    return [Property(number, path, Kind(kind), since) for number, path, kind, since in rows]
