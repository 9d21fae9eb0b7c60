"""A database as SQL text that makes it again: what `export` hands out.

The form is D1's (`cloudflare-behaviour` §2.8): foreign keys are deferred, a table comes
before those that refer to it, then indexes, views and triggers. D1's own tables are left
out. Lines are made one at a time, so a dump of any size takes no memory.
"""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from emulator.d1.engine import quoted
from emulator.d1.models import Value
from emulator.d1.transfer_errors import VirtualTables

FIRST_LINE = "PRAGMA defer_foreign_keys=TRUE;\n"

TABLES = (
    "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"
    " ORDER BY rowid"
)
# A view comes before the triggers that may be on it, each after what was there before it.
THE_REST = (
    "SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL"
    " AND tbl_name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY rowid"
)
HAS_SEQUENCES = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """What to leave out. Without `tables` all are dumped."""

    no_data: bool = False
    no_schema: bool = False
    tables: Collection[str] = field(default_factory=frozenset)


def write_dump(database: Path, target: Path, options: DumpOptions) -> None:
    """Write the dump of a database file. Raises `VirtualTables`."""
    # A connection of its own: it may read what D1's statements may not, and see one state.
    with closing(apsw.Connection(str(database), apsw.SQLITE_OPEN_READONLY)) as connection:
        connection.execute("BEGIN")
        with target.open("w", encoding="utf-8", newline="") as file:
            file.writelines(dump(connection, options))


def dump(connection: apsw.Connection, options: DumpOptions) -> Iterator[str]:
    """The lines of the dump."""
    tables = {
        name: sql
        for name, sql in connection.execute(TABLES)
        if not options.tables or name in options.tables
    }
    if any(is_virtual(sql) for sql in tables.values()):
        raise VirtualTables()
    yield FIRST_LINE
    parents = {name: parents_of(connection, name) for name in tables}
    created: set[str] = set()
    for name in parents_first(parents):
        # Where tables refer to each other in a circle, all of them before the first row.
        for needed in (name, *sorted(parents[name] & tables.keys())):
            if needed not in created and not options.no_schema:
                yield f"{tables[needed]};\n"
            created.add(needed)
        if not options.no_data:
            yield from rows_of(connection, name)
    if not options.tables:
        yield from sequences(connection, options)
    if not options.no_schema:
        yield from rest_of_schema(connection, options)


def is_virtual(sql: str) -> bool:
    return sql.upper().startswith("CREATE VIRTUAL TABLE")


def parents_of(connection: apsw.Connection, table: str) -> set[str]:
    """The tables that this one's foreign keys refer to, as they are spelled there."""
    rows = connection.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (table,))
    spelled = {str(name).lower() for (name,) in rows}
    return {name for (name, _) in connection.execute(TABLES) if name.lower() in spelled}


def parents_first(parents: dict[str, set[str]]) -> Iterator[str]:
    """All tables, each after those it refers to but for circles; else in their order."""
    seen: set[str] = set()
    for table in parents:
        # By hand, not by recursion: a chain may be longer than Python's stack.
        waiting = [(table, False)]
        while waiting:
            name, is_ready = waiting.pop()
            if is_ready:
                yield name
            elif name not in seen:
                seen.add(name)
                waiting.append((name, True))
                waiting.extend((parent, False) for parent in sorted(parents[name] & parents.keys()))


def rows_of(connection: apsw.Connection, table: str) -> Iterator[str]:
    # `table_info` leaves out generated columns, which cannot be inserted.
    columns = [
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    ]
    return inserts(connection, table, columns)


def inserts(connection: apsw.Connection, table: str, columns: list[str]) -> Iterator[str]:
    names = ",".join(map(quoted, columns))
    values = ",".join(literal_sql(quoted(column)) for column in columns)
    start = f"INSERT INTO {quoted(table)} ({names}) VALUES("
    for row in connection.execute(f"SELECT {values} FROM {quoted(table)}"):
        yield f"{start}{','.join(map(literal, row))});\n"


def literal_sql(column: str) -> str:
    """SQL for a value's literal; of text, its bytes: only Python knows whether they are text."""
    return (
        f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB)"
        f" WHEN 'blob' THEN 'X''' || hex({column}) || '''' ELSE quote({column}) END"
    )


def literal(value: Value) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"CAST(X'{value.hex()}' AS TEXT)"
    if "\0" in text:
        # SQL text ends at its first NUL.
        return f"CAST(X'{value.hex()}' AS TEXT)"
    return "'" + text.replace("'", "''") + "'"


def sequences(connection: apsw.Connection, options: DumpOptions) -> Iterator[str]:
    """Where AUTOINCREMENT goes on."""
    if options.no_data or not connection.execute(HAS_SEQUENCES).fetchall():
        return
    yield "DELETE FROM sqlite_sequence;\n"
    yield from inserts(connection, "sqlite_sequence", ["name", "seq"])


def rest_of_schema(connection: apsw.Connection, options: DumpOptions) -> Iterator[str]:
    for kind in ("index", "view", "trigger"):
        for name, sql in connection.execute(THE_REST, (kind,)):
            if not options.tables or name in options.tables:
                yield f"{sql};\n"
