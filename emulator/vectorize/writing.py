"""How an index is written: in order, durable at once, visible when the delay has passed.

A write is acknowledged when its values are in the engine's file and the rest is in SQLite:
`kill -9` then loses nothing. It is processed by the write itself where there is no delay,
else by whoever reads next.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.core.storage import Storage
from emulator.vectorize.engine import Engine
from emulator.vectorize.errors import IndexFull, TooManyMetadataIndexes, TooManyNamespaces
from emulator.vectorize.ledger import Change, Ledger
from emulator.vectorize.limits import MAX_METADATA_INDEXES, MAX_NAMESPACES, MAX_VECTORS
from emulator.vectorize.models import Item
from emulator.vectorize.mutations import (
    CreateMetadataIndex,
    DeleteMetadataIndex,
    Mutation,
    Put,
    mutation_of,
    work_of,
)
from emulator.vectorize.schema import STATE

if TYPE_CHECKING:
    from emulator.vectorize.models import Matrix, Slots


@dataclass(frozen=True, slots=True)
class State:
    """`accepted` and `processed` number mutations; `rows` is the engine's next slot."""

    rows: int
    accepted: int
    processed: int
    mutation: str | None
    processed_at: float | None
    vectors: int


class Writer:
    """The only one that changes an index. One thread at a time; others wait."""

    def __init__(
        self, storage: Storage, engine: Engine, clock: Clock, ids: Ids, delay_seconds: float
    ) -> None:
        self._storage = storage
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._delay_seconds = delay_seconds
        self._ledger = Ledger(storage)
        self._lock = RLock()
        self._due = self._next_due()

    def put(self, items: Sequence[Item], values: "Matrix", *, keep_first: bool) -> str:
        """Vectors, row n of `values` being item n's. Raises `IndexFull`, `TooManyNamespaces`."""
        with self._turn():
            kept = distinct(items, keep_first=keep_first)
            if keep_first and self._at_once():
                present = self._ledger.present([items[at].id for at in kept])
                kept = [at for at in kept if items[at].id not in present]
            if len(kept) < len(items):
                items, values = [items[at] for at in kept], values[kept]
            self._check_room(items)
            first = self._engine.append(values) if items else self._state().rows
            return self._accept(Put(first, items, keep_first), first + len(items))

    def mutate(self, mutation: Mutation) -> str:
        """Any mutation without values."""
        with self._turn():
            return self._accept(mutation, 0)

    def create_metadata_index(self, mutation: CreateMetadataIndex) -> str:
        """Raises `TooManyMetadataIndexes`; those that are not processed yet count."""
        with self._turn():
            paths = self._paths() | {mutation.path}
            if len(paths) > MAX_METADATA_INDEXES:
                raise TooManyMetadataIndexes(limit=MAX_METADATA_INDEXES)
            return self._accept(mutation, 0)

    def is_due(self) -> bool:
        """Whether something waits whose time has come."""
        due = self._due
        return due is not None and due <= self._clock.now()

    def process_due(self) -> None:
        """Make visible what is due, in order, each mutation in a commit of its own."""
        if not self.is_due():
            return
        with self._lock:
            while self.is_due():
                self._process_first()
                self._due = self._next_due()

    def close(self) -> None:
        """Wait for the write under way."""
        with self._lock:
            self._due = None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            self.process_due()
            yield
            self._due = self._next_due()

    def _at_once(self) -> bool:
        # What comes behind one that waits has to wait as well, whatever the delay is now.
        return self._delay_seconds <= 0 and self._next_due() is None

    def _accept(self, mutation: Mutation, rows: int) -> str:
        """Acknowledge; `rows` is the engine's next slot, 0 if that has not changed."""
        id, now, at_once = self._ids.uuid(), self._clock.now(), self._at_once()
        change = Change()
        with self._storage.transaction():
            number = self._state().accepted + 1
            self._storage.execute(
                "UPDATE state SET accepted = ?, rows = max(rows, ?)", (number, rows)
            )
            if at_once:
                change = self._apply(mutation, number, id, now)
            else:
                due = now + max(0.0, self._delay_seconds)
                self._storage.execute(
                    "INSERT INTO mutations SELECT ?1, ?2, max(?3, coalesce(max(due), ?3)), ?4"
                    " FROM mutations",
                    (number, id, due, work_of(mutation)),
                )
        self._reveal(change)
        return id

    def _process_first(self) -> None:
        with self._storage.transaction():
            [(number, id, due, work)] = self._storage.read_for_write(
                "SELECT number, id, due, work FROM mutations ORDER BY number LIMIT 1"
            )
            change = self._apply(mutation_of(work), number, id, due)
            self._storage.execute("DELETE FROM mutations WHERE number = ?", (number,))
        self._reveal(change)

    def _apply(self, mutation: Mutation, number: int, id: str, processed_at: float) -> Change:
        now = self._clock.now()
        change = mutation.apply(self._ledger, number, now)
        self._ledger.forget_departed(now)
        self._storage.execute(
            "UPDATE state SET processed = ?, mutation = ?, processed_at = ?, vectors = vectors + ?",
            (number, id, processed_at, len(change.added) - len(change.removed)),
        )
        return change

    def _reveal(self, change: Change) -> None:
        if change.added or change.removed:
            self._engine.reveal(slots_of(change.added), slots_of(change.removed))

    def _check_room(self, items: Sequence[Item]) -> None:
        # What waits is not counted: with a delay the limits are held a little later.
        if self._state().vectors + len(items) > MAX_VECTORS:
            raise IndexFull(limit=MAX_VECTORS)
        names = {item.namespace for item in items if item.namespace}
        if names and self._ledger.namespaces_with(names) > MAX_NAMESPACES:
            raise TooManyNamespaces(limit=MAX_NAMESPACES)

    def _paths(self) -> set[str]:
        """The properties with an index once everything that waits is processed."""
        paths = {one.path for one in self._ledger.properties()}
        for (work,) in self._storage.read_for_write("SELECT work FROM mutations ORDER BY number"):
            mutation = mutation_of(work)
            if isinstance(mutation, CreateMetadataIndex):
                paths.add(mutation.path)
            elif isinstance(mutation, DeleteMetadataIndex):
                paths.discard(mutation.path)
        return paths

    def _state(self) -> State:
        return State(*self._storage.read_for_write(STATE)[0])

    def _next_due(self) -> float | None:
        rows = self._storage.read_for_write("SELECT due FROM mutations ORDER BY number LIMIT 1")
        return float(rows[0][0]) if rows else None


def distinct(items: Sequence[Item], *, keep_first: bool) -> list[int]:
    """Where each id's item is: of one that comes more than once the first, or the last."""
    places: dict[str, int] = {}
    for at, item in enumerate(items):
        if not (keep_first and item.id in places):
            places[item.id] = at
    return sorted(places.values())


def slots_of(slots: Sequence[int]) -> "Slots":
    return np.array(slots, np.int64)
