"""One D1 database file, opened with D1's limits and refusals: statements in, results out.

No transactions and no threads here; `database.py` has them.
"""

import marshal
import math
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import apsw
import apsw.ext

from emulator.core.errors import CloudflareError
from emulator.d1 import limits
from emulator.d1.authorizer import Authorizer
from emulator.d1.errors import (
    DatabaseFull,
    NoStatement,
    QueryFailed,
    QueryTimedOut,
    ResultTooLarge,
    WrongParameters,
)
from emulator.d1.history import History
from emulator.d1.meter import RowMeter
from emulator.d1.models import Meta, Parameter, Result, Size, Value
from emulator.d1.rows.plan import StatementPlan
from emulator.d1.splitter import after_blank

# Statements whose preparation is remembered, by their text.
MAX_PREPARED = 1_000
MAX_PREPARED_CHARACTERS = 16_384
PROGRESS_STEPS = 10_000
# A longer text is no look-up, whatever its program says.
MAX_LOOKUP_CHARACTERS = 1_000
BUSY_MILLISECONDS = 5_000
PAGE_BYTES = 4_096
# Prepared statements are remembered by text and flags: a user's, which has no flags, never
# finds one of ours that is already permitted.
OURS = apsw.SQLITE_PREPARE_PERSISTENT
# Rows are fetched so many at a time that even the largest possible ones fit in memory.
CHUNK_BYTES = 128 * 1024**2
# What a value costs in Python beyond its bytes.
VALUE_OVERHEAD_BYTES = 32

LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, limits.MAX_VALUE_BYTES),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, limits.MAX_SQL_BYTES),
    (apsw.SQLITE_LIMIT_VARIABLE_NUMBER, limits.MAX_PARAMETERS),
    (apsw.SQLITE_LIMIT_COLUMN, limits.MAX_COLUMNS),
    (apsw.SQLITE_LIMIT_FUNCTION_ARG, limits.MAX_FUNCTION_ARGUMENTS),
    (apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, limits.MAX_PATTERN_BYTES),
    (apsw.SQLITE_LIMIT_COMPOUND_SELECT, limits.MAX_COMPOUND_TERMS),
    (apsw.SQLITE_LIMIT_EXPR_DEPTH, limits.MAX_EXPRESSION_DEPTH),
    (apsw.SQLITE_LIMIT_TRIGGER_DEPTH, limits.MAX_TRIGGER_DEPTH),
    (apsw.SQLITE_LIMIT_VDBE_OP, limits.MAX_PROGRAM_STEPS),
    (apsw.SQLITE_LIMIT_ATTACHED, 0),
)
SWITCHES_OFF = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA defer_foreign_keys = OFF",
    "PRAGMA case_sensitive_like = OFF",
    "PRAGMA ignore_check_constraints = OFF",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA reverse_unordered_selects = OFF",
)
# D1's own table, which every database lists and no statement may touch.
OWN_TABLE = "CREATE TABLE IF NOT EXISTS _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"
COUNT_TABLES = (
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"
)
FIND_RESERVED = (
    "SELECT 1 FROM sqlite_schema WHERE name LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> '_cf_KV'"
)


class Prepared(NamedTuple):
    """What a statement's text says about it before it runs."""

    columns: tuple[str, ...]
    reads_only: bool
    changes_schema: bool
    sets_pragma: bool
    plan: StatementPlan | None
    # How many rows are fetched at a time; 0 if it has none.
    step: int


