"""D1's DDL for a table of PostgreSQL, and notes on what has no place in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.migrating.expressions import condition_of, default_of, quoted
from emulator.migrating.models import Column, ForeignKey, Index, Table
from emulator.migrating.values import Kind


@dataclass(frozen=True, slots=True)
class Ddl:
    """Statements that make one table, and what they leave out."""

    statements: tuple[str, ...]
    notes: tuple[str, ...]


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def names(identifiers: tuple[str, ...]) -> str:
    return ", ".join(map(name, identifiers))


def ddl_of(table: Table, kinds: Mapping[str, Kind], tables: frozenset[str]) -> Ddl:
    """`kinds` are the columns that D1 gets; `tables` all that are moved."""
    notes: list[str] = []
    columns = [column for column in table.columns if column.name in kinds]
    lines = [column_line(table, column, kinds[column.name], notes) for column in columns]
    if len(table.primary_key) > 1:
        lines.append(f"PRIMARY KEY ({names(table.primary_key)})")
    lines += [f"UNIQUE ({names(one)})" for one in table.uniques if set(one) <= set(kinds)]
    for key in table.foreign_keys:
        line = reference(key, tables)
        lines += [line] if line else []
        notes += [] if line else [f"{table.name}: {key.name} refers to what is not moved"]
    for check in table.checks:
        condition = condition_of(check.expression, columns)
        lines += [f"CHECK ({condition})"] if condition else []
        notes += [] if condition else [f"{table.name}: check {check.name} is not translated"]
    made = [f"CREATE TABLE IF NOT EXISTS {name(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"]
    for index in table.indexes:
        statement = index_of(table, index, columns)
        made += [statement] if statement else []
        notes += [] if statement else [f"{table.name}: index {index.name} is not translated"]
    return Ddl(tuple(made), tuple(notes))


def column_line(table: Table, column: Column, kind: Kind, notes: list[str]) -> str:
    parts = [name(column.name), kind.d1_type]
    alone = table.primary_key == (column.name,)
    if column.not_null or alone:
        # SQLite lets any primary key but an INTEGER one be NULL.
        parts.append("NOT NULL")
    if alone:
        parts.append("PRIMARY KEY")
    default = default_of(column, kind) if column.default else None
    if default is not None:
        parts.append(f"DEFAULT {default}")
    elif column.default and not is_counted(column, kind, alone=alone):
        notes.append(f"{table.name}.{column.name}: default {column.default} is not translated")
    if column.labels and not column.is_array:
        parts.append(f"CHECK ({name(column.name)} IN ({', '.join(map(quoted, column.labels))}))")
    return " ".join(parts)


def is_counted(column: Column, kind: Kind, *, alone: bool) -> bool:
    """A serial primary key: SQLite counts those itself."""
    return alone and kind is Kind.INTEGER and (column.default or "").startswith("nextval(")


def reference(key: ForeignKey, tables: frozenset[str]) -> str | None:
    if key.target not in tables:
        return None
    line = f"FOREIGN KEY ({names(key.columns)}) REFERENCES {name(key.target)}"
    line += f" ({names(key.target_columns)})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        line += f" ON {event} {action}" if action != "NO ACTION" else ""
    return line


def index_of(table: Table, index: Index, columns: list[Column]) -> str | None:
    known = {column.name for column in columns}
    if index.method not in ("btree", "hash") or any(key not in known for key, _ in index.keys):
        return None
    where = ""
    if index.predicate is not None:
        condition = condition_of(index.predicate, columns)
        if condition is None:
            return None
        where = f" WHERE {condition}"
    keys = ", ".join(name(key or "") + (" DESC" if down else "") for key, down in index.keys)
    unique = "UNIQUE " if index.is_unique else ""
    made = f"CREATE {unique}INDEX IF NOT EXISTS {name(index.name)}"
    return f"{made} ON {name(table.name)} ({keys}){where}"
