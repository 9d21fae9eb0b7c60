"""`INSERT`, `UPDATE` and `DELETE`; what they return is read like a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from emulator.standins.supabase.rest.catalog import ColumnInfo, Table
from emulator.standins.supabase.rest.errors import RestError, no_column
from emulator.standins.supabase.rest.payload import Payload
from emulator.standins.supabase.rest.sql_parts import (
    AND,
    COMMA,
    EMPTY,
    Parameters,
    Part,
    column,
    literal,
    name,
    names,
    trusted,
)

BODY = "pgrst_body"
# Counts what an upsert has inserted: every row that is tried, less those that were there.
TRIED = sql.SQL(
    " WHERE set_config('pgrst.inserted',"
    " (coalesce(nullif(current_setting('pgrst.inserted', true), ''), '0')::int + 1)::text, true)"
    " <> '0'"
)
WAS_THERE = sql.SQL(
    " WHERE set_config('pgrst.inserted',"
    " (coalesce(nullif(current_setting('pgrst.inserted', true), ''), '0')::int - 1)::text, true)"
    " <> '-1'"
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What becomes of a row whose `columns` are there already."""

    columns: tuple[str, ...]
    merge: bool


def known_columns(table: Table, wanted: Iterable[str]) -> list[ColumnInfo]:
    """Raises `PGRST204` for a column the table does not have."""
    found = []
    for one in wanted:
        if one not in table.columns:
            raise no_column(table.name, one)
        found.append(table.columns[one])
    return found


def insert(
    table: Table,
    payload: Payload,
    conflict: Conflict | None,
    returning: Sequence[str],
    parameters: Parameters,
    *,
    defaults: bool,
) -> Part:
    columns = known_columns(table, payload.keys)
    into = sql.SQL("({}) ").format(names(payload.keys)) if columns else sql.SQL(" ")
    chosen = COMMA.join([column(BODY, one.name) for one in columns])
    rows = from_body(payload, columns, parameters, defaults=defaults, first_only=False)
    merging = conflict is not None and conflict.merge
    return sql.SQL("INSERT INTO {} {}SELECT {} {}{}{}{}").format(
        name(*table.key),
        into,
        chosen,
        rows,
        TRIED if merging else EMPTY,
        on_conflict(table, conflict, columns) if conflict else EMPTY,
        returned(table, returning),
    )


def on_conflict(table: Table, conflict: Conflict, columns: Sequence[ColumnInfo]) -> Part:
    known_columns(table, conflict.columns)
    target = sql.SQL(" ON CONFLICT ({}) ").format(names(conflict.columns))
    if not conflict.merge or not columns:
        return sql.Composed([target, sql.SQL("DO NOTHING")])
    sets = COMMA.join([sql.SQL("{0} = EXCLUDED.{0}").format(name(one.name)) for one in columns])
    return sql.Composed([target, sql.SQL("DO UPDATE SET {}").format(sets), WAS_THERE])


def update(
    table: Table,
    payload: Payload,
    where: Sequence[Part],
    returning: Sequence[str],
    parameters: Parameters,
    *,
    defaults: bool,
) -> Part:
    columns = known_columns(table, payload.keys)
    if not columns:
        nothing = COMMA.join([column(table.name, one) for one in returning]) or sql.SQL("NULL")
        return sql.SQL("SELECT {} FROM {} WHERE FALSE").format(nothing, name(*table.key))
    require_where("UPDATE", where)
    sets = [sql.SQL("{} = {}").format(name(one.name), column(BODY, one.name)) for one in columns]
    return sql.SQL("UPDATE {} SET {} {} WHERE {}{}").format(
        name(*table.key),
        COMMA.join(sets),
        from_body(payload, columns, parameters, defaults=defaults, first_only=True),
        AND.join(where),
        returned(table, returning),
    )


def delete(table: Table, where: Sequence[Part], returning: Sequence[str]) -> Part:
    require_where("DELETE", where)
    return sql.SQL("DELETE FROM {} WHERE {}{}").format(
        name(*table.key), AND.join(where), returned(table, returning)
    )


def require_where(statement: Literal["UPDATE", "DELETE"], where: Sequence[Part]) -> None:
    """As the extension safeupdate has it, which Supabase loads for its API."""
    if not where:
        raise RestError(400, "21000", f"{statement} requires a WHERE clause")


def returned(table: Table, columns: Sequence[str]) -> Part:
    """`RETURNING 1` needs no right to read, and tells how many rows there were."""
    if not columns:
        return sql.SQL(" RETURNING 1")
    return sql.SQL(" RETURNING {}").format(COMMA.join([column(table.name, one) for one in columns]))


def from_body(
    payload: Payload,
    columns: Sequence[ColumnInfo],
    parameters: Parameters,
    *,
    defaults: bool,
    first_only: bool,
) -> Part:
    """`FROM … pgrst_body`: the body's rows with the columns' types."""
    type = sql.SQL("jsonb") if defaults else sql.SQL("json")
    source = sql.SQL("FROM (SELECT {}::{} AS data) pgrst_payload").format(
        parameters.add(payload.text), type
    )
    data: Part = sql.SQL("pgrst_payload.data")
    if defaults:
        source = sql.Composed([source, with_defaults(payload, columns)])
        data = sql.SQL("pgrst_defaults.data")
    return sql.SQL("{}, LATERAL (SELECT {} FROM {}{}) {}").format(
        source,
        names(one.name for one in columns),
        records(payload, columns, data, type),
        sql.SQL(" LIMIT 1") if first_only else EMPTY,
        name(BODY),
    )


def records(payload: Payload, columns: Sequence[ColumnInfo], data: Part, type: Part) -> Part:
    many = EMPTY if payload.is_object else sql.SQL("set")
    if columns:
        typed = [sql.SQL("{} {}").format(name(one.name), trusted(one.type)) for one in columns]
        return sql.SQL("{}_to_record{}({}) AS _({})").format(type, many, data, COMMA.join(typed))
    if payload.is_object:
        return sql.SQL("(VALUES (1)) _")
    return sql.SQL("{}_array_elements({}) _").format(type, data)


def with_defaults(payload: Payload, columns: Sequence[ColumnInfo]) -> Part:
    """The columns' defaults below what the body says."""
    pairs = [
        sql.SQL("{}, {}").format(literal(one.name), trusted(one.default))
        for one in columns
        if one.default is not None and not one.is_generated
    ]
    known = sql.SQL("jsonb_build_object({})").format(COMMA.join(pairs))
    if payload.is_object:
        return sql.SQL(", LATERAL (SELECT {} || pgrst_payload.data AS data) pgrst_defaults").format(
            known
        )
    return sql.SQL(
        ", LATERAL (SELECT coalesce(jsonb_agg({} || element), '[]') AS data"
        " FROM jsonb_array_elements(pgrst_payload.data) element) pgrst_defaults"
    ).format(known)