class Engine:
    """An open connection. Not safe to use from two threads at once."""

    def __init__(self, path: Path, vfs: str | None, history: History, *, full_sync: bool) -> None:
        # When what runs is interrupted, by `perf_counter`.
        self.deadline = math.inf
        self._authorizer = Authorizer()
        self._prepared: dict[str, Prepared] = {}
        self._size_bytes: int | None = None
        self._switched = False
        self.schema_mark = object()
        self.connection = apsw.Connection(str(path), vfs=vfs, statementcachesize=256)
        self._own = self.connection.cursor()
        self._configure(history, full_sync)
        self._meter = RowMeter(self.connection)

    def close(self) -> None:
        self._prepared.clear()
        self.connection.close()

    def knows(self, sql: str) -> bool:
        """Whether the text is remembered, as one statement, from an earlier call."""
        return sql in self._prepared

    def looks_up(self, sql: str) -> bool:
        """Whether the text is remembered as one that reads a few rows and calls no function."""
        prepared = self._prepared.get(sql)
        return (
            prepared is not None
            and prepared.reads_only
            and prepared.plan is not None
            and prepared.plan.is_settled()
            and len(sql) <= MAX_LOOKUP_CHARACTERS
            and "(" not in sql
        )

    def prepare(self, sql: str) -> Prepared:
        """The statement, found sound and permitted. Raises `QueryFailed`."""
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = self._prepare(sql)
            if len(sql) <= MAX_PREPARED_CHARACTERS:
                if len(self._prepared) >= MAX_PREPARED:
                    del self._prepared[next(iter(self._prepared))]
                self._prepared[sql] = prepared
        return prepared

    def execute(self, sql: str, params: Sequence[Parameter], prepared: Prepared) -> Result:
        """Run one statement to its end."""
        connection = self.connection
        columns, reads_only, changes_schema, sets_pragma, plan, step = prepared
        values = [param if type(param) is str else bindable(param) for param in params]
        changes_before = connection.total_changes()
        id_before = connection.last_insert_rowid()
        # A switch may make another program of the statement than the one that was planned.
        self._switched |= sets_pragma
        count = None if plan is None or self._switched else plan.settled(values)
        if count is None:
            self._meter.listen()
        started = perf_counter()
        try:
            cursor = connection.execute(sql, values)
            rows = fetch(cursor, len(columns), step) if step else []
        except Exception as error:
            if not (reads_only and isinstance(error, UnicodeDecodeError)):
                raise self._refusal(error) from None
            rows, plan = self._rows_as_bytes(sql, values, 2 * len(columns)), None
        milliseconds = (perf_counter() - started) * 1000
        last_row_id = connection.last_insert_rowid()
        changes = connection.total_changes() - changes_before
        if count is None or plan is None:
            count = self._meter.count(plan, rows, changes, values)
        if not reads_only:
            self._size_bytes = None
            if changes_schema:
                self._schema_changed()
        meta = Meta(
            milliseconds,
            changes,
            last_row_id,
            changes != 0 or last_row_id != id_before or changes_schema,
            self._size_bytes or self.size_bytes(),
            count.read,
            count.written,
            count.exact,
        )
        return Result(columns, rows, meta, not reads_only)

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
    ) -> None:
        """Insert rows as they are, without results or row counts. Raises `QueryFailed`."""
        names = ", ".join(map(quoted, columns))
        marks = ", ".join("?" * len(columns))
        try:
            self.connection.executemany(
                f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", rows
            )
        except Exception as error:
            raise self._refusal(error) from None
        self._size_bytes = None

    def run_own(self, sql: str, *, can_cache: bool = True) -> list[tuple[Value, ...]]:
        """A statement of the twin's own, which D1's refusals do not concern."""
        self._authorizer.trusting = True
        try:
            self._own.execute(sql, can_cache=can_cache, prepare_flags=OURS)
            return self._own.fetchall()
        except apsw.Error as error:
            raise self._refusal(error) from None
        finally:
            self._authorizer.trusting = False

    def own_rows(self, sql: str) -> list[dict[str, Value]]:
        """A query of the twin's own, its rows by column."""
        self._authorizer.trusting = True
        try:
            cursor = self.connection.execute(sql, prepare_flags=OURS)
            return [
                dict(zip((one[0] for one in cursor.description), row, strict=True))
                for row in cursor
            ]
        finally:
            self._authorizer.trusting = False

    def rollback(self) -> None:
        self._size_bytes = None
        self.run_own("ROLLBACK")

    def size_bytes(self) -> int:
        if self._size_bytes is None:
            # SQLite compiles a PRAGMA anew for each run.
            pages = whole(self.run_own("PRAGMA page_count", can_cache=False))
            self._size_bytes = PAGE_BYTES * pages
        return self._size_bytes

    def size(self) -> Size:
        return Size(whole(self.run_own(COUNT_TABLES)), self.size_bytes())

    def image(self) -> bytes:
        """The bytes of the file, as it is with nothing beside it."""
        # SQLite asks itself for the number of pages, and would be refused.
        self._authorizer.trusting = True
        try:
            data = self.connection.serialize("main")
        finally:
            self._authorizer.trusting = False
        # Two of them say that there is a log.
        return data[:18] + b"\1\1" + data[20:]

    def reset_pragmas(self) -> None:
        """Switches last for one call only."""
        self._switched = False
        for sql in SWITCHES_OFF:
            self.run_own(sql)

    def forget(self) -> None:
        """The schema or the file is not what it was: drop what was remembered about it."""
        self._prepared.clear()
        self._meter.forget()
        self._size_bytes = None
        # Another one as soon as the schema may be another.
        self.schema_mark = object()

    def _configure(self, history: History, full_sync: bool) -> None:
        connection = self.connection
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.set_authorizer(self._authorizer)
        self.run_own("PRAGMA journal_mode = WAL")
        self.run_own(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
        history.attach(connection)
        self.run_own(f"PRAGMA max_page_count = {limits.MAX_DATABASE_BYTES // PAGE_BYTES}")
        self.run_own(OWN_TABLE)
        self.reset_pragmas()
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        for number, value in LIMITS:
            connection.limit(number, value)
        connection.set_progress_handler(self._is_late, PROGRESS_STEPS)

    def _is_late(self) -> bool:
        return perf_counter() > self.deadline

    def _prepare(self, sql: str) -> Prepared:
        authorizer = self._authorizer
        authorizer.forget()
        if len(sql.encode("utf-8", "replace")) > limits.MAX_SQL_BYTES:
            raise QueryFailed(text="statement too long: SQLITE_TOOBIG")
        try:
            details = apsw.ext.query_info(self.connection, sql)
        except Exception as error:
            raise self._refusal(error) from None
        if not details.has_vdbe:
            raise NoStatement()
        rest = details.query_remaining or ""
        if after_blank(rest, 0) < len(rest):
            raise QueryFailed(text="A prepared SQL statement must contain only one statement.")
        columns = tuple(column[0] for column in details.description)
        return Prepared(
            columns,
            details.is_readonly and not (authorizer.changes_schema or authorizer.sets_pragma),
            authorizer.changes_schema,
            authorizer.sets_pragma,
            self._meter.plan(sql, details.bindings_count),
            rows_at_a_time(len(columns)),
        )

    def _rows_as_bytes(
        self, sql: str, values: Sequence[Value], width: int
    ) -> list[tuple[Value, ...]]:
        """The rows of a query whose text is not all UTF-8, decoded as JavaScript does."""
        self.connection.limit(apsw.SQLITE_LIMIT_COLUMN, 2 * limits.MAX_COLUMNS)
        try:
            cursor = self.connection.execute(as_bytes(sql, width // 2), values)
            return [decode(row) for row in fetch(cursor, width, rows_at_a_time(width))]
        except Exception as error:
            raise self._refusal(error) from None
        finally:
            self.connection.limit(apsw.SQLITE_LIMIT_COLUMN, limits.MAX_COLUMNS)

    def _schema_changed(self) -> None:
        self.forget()
        if self.run_own(FIND_RESERVED):
            # ALTER TABLE … RENAME TO: the authorizer is not told the new name.
            raise QueryFailed(text="not authorized: SQLITE_AUTH")

    def _refusal(self, error: Exception) -> CloudflareError:
        """The engine's error as D1 words it; what is not one is returned as it is."""
        if isinstance(error, CloudflareError):
            return error
        if isinstance(error, apsw.InterruptError):
            return QueryTimedOut()
        if isinstance(error, apsw.BindingsError):
            return WrongParameters()
        if isinstance(error, apsw.FullError):
            return DatabaseFull()
        if isinstance(error, apsw.Error):
            return QueryFailed(text=self._authorizer.refusal or engine_text(error))
        if isinstance(error, UnicodeError):
            return QueryFailed(text="text is not valid UTF-8: SQLITE_ERROR")
        if isinstance(error, MemoryError):
            return ResultTooLarge()
        if isinstance(error, ValueError):
            # A NUL character ends SQL text; workerd says this of what is left.
            return QueryFailed(text="SQL code did not contain a statement.")
        raise error


def engine_text(error: apsw.Error) -> str:
    """`<message>[ at offset N]: SQLITE_CODE[ (extended: SQLITE_CODE_SUB)]`."""
    # apsw sets these on every error that SQLite itself has raised, and its stubs lack them.
    facts = vars(error)
    code, extended = facts.get("result", 1) & 0xFF, facts.get("extendedresult", 1)
    offset = facts.get("error_offset", -1)
    where = f" at offset {offset}" if offset >= 0 else ""
    text = f"{error}{where}: {apsw.mapping_result_codes[code]}"
    if extended != code:
        text += f" (extended: {apsw.mapping_extended_result_codes[extended]})"
    return text


def bindable(value: Parameter) -> str | float | bytes | None:
    """Numbers are JavaScript's, so they bind as REAL; an array is the bytes of a BLOB."""
    if type(value) is int:
        return float(value)
    if value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    return bytes(value)


def rows_at_a_time(width: int) -> int:
    """How many rows of so many columns surely fit in memory; 0 if there are no columns."""
    return max(1, CHUNK_BYTES // (width * limits.MAX_VALUE_BYTES)) if width else 0


def fetch(cursor: apsw.Cursor, width: int, step: int) -> list[tuple[Value, ...]]:
    """All rows, if they fit; `step` at a time. Raises `ResultTooLarge`."""
    rows = chunk = list(islice(cursor, step))
    size = 0
    while len(chunk) == step:
        size += weight(chunk, width)
        if size > limits.MAX_RESULT_BYTES:
            cursor.close(True)
            raise ResultTooLarge()
        chunk = list(islice(cursor, step))
        rows += chunk
    return rows


def weight(rows: list[tuple[Value, ...]], width: int) -> int:
    """About how many bytes of memory the rows take."""
    return len(marshal.dumps(rows, 2)) + VALUE_OVERHEAD_BYTES * width * len(rows)


def as_bytes(sql: str, width: int) -> str:
    """The query with every text as a BLOB, each value after its type."""
    names = [f"c{number}" for number in range(width)]
    values = ", ".join(
        f"typeof({name}), CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END"
        for name in names
    )
    return f"WITH q({', '.join(names)}) AS ({sql.rstrip().rstrip(';')}\n) SELECT {values} FROM q"


def decode(row: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(
        value.decode("utf-8", "replace") if kind == "text" and isinstance(value, bytes) else value
        for kind, value in zip(row[::2], row[1::2], strict=True)
    )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def whole(rows: list[tuple[Value, ...]]) -> int:
    """The number that is the only value of a query."""
    value = rows[0][0]
    assert isinstance(value, int)
    return value
