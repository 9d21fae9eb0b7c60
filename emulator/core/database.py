"""One SQLite file of the twin's own: catalogues, KV entries, accounts.

WAL, so an acknowledged write survives the end of the process. Users' D1 databases are
not opened here: they have an engine of their own (`emulator/d1/engine.py`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock


class Database:
    """A file, safe to use from any thread. One that is there is opened at once, for it may be
    broken; a new one is made when it is first asked.
    """

    def __init__(self, path: Path, schema: str, *, full_sync: bool = False) -> None:
        self._path = path
        self._schema = schema
        self._full_sync = full_sync
        self._lock = RLock()
        self._connection = connected(path, schema, full_sync) if path.exists() else None
        self._closed = False

    @property
    def is_made(self) -> bool:
        """Whether there is a file: without one nothing was ever kept."""
        return self._connection is not None

    def one(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._opened().execute(sql, values).fetchone()
            return row

    def all(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._opened().execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._opened().execute(sql, values).rowcount

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for every row, all of them together."""
        with self.transaction():
            self._opened().executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside commit together, or none does. Nests as savepoints."""
        with self._lock:
            connection = self._opened()
            outermost = not connection.in_transaction
            connection.execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner")
            try:
                yield
            except BaseException:
                connection.execute("ROLLBACK" if outermost else "ROLLBACK TO inner")
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT" if outermost else "RELEASE inner")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._closed:
                # Its directory may be gone, and shall not come back.
                raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
            self._connection = connected(self._path, self._schema, self._full_sync)
        return self._connection


def connected(path: Path, schema: str, full_sync: bool) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.executescript(
        f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'};"
        f" PRAGMA foreign_keys = ON; {schema}"
    )
    return connection
