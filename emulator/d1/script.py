"""A whole SQL file as one transaction: what `import` does with the file it was sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, TextIO

import apsw

from emulator.core.errors import CloudflareError
from emulator.d1.authorizer import Authorizer
from emulator.d1.database import D1Database
from emulator.d1.engine import FIND_RESERVED, SWITCHES_OFF, engine_text
from emulator.d1.errors import DatabaseFull, QueryFailed, WrongParameters
from emulator.d1.limits import MAX_SQL_BYTES
from emulator.d1.models import Value
from emulator.d1.splitter import after_blank, end_of_statement

CHUNK_CHARACTERS = 1024**2
# A statement may be this long with the comments before it; past that nobody looks for its end.
MAX_PENDING_CHARACTERS = 4 * CHUNK_CHARACTERS

TRANSACTION = re.compile(r"\s*BEGIN\b", re.IGNORECASE)


class ScriptRun(NamedTuple):
    """What a script did. `rows_read` counts returned rows, `changes` those it changed."""

    statements: int
    milliseconds: float
    rows_read: int
    changes: int
    last_row_id: int


def run_script(database: D1Database, path: Path) -> ScriptRun:
    """Run all statements of a file, or none of them. Raises `QueryFailed`.

    Each statement has the time a query has, all together have any. Runs on the lane.
    """
    started = perf_counter()
    with database.exclusive() as connection, path.open(encoding="utf-8-sig", newline="") as file:
        changes, count, rows = connection.total_changes(), 0, 0
        with transaction(connection):
            for sql in statements_of(file):
                # Any call of the database begins its time limit again.
                database.bookmark()
                rows += execute(connection, sql)
                count += 1
        changes = connection.total_changes() - changes
        last_row_id = connection.last_insert_rowid()
    # An empty write, after which history may move the log into the file.
    database.insert_rows("sqlite_schema", ())
    milliseconds = (perf_counter() - started) * 1000
    return ScriptRun(count, milliseconds, rows, changes, last_row_id)


def statements_of(file: TextIO) -> Iterator[str]:
    """The statements of a text that need not fit in memory. Raises `QueryFailed`."""
    pending, start = "", 0
    while chunk := file.read(CHUNK_CHARACTERS):
        pending, start = pending[start:] + chunk, 0
        if len(pending) > MAX_PENDING_CHARACTERS:
            raise QueryFailed(text="statement too long: SQLITE_TOOBIG")
        # What ends before the end of what was read ends there whatever follows.
        while (end := end_of_statement(pending, first := after_blank(pending, start))) < len(
            pending
        ):
            yield pending[first:end]
            start = end + 1
    if (first := after_blank(pending, start)) < len(pending):
        yield pending[first:]


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    run_own(connection, "BEGIN IMMEDIATE")
    try:
        yield
        if run_own(connection, FIND_RESERVED):
            raise QueryFailed(text="not authorized: SQLITE_AUTH")
        try:
            run_own(connection, "COMMIT")
        except apsw.Error as error:
            raise QueryFailed(text=engine_text(error)) from None
    finally:
        if connection.in_transaction:
            run_own(connection, "ROLLBACK")
        for switch in SWITCHES_OFF:
            run_own(connection, switch)


def run_own(connection: apsw.Connection, sql: str) -> list[tuple[Value, ...]]:
    """A statement of the twin's own, which D1's refusals do not concern."""
    authorizer, connection.authorizer = connection.authorizer, None
    try:
        return connection.execute(sql, can_cache=False).fetchall()
    finally:
        connection.authorizer = authorizer


def execute(connection: apsw.Connection, sql: str) -> int:
    """Run one statement of a script; how many rows it returned."""
    if len(sql.encode()) > MAX_SQL_BYTES:
        raise QueryFailed(text="statement too long: SQLITE_TOOBIG")
    if TRANSACTION.match(sql):
        raise QueryFailed(text="cannot start a transaction within a transaction: SQLITE_ERROR")
    if isinstance(authorizer := connection.authorizer, Authorizer):
        authorizer.forget()
    try:
        return sum(1 for _ in connection.execute(sql))
    except Exception as error:
        raise refusal(connection, error) from None


def refusal(connection: apsw.Connection, error: Exception) -> CloudflareError:
    """The engine's error as D1 words it."""
    if isinstance(error, apsw.BindingsError):
        return WrongParameters()
    if isinstance(error, apsw.FullError):
        return DatabaseFull()
    if isinstance(error, apsw.Error):
        authorizer = connection.authorizer
        reason = authorizer.refusal if isinstance(authorizer, Authorizer) else None
        return QueryFailed(text=reason or engine_text(error))
    raise error
