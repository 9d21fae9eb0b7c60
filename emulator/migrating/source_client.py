"""The PostgreSQL that is moved from: its schema and its rows, all of one moment."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from emulator.migrating import catalogue
from emulator.migrating.mapping import source_expression
from emulator.migrating.models import Check, Column, ForeignKey, Index, Table

FETCHED_ROWS = 500

Texts = tuple[str | None, ...]


class SourceFailed(Exception):
    """PostgreSQL cannot be reached, or will not say."""


class SourceClient:
    """A connection whose one transaction sees one moment. Close it."""

    def __init__(self, dsn: str, schema: str) -> None:
        self._schema = schema
        try:
            # No prepared statements: Supabase's pooler has none.
            self._connection = psycopg.connect(
                dsn, prepare_threshold=None, client_encoding="utf8", connect_timeout=20
            )
            self._connection.execute(catalogue.SESSION)
        except psycopg.Error as error:
            raise SourceFailed(said(error)) from None

    def close(self) -> None:
        self._connection.close()

    def tables(self) -> list[Table]:
        """The schema's tables, by name."""
        named = dict(self._all(catalogue.TABLES, self._schema))
        if not named:
            raise SourceFailed(f"the schema {self._schema} has no tables that can be seen")
        oids = list(named)
        columns = by_table(self._all(catalogue.COLUMNS, oids))
        constraints = by_table(self._all(catalogue.CONSTRAINTS, oids))
        indexes = by_table(self._all(catalogue.INDEXES, oids))
        return [
            table_of(name, columns[oid], constraints[oid], indexes[oid])
            for oid, name in named.items()
        ]

    def count(self, table: str) -> int:
        return int(self._one(sql.SQL("SELECT count(*) FROM {}").format(self._identifier(table))))

    def rows(
        self, table: str, columns: Sequence[Column], order: Sequence[str]
    ) -> Iterator[list[Texts]]:
        """The rows in pieces, each value as text."""
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(
                # Of identifiers that are quoted.
                sql.SQL(source_expression(one, sql.Identifier(one.name).as_string(None)))
                for one in columns
            ),
            self._identifier(table),
        )
        if order:
            keys = sql.SQL(", ").join(map(sql.Identifier, order))
            query = sql.SQL("{} ORDER BY {}").format(query, keys)
        try:
            with self._connection.cursor(name="rows") as cursor:
                cursor.execute(query)
                while piece := cursor.fetchmany(FETCHED_ROWS):
                    yield piece
        except psycopg.Error as error:
            raise SourceFailed(f"{table}: {said(error)}") from None

    def _identifier(self, table: str) -> sql.Identifier:
        return sql.Identifier(self._schema, table)

    def _all(self, query: str, value: object) -> list[Any]:
        try:
            return self._connection.execute(query.encode(), (value,)).fetchall()
        except psycopg.Error as error:
            raise SourceFailed(said(error)) from None

    def _one(self, query: sql.Composed) -> Any:
        try:
            row = self._connection.execute(query).fetchone()
        except psycopg.Error as error:
            raise SourceFailed(said(error)) from None
        return row[0] if row else None


def said(error: psycopg.Error) -> str:
    """PostgreSQL's words in one line; they hold no password."""
    return " ".join(str(error).split()) or type(error).__name__


def by_table(rows: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for oid, *rest in rows:
        found[oid].append(rest)
    return found


def table_of(name: str, columns: list[Any], constraints: list[Any], indexes: list[Any]) -> Table:
    of_kind: dict[str, list[Any]] = defaultdict(list)
    for kind, *rest in constraints:
        of_kind[kind].append(rest)
    primary = of_kind["p"]
    return Table(
        name,
        tuple(map(column_of, columns)),
        tuple(primary[0][1]) if primary else (),
        tuple(tuple(row[1]) for row in of_kind["u"]),
        tuple(foreign_key_of(row) for row in of_kind["f"]),
        tuple(Check(row[0], row[6]) for row in of_kind["c"]),
        tuple(map(index_of, indexes)),
    )


def column_of(row: list[Any]) -> Column:
    name, type, shown, not_null, default, is_array, is_identity, is_generated, labels = row
    return Column(
        name,
        type,
        shown,
        not_null,
        # A generated column's expression stands where defaults do.
        None if is_generated else default,
        tuple(labels),
        is_array,
        is_identity,
        is_generated,
    )


def foreign_key_of(row: list[Any]) -> ForeignKey:
    name, columns, target, target_columns, on_delete, on_update, _ = row
    actions = catalogue.ACTIONS
    return ForeignKey(
        name,
        tuple(columns),
        target or "",
        tuple(target_columns),
        actions[on_delete],
        actions[on_update],
    )


def index_of(row: list[Any]) -> Index:
    name, is_unique, method, predicate, keys, down = row
    return Index(name, tuple(zip(keys, down, strict=True)), is_unique, method, predicate)
