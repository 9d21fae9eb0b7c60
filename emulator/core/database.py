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
    """An open file, safe to use from any thread."""

    def __init__(self, path: Path, schema: str, *, full_sync: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'};"
            f" PRAGMA foreign_keys = ON; {schema}"
        )

    def one(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for every row, all of them together."""
        with self.transaction():
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside commit together, or none does. Nests as savepoints."""
        with self._lock:
            outermost = not self._connection.in_transaction
            self._connection.execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK" if outermost else "ROLLBACK TO inner")
                raise
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT" if outermost else "RELEASE inner")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
