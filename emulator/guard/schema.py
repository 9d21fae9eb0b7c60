"""What a database's own catalogue says of its tables, views and triggers.

Names are compared as SQLite compares them, without case, so every key here is lower case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.guard.catalogue import COLUMNS, FOREIGN_KEYS, OBJECTS, UNIQUES
from emulator.guard.tokens import trigger_parts, virtual_parts

# What SQLite calls the number of a row, in any table that declares no column of that name.
ROWID = "rowid"
ROWIDS = frozenset({"rowid", "oid", "_rowid_"})

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of this table hold `references` of another one's row."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    cascades: bool = False


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[str, ...]
    primary_key: tuple[str, ...] = ()
    # The sets of columns of which no two rows have the same values, the primary key apart.
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    required: frozenset[str] = frozenset()
    # `fts5`, `fts5vocab`, …: empty for an ordinary table.
    module: str = ""
    # The table whose text an FTS table indexes, and the column that is its rowid.
    content: str | None = None
    content_rowid: str = ROWID
    # The column that is another name of the rowid: `id INTEGER PRIMARY KEY`.
    rowid_alias: str | None = None

    def column(self, name: str) -> str | None:
        """The column's name as it is here; None where there is none."""
        name = name.lower()
        if name in self.columns:
            return ROWID if name == self.rowid_alias else name
        return ROWID if name in ROWIDS else None

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Every set of columns that tells one row from the others."""
        declared = [key for key in (self.primary_key, *self.unique) if key]
        return tuple(tuple(self.column(name) or name for name in key) for key in declared)


@dataclass(frozen=True)
class Trigger:
    name: str
    table: str
    event: str  # INSERT, UPDATE or DELETE
    statements: tuple[str, ...]
    # Of UPDATE OF: the columns that set it off. None: all.
    columns: frozenset[str] | None = None
    when: str = ""


@dataclass(frozen=True)
class Schema:
    tables: Mapping[str, Table] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()

    @classmethod
    def read(cls, rows: Callable[[str], Rows]) -> "Schema":
        """`rows` runs a query on the database and gives its rows by column name."""
        objects = rows(OBJECTS)
        columns = grouped(rows(COLUMNS), "tbl")
        uniques = grouped(rows(UNIQUES), "tbl")
        references = grouped(rows(FOREIGN_KEYS), "tbl")
        tables = {
            row["name"].lower(): table_of(
                row,
                columns.get(row["name"], []),
                uniques.get(row["name"], []),
                references.get(row["name"], []),
            )
            for row in objects
            if row["type"] == "table"
        }
        views = {row["name"].lower(): row["sql"] or "" for row in objects if row["type"] == "view"}
        triggers = (trigger_of(row) for row in objects if row["type"] == "trigger")
        return cls(tables, views, tuple(found for found in triggers if found))

    def table(self, name: str) -> Table | None:
        return self.tables.get(name.lower())


def grouped(rows: Rows, key: str) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def table_of(
    row: Mapping[str, Any],
    columns: list[Mapping[str, Any]],
    uniques: list[Mapping[str, Any]],
    references: list[Mapping[str, Any]],
) -> Table:
    name = row["name"].lower()
    module, options = virtual_parts(row["sql"] or "")
    hidden = {name, "rank"} if module else set()
    names = tuple(low for column in columns if (low := column["name"].lower()) not in hidden)
    key = sorted((c for c in columns if c["pk"]), key=lambda column: int(column["pk"]))
    primary = tuple(column["name"].lower() for column in key)
    whole = len(key) == 1 and str(key[0]["type"]).upper() == "INTEGER"
    return Table(
        name=name,
        columns=names,
        primary_key=primary,
        unique=unique_sets(uniques),
        foreign_keys=foreign_keys_of(references),
        required=frozenset(c["name"].lower() for c in columns if c["notnull"]),
        module=module,
        content=options.get("content") or None,
        content_rowid=options.get("content_rowid", ROWID),
        rowid_alias=primary[0] if whole and not module else None,
    )


def unique_sets(rows: list[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    groups = grouped(rows, "idx")
    # An index over an expression has columns without a name: nothing can be said of it.
    named = [group for group in groups.values() if all(row["name"] for row in group)]
    return tuple(tuple(row["name"].lower() for row in group) for group in named)


def foreign_keys_of(rows: list[Mapping[str, Any]]) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(
            tuple(row["from"].lower() for row in group),
            group[0]["table"].lower(),
            tuple((row["to"] or "").lower() for row in group),
            str(group[0]["on_delete"]).upper() == "CASCADE",
        )
        for group in grouped(rows, "id").values()
    )


def trigger_of(row: Mapping[str, Any]) -> Trigger | None:
    parts = trigger_parts(row["sql"] or "")
    if parts is None:
        return None
    return Trigger(row["name"].lower(), row["tbl_name"].lower(), *parts)
