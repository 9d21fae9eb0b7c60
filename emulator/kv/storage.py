"""The SQLite file of one account's KV: a connection that writes and one that reads.

Both are of one SQLite library (apsw's): two libraries in a process do not see each other's
locks. The reader keeps its view of the file open from one read to the next, which saves a
pure reader a third of its work, and takes a new one as soon as anything was committed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import apsw

Value = int | str | bytes | None
# The columns' types are the schema's; a query's reader knows them.
Row = tuple[Any, ...]

# Each connection is used under a lock of ours, so SQLite's own would be a second one.
FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX


class Storage:
    """An open file, safe to use from any thread. Reads see what is committed, and all of it."""

    def __init__(self, path: Path, schema: str, *, full_sync: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write_lock = RLock()
        self._writer = apsw.Connection(str(path), flags=FLAGS)
        synchronous = "FULL" if full_sync else "NORMAL"
        # A statement that answers with rows holds up those behind it until they are fetched.
        self._writer.execute("PRAGMA journal_mode = WAL").fetchall()
        self._writer.execute(f"PRAGMA synchronous = {synchronous}; {schema}").fetchall()
        self._read_lock = Lock()
        self._reader = apsw.Connection(str(path), flags=FLAGS)
        self._reader.execute("PRAGMA query_only = ON")
        self._cursor = self._reader.cursor()
        self._commits = 0
        self._view_of: int | None = None

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query over what is committed."""
        with self._read_lock:
            if self._view_of != self._commits:
                self._renew_view()
            return self._cursor.execute(sql, values).fetchall()

    def read_for_write(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query that also sees what the current transaction has written."""
        with self._write_lock:
            return self._writer.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[Value]) -> int:
        """Run one writing statement; the number of rows it changed."""
        with self._write_lock:
            self._writer.execute(sql, values)
            self._commits += 1
            return self._writer.changes()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside commit together, or none does. Nests."""
        with self._write_lock:
            with self._writer:
                yield
            self._commits += 1

    def release_view(self) -> None:
        """Let go of the reader's view: while it is open, the write-ahead log cannot shrink."""
        with self._read_lock:
            if self._view_of is not None:
                self._reader.execute("COMMIT")
                self._view_of = None

    def close(self) -> None:
        with self._read_lock, self._write_lock:
            self._reader.close()
            self._writer.close()

    def _renew_view(self) -> None:
        if self._view_of is not None:
            self._reader.execute("COMMIT")
        # Noted before the view is taken: a commit in between only makes it newer.
        self._view_of = self._commits
        self._reader.execute("BEGIN")
