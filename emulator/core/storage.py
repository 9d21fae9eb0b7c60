"""The SQLite file of one account's KV or R2: a connection that writes and one that reads.

Both are of one SQLite library (apsw's): two libraries in a process do not see each other's
locks. The reader keeps its view of the file open from one read to the next, which saves a
pure reader a third of its work, and takes a new one as soon as anything was committed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import apsw

Value = int | float | str | bytes | None
# The columns' types are the schema's; a query's reader knows them.
Row = tuple[Any, ...]

# Each connection is used under a lock of ours, so SQLite's own would be a second one.
FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX

# Taken up only by what is read. Random reads among a million small entries cost 59 us over
# HTTP with it and 72 with an eighth of it; a listing among 400,000 takes twice as long with
# SQLite's own 2 MB.
CACHE_KIBIBYTES = 262_144
CHECKPOINT_PAGES = 1_000
# A writer that nobody checkpoints for does so itself from here on: 64 MB.
MAX_LOG_PAGES = 16_000


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
        self._write_cursor = self._writer.cursor()
        self._writer.setwalhook(self._note_log)
        self._checkpointer = apsw.Connection(str(path), flags=FLAGS)
        # A connection that has read nothing knows of no log, and would copy none.
        self._checkpointer.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        self._checkpoint_lock = Lock()
        self._log_pages = 0
        self._lock_wanted = False
        self._read_lock = Lock()
        self._reader = apsw.Connection(str(path), flags=FLAGS)
        self._reader.execute(f"PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE_KIBIBYTES}")
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
            return self._write_cursor.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[Value]) -> int:
        """Run one writing statement; the number of rows it changed."""
        with self._write_lock:
            self._write_cursor.execute(sql, values)
            self._commits += 1
            return self._writer.changes()

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one writing statement for every row."""
        with self._write_lock:
            self._write_cursor.executemany(sql, rows)
            self._commits += 1

    def last_number(self) -> int:
        """The number of the row that was inserted last."""
        with self._write_lock:
            return self._writer.last_insert_rowid()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside commit together, or none does. Nests."""
        with self._write_lock:
            with self._writer:
                yield
            self._commits += 1

    def lock_at_once(self) -> bool:
        """Whether this thread may now write without waiting; `unlock` when it has."""
        # Locks are not fair: a loop that writes all the time would never let go of this one.
        return not self._lock_wanted and self._write_lock.acquire(blocking=False)

    def unlock(self) -> None:
        self._write_lock.release()

    def checkpoint_due(self) -> bool:
        """Whether enough is in the write-ahead log to copy it into the file."""
        return self._log_pages >= CHECKPOINT_PAGES

    def checkpoint(self) -> None:
        """Copy the log into the file and begin it anew. Readers hardly wait, writers little."""
        with self._checkpoint_lock:
            # Most of it while writes go on, the rest while none does, or it would never end.
            self._checkpointer.wal_checkpoint()
            self._lock_wanted = True
            with self._write_lock:
                self._lock_wanted = False
                self._checkpointer.wal_checkpoint()
                with self._read_lock, suppress(apsw.BusyError):
                    self._close_view()
                    self._checkpointer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
                self._log_pages = 0

    def close(self) -> None:
        with self._checkpoint_lock, self._write_lock, self._read_lock:
            self._checkpointer.close()
            self._reader.close()
            self._writer.close()

    def _note_log(self, writer: apsw.Connection, _: str, pages: int) -> int:
        self._log_pages = pages
        if pages >= MAX_LOG_PAGES:
            writer.wal_checkpoint()
        return apsw.SQLITE_OK

    def _renew_view(self) -> None:
        self._close_view()
        # Noted before the view is taken: a commit in between only makes it newer.
        self._view_of = self._commits
        self._reader.execute("BEGIN")

    def _close_view(self) -> None:
        if self._view_of is not None:
            self._reader.execute("COMMIT")
            self._view_of = None
