"""One D1 database: its file, its lane, and calls that happen whole or not at all.

Work comes in two ways: coroutines `submit` it to the lane, where it waits its turn;
synchronous callers (migrations, seeds, tests) call the methods from any thread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from threading import RLock
from time import perf_counter
from typing import TypeVar

import apsw

from emulator.core.clock import Clock
from emulator.core.errors import CloudflareError
from emulator.core.lane import Lane, LaneFull
from emulator.core.settings import Settings
from emulator.d1.engine import Engine, weight
from emulator.d1.errors import (
    DatabaseNotFound,
    MalformedRequest,
    NoStatement,
    Overloaded,
    QueryTimedOut,
    ResultTooLarge,
)
from emulator.d1.history import History, Restored
from emulator.d1.limits import MAX_RESULT_BYTES
from emulator.d1.models import Parameter, Result, Size, Statement, Usage, Value
from emulator.d1.splitter import statements_in

T = TypeVar("T")

MEGABYTE = 1024**2


class D1Database:
    """An open database. `region` is where it says it runs."""

    def __init__(
        self,
        database_id: str,
        region: str,
        path: Path,
        settings: Settings,
        clock: Clock,
        vfs: str | None = None,
    ) -> None:
        self.id = database_id
        self.region = region
        self.colo = settings.colo
        self.path = path
        self._settings = settings
        self._vfs = vfs
        self._history = History(
            path,
            path.with_suffix(".history"),
            clock,
            settings.d1_history_mb * MEGABYTE,
        )
        self._lane = Lane(f"d1-{database_id}", settings.d1_queue)
        self._lock = RLock()
        self._engine: Engine | None = None
        self._closed = False
        self._usage = (0, 0, 0, 0)

    async def submit(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """Run `work` in its turn on the database's own thread. Raises `Overloaded`.

        Brief work runs at once where it is called if the database is idle: handing it to
        the thread would cost more than it does.
        """
        if brief and not self._lane.waiting() and self._lock.acquire(blocking=False):
            try:
                return work()
            finally:
                self._lock.release()
        try:
            return await self._lane.run(work)
        except LaneFull:
            raise Overloaded() from None

    def run(self, statements: Sequence[Statement]) -> list[Result]:
        """All statements in one transaction, a result for each; an error undoes them all."""
        # Like `_ready`, which costs a small query a tenth of its time.
        with self._lock:
            engine = self._open()
            try:
                results = self._run(engine, statements)
            except QueryTimedOut as error:
                raise self._ended(error) from None
            self._count(results)
            return results

    def is_brief(self, statements: Sequence[Statement]) -> bool:
        """Whether the call is one look-up by key, known from earlier calls."""
        engine = self._engine
        return engine is not None and len(statements) == 1 and engine.looks_up(statements[0].sql)

    def execute(self, sql: str, params: Sequence[Parameter] = ()) -> list[Result]:
        """One SQL text, possibly of several statements."""
        return self.run([Statement(sql, params)])

    def insert_rows(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Insert rows as they are, quickly: no results, no row counts. All or none."""
        with self._ready() as engine, self._transaction(engine):
            for columns, group in groupby(rows, key=tuple):
                engine.insert_rows(table, columns, [tuple(row.values()) for row in group])

    def size(self) -> Size:
        with self._ready() as engine:
            return engine.size()

    def image(self) -> bytes:
        """The database as a file of SQLite's. Raises `ResultTooLarge`."""
        with self._ready() as engine:
            if engine.size_bytes() > MAX_RESULT_BYTES:
                raise ResultTooLarge()
            return engine.image()

    def schema_mark(self) -> object:
        """The same as long as the schema is."""
        with self._lock:
            return self._open().schema_mark

    def own_rows(self, sql: str) -> list[dict[str, Value]]:
        """A query of the twin's own, about the schema: it counts as nobody's."""
        with self._ready() as engine:
            return engine.own_rows(sql)

    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._lane.waiting()

    def usage(self) -> Usage:
        return Usage(*self._usage)

    def bookmark(self, at: float | None = None) -> str:
        """Where the database is now, or was at an epoch second. Raises `NoHistory`."""
        with self._ready():
            return self._history.bookmark() if at is None else self._history.bookmark_at(at)

    def restore(self, bookmark: str) -> Restored:
        """Bring back what the database was at `bookmark`."""
        with self.exclusive() as connection:
            return self._history.restore(connection, bookmark)

    @contextmanager
    def exclusive(self) -> Iterator[apsw.Connection]:
        """The connection itself, no one else using it; what was remembered is then dropped."""
        with self._ready() as engine:
            try:
                yield engine.connection
            finally:
                engine.forget()

    def release(self) -> None:
        """Close the file until it is needed again, if nobody is using it."""
        if self._lock.acquire(blocking=False):
            try:
                self._close_engine()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Stop what runs, refuse what waits, close the file."""
        self._closed = True
        engine = self._engine
        if engine is not None:
            engine.deadline = 0.0
        self._lane.close()
        with self._lock:
            self._close_engine()

    @contextmanager
    def _ready(self) -> Iterator[Engine]:
        with self._lock:
            engine = self._open()
            try:
                yield engine
            except QueryTimedOut as error:
                raise self._ended(error) from None

    def _open(self) -> Engine:
        """The engine, with a new deadline. Raises `DatabaseNotFound` if closed for good."""
        if self._engine is None and not self._closed:
            full_sync = self._settings.full_sync
            self._engine = Engine(self.path, self._vfs, self._history, full_sync=full_sync)
        engine = self._engine
        if engine is not None:
            engine.deadline = perf_counter() + self._settings.d1_query_seconds
        # After the deadline is set: closing first marks, then ends what has one.
        if engine is None or self._closed:
            raise DatabaseNotFound(database_id=self.id)
        return engine

    def _ended(self, error: QueryTimedOut) -> CloudflareError:
        """Why a query had to end: its time was up, or its database went."""
        return DatabaseNotFound(database_id=self.id) if self._closed else error

    def _run(self, engine: Engine, statements: Sequence[Statement]) -> list[Result]:
        single: list[Statement] = []
        for statement in statements:
            if engine.knows(statement.sql):
                single.append(statement)
            else:
                single += split(statement)
        if len(single) == 1:
            sql, params = single[0]
            prepared = engine.prepare(sql)
            if prepared.reads_only:
                # It needs no transaction.
                return [engine.execute(sql, params, prepared)]
        if not single:
            raise NoStatement()
        return self._transact(engine, single)

    def _transact(self, engine: Engine, statements: Sequence[Statement]) -> list[Result]:
        results = []
        schema = pragmas = False
        size = 0
        try:
            with self._transaction(engine):
                for sql, params in statements:
                    prepared = engine.prepare(sql)
                    schema |= prepared.changes_schema
                    pragmas |= prepared.sets_pragma
                    result = engine.execute(sql, params, prepared)
                    size += weight(result.rows, len(result.columns)) if result.rows else 0
                    if size > MAX_RESULT_BYTES:
                        raise ResultTooLarge()
                    results.append(result)
        except BaseException:
            if schema:
                engine.forget()
            raise
        finally:
            if pragmas:
                engine.reset_pragmas()
        return results

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[None]:
        engine.run_own("BEGIN IMMEDIATE")
        try:
            yield
            engine.run_own("COMMIT")
        finally:
            # Some errors have ended the transaction already.
            if engine.connection.in_transaction:
                engine.rollback()
        self._history.maintain(engine.connection)

    def _count(self, results: Sequence[Result]) -> None:
        read_queries, write_queries, rows_read, rows_written = self._usage
        for _, _, meta, writes in results:
            if writes:
                write_queries += 1
            else:
                read_queries += 1
            rows_read += meta.rows_read
            rows_written += meta.rows_written
        self._usage = (read_queries, write_queries, rows_read, rows_written)

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
            self._history.close()


def split(statement: Statement) -> list[Statement]:
    """The statements of one text. Raises `MalformedRequest` if several share parameters."""
    sql, params = statement
    statements = [Statement(text, params) for text in statements_in(sql)]
    if params and len(statements) > 1:
        # [guess] the code is observed, the reason's text is not.
        raise MalformedRequest(reason="parameters need exactly one SQL statement")
    return statements
