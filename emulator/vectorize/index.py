"""One index: what is in it, and what a query finds."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import apsw
import numpy as np
import orjson

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.core.lane import Lane, LaneFull
from emulator.core.settings import Settings
from emulator.core.storage import Row, Storage
from emulator.vectorize import schema
from emulator.vectorize.engine import Engine, EngineClosed
from emulator.vectorize.errors import (
    IndexNotFound,
    MetadataIndexNotFound,
    QueryDimensionsWrong,
    TooManyRequests,
    VectorNotFound,
)
from emulator.vectorize.filters import shown
from emulator.vectorize.inputs import batch_from
from emulator.vectorize.ledger import Property, properties_in
from emulator.vectorize.limits import (
    CURSOR_SECONDS,
    MAX_BATCH_OVER_REST,
    MAX_DELETE_IDS,
    MAX_GET_IDS,
)
from emulator.vectorize.listing import Cursor, cursor_of
from emulator.vectorize.models import (
    Batch,
    IdPage,
    Index,
    Info,
    Item,
    Kind,
    Match,
    MetadataIndex,
    Returned,
    StoredVector,
    VectorInput,
)
from emulator.vectorize.mutations import CreateMetadataIndex, DeleteMetadataIndex, Remove
from emulator.vectorize.query import Query, check_top_k
from emulator.vectorize.selection import Selector
from emulator.vectorize.validate import check_ids, check_path
from emulator.vectorize.writing import Writer

if TYPE_CHECKING:
    from emulator.vectorize.models import Slots, Vector

T = TypeVar("T")

MAX_WAITING_WRITES = 1_000
# How often a search is made anew whose vectors were replaced while it ran.
ATTEMPTS = 5


class IndexStore:
    """The vectors of one index. Reads are plain methods; so are writes, see `commit`."""

    def __init__(
        self, directory: Path, index: Index, settings: Settings, clock: Clock, ids: Ids
    ) -> None:
        self.index = index
        path = directory / "index.sqlite"
        self._clock = clock
        self._storage = Storage(path, schema.SCHEMA, full_sync=settings.full_sync)
        self._selector = Selector(path)
        [(rows, *_)] = self._storage.read(schema.STATE)
        self._engine = Engine(
            directory / "vectors",
            index.dimensions,
            index.metric,
            rows=rows,
            live=self._live,
            sync=settings.full_sync,
        )
        delay = settings.vectorize_delay_seconds
        self._writer = Writer(self._storage, self._engine, clock, ids, delay)
        self._lane = Lane("vectorize-writes", MAX_WAITING_WRITES)
        self._users = 0
        self._counting = Lock()

    @property
    def busy(self) -> bool:
        """Whether anybody is at work here."""
        return self._users > 0

    def insert(self, batch: Batch) -> str:
        """Write the vectors whose ids are new. The id of the mutation."""
        return self._put(batch, keep_first=True)

    def upsert(self, batch: Batch) -> str:
        """Write the vectors, each in place of what its id had. The id of the mutation."""
        return self._put(batch, keep_first=False)

    def upsert_now(self, vectors: Sequence[VectorInput]) -> str:
        """Upsert any number of vectors; the id of the last mutation.

        Raises what `batch_from` does, before anything of the same 5,000 is written.
        """
        mutation = ""
        for start in range(0, max(1, len(vectors)), MAX_BATCH_OVER_REST):
            piece = vectors[start : start + MAX_BATCH_OVER_REST]
            mutation = self.upsert(batch_from(piece, self.index.dimensions))
        return mutation

    def delete(self, ids: Sequence[str]) -> str:
        """Take vectors away; ids that are not there are no error. The id of the mutation."""
        check_ids(ids, MAX_DELETE_IDS)
        with self._in_use():
            return self._writer.mutate(Remove(list(ids)))

    def create_metadata_index(self, path: str, kind: Kind) -> str:
        """Take up a property of the vectors written from now on. The id of the mutation.

        Raises `InvalidMetadataKey`, `TooManyMetadataIndexes`.
        """
        check_path(path)
        with self._in_use():
            return self._writer.create_metadata_index(CreateMetadataIndex(path, kind))

    def delete_metadata_index(self, path: str) -> str:
        """Raises `MetadataIndexNotFound` [guess], also for one that is not processed yet."""
        with self._in_use():
            if path not in {one.path for one in self.metadata_indexes()}:
                raise MetadataIndexNotFound(key=path)
            return self._writer.mutate(DeleteMetadataIndex(path))

    def metadata_indexes(self) -> list[MetadataIndex]:
        """Oldest first."""
        with self._in_use():
            self._writer.process_due()
            return [MetadataIndex(one.path, one.kind) for one in self._properties()]

    def info(self) -> Info:
        """How much is visible, and up to which mutation."""
        with self._in_use():
            self._writer.process_due()
            [(_, _, _, mutation, processed_at, vectors)] = self._storage.read(schema.STATE)
            return Info(self.index.dimensions, vectors, mutation, processed_at)

    def get(self, ids: Sequence[str]) -> list[StoredVector]:
        """Those of up to 20 vectors that are there, in the order of their ids [guess]."""
        check_ids(ids, MAX_GET_IDS)
        with self._in_use():
            self._writer.process_due()
            rows = self._storage.read(schema.BY_IDS, (json_array(ids),))
            found = {row[0]: row for row in rows}
            order = [found[id] for id in dict.fromkeys(ids) if id in found]
            values = self._values([slot for _, slot, *_ in order])
        return [
            StoredVector(Item(id, namespace, metadata), row)
            for (id, _, namespace, metadata, _), row in zip(order, values, strict=True)
        ]

    def list_ids(self, count: int, cursor: str | None = None) -> IdPage:
        """Up to `count` ids of the snapshot of the first page. Raises `InvalidCursor`."""
        now = self._clock.now()
        with self._in_use():
            self._writer.process_due()
            if cursor is None:
                [(_, _, snapshot, _, _, total)] = self._storage.read(schema.STATE)
                at = Cursor(snapshot, total, now + CURSOR_SECONDS, "")
            else:
                at = cursor_of(cursor, now)
            rows = self._storage.read(schema.LIST, (at.snapshot, at.last, count + 1))
        ids = [id for (id,) in rows[:count]]
        if len(rows) <= count:
            return IdPage(ids, at.total, None, None)
        following = Cursor(at.snapshot, at.total, at.expires_at, ids[-1])
        return IdPage(ids, at.total, following.text(), at.expires_at)

    async def query(self, query: Query) -> Sequence[Match]:
        """The vectors that are nearest, best first. Raises `VectorNotFound` and the like."""
        check_top_k(query)
        with self._in_use():
            await self.catch_up()
            matches: Sequence[Match] = ()
            for _ in range(ATTEMPTS):
                found = await self._search(query)
                matches = self._matches(query, found)
                if len(matches) == len(found):
                    break
            return matches

    async def catch_up(self) -> None:
        """Make visible what is due; the event loop does not wait for it."""
        if self._writer.is_due():
            await self.commit(self._writer.process_due)

    async def commit(self, work: Callable[[], T]) -> T:
        """Run a write in its turn; returns when it is on disk. Raises `TooManyRequests`."""
        with self._in_use():
            return await self._lane.run(work)

    def close(self) -> None:
        """Finish the writes that wait. What is read meanwhile finds no index any more."""
        self._lane.close()
        self._writer.close()
        self._engine.close()
        self._selector.close()
        self._storage.close()

    def _put(self, batch: Batch, *, keep_first: bool) -> str:
        values = np.frombuffer(batch.values, np.float32).reshape(-1, self.index.dimensions)
        with self._in_use():
            return self._writer.put(batch.items, values, keep_first=keep_first)

    async def _search(self, query: Query) -> list[tuple[int, float]]:
        # The first look into the engine's file opens it, and that takes a while.
        by_id = query.vector_id is not None
        vector = await asyncio.to_thread(self._vector, query) if by_id else self._vector(query)
        allowed = None
        if query.namespace is not None or query.conditions:
            allowed = await asyncio.to_thread(
                self._selector.slots, query.namespace, query.conditions
            )
            if not len(allowed):
                return []
        return await self._engine.search(vector, query.top_k, allowed=allowed, exact=query.values)

    def _vector(self, query: Query) -> "Vector":
        if query.vector_id is None:
            vector = np.frombuffer(query.vector or b"", np.float32)
            if len(vector) != self.index.dimensions:
                expected = self.index.dimensions
                raise QueryDimensionsWrong(expected=expected, received=len(vector))
            return vector
        rows = self._storage.read(schema.BY_IDS, (json_array([query.vector_id]),))
        if not rows:
            raise VectorNotFound(id=query.vector_id)
        row: Vector = self._engine.values([rows[0][1]])[0]
        return row

    def _rows(self, slots: Sequence[int]) -> dict[int, Row]:
        rows = self._storage.read(schema.BY_SLOTS, (json_array(slots),)) if slots else []
        return {row[0]: row for row in rows}

    def _matches(self, query: Query, found: Sequence[tuple[int, float]]) -> list[Match]:
        """What was found and is there still."""
        rows = self._rows([slot for slot, _ in found])
        kept = [(rows[slot], score) for slot, score in found if slot in rows]
        values = self._values([slot for (slot, *_), _ in kept]) if query.values else None
        properties = self._properties() if query.returned is Returned.INDEXED else []
        matches = []
        for at, ((_, id, namespace, metadata, born), score) in enumerate(kept):
            if query.returned is Returned.NONE:
                metadata = None
            elif query.returned is Returned.INDEXED and metadata is not None:
                metadata = part_of(metadata, properties, born)
            row = None if values is None else values[at]
            matches.append(Match(id, score, namespace, metadata, row))
        return matches

    def _values(self, slots: Sequence[int]) -> Sequence[Sequence[float]]:
        rows: list[list[float]] = self._engine.values(slots).tolist() if slots else []
        return rows

    def _properties(self) -> Sequence[Property]:
        return properties_in(self._storage.read(schema.PROPERTIES))

    def _live(self) -> "Slots":
        rows = self._storage.read(schema.SLOTS)
        return np.fromiter((slot for (slot,) in rows), np.int64, len(rows))

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """An index that is closed under its users, being deleted, is one that is not there."""
        with self._counting:
            self._users += 1
        try:
            yield
        except (apsw.ConnectionClosedError, apsw.CursorClosedError, EngineClosed):
            raise IndexNotFound(name=self.index.name) from None
        except LaneFull:
            raise TooManyRequests() from None
        finally:
            with self._counting:
                self._users -= 1


def part_of(metadata: bytes, properties: Sequence[Property], born: int) -> bytes | None:
    """What the metadata indexes hold of a vector; None if that is nothing."""
    covered = [(one.path, one.kind) for one in properties if born > one.since]
    part = shown(orjson.loads(metadata), covered)
    return orjson.dumps(part) if part else None


def json_array(items: Sequence[str] | Sequence[int]) -> str:
    return orjson.dumps(list(items)).decode()
