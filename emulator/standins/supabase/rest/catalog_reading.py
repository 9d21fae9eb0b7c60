"""Reads the catalogue from PostgreSQL's own."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from psycopg import AsyncConnection

from emulator.standins.supabase.rest.catalog import (
    Cardinality,
    Catalog,
    ColumnInfo,
    Function,
    Junction,
    Parameter,
    Relationship,
    Table,
)

Row = tuple[Any, ...]
Tables = dict[tuple[str, str], Table]

COLUMNS = """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), NOT a.attnotnull,
       a.attgenerated <> '' OR a.attidentity = 'a'
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
ORDER BY n.nspname, c.relname, a.attnum
"""
NAMES = """
(SELECT array_agg(a.attname::text ORDER BY k.at)
 FROM unnest({}) WITH ORDINALITY AS k (number, at)
 JOIN pg_attribute a ON a.attrelid = {} AND a.attnum = k.number)
"""
UNIQUE = f"""
SELECT n.nspname, c.relname, k.contype::text, {NAMES.format("k.conkey", "c.oid")}
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND k.contype IN ('p', 'u')
"""
FOREIGN = f"""
SELECT k.conname, n.nspname, c.relname, {NAMES.format("k.conkey", "c.oid")},
       fn.nspname, f.relname, {NAMES.format("k.confkey", "f.oid")}
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE n.nspname = ANY(%s) AND k.contype = 'f' AND k.conparentid = 0
ORDER BY k.conname
"""
FUNCTIONS = """
SELECT n.nspname, p.proname, coalesce(p.proargnames::text[], '{}'),
       coalesce(p.proargmodes::text[], '{}'),
       (SELECT coalesce(array_agg(format_type(t, NULL) ORDER BY at), '{}')
        FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS k (t, at)),
       p.pronargs, p.pronargdefaults, p.proretset, p.provolatile::text,
       t.typtype::text, t.typname, rn.nspname, rc.relname, rc.relkind::text
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_type t ON t.oid = p.prorettype
LEFT JOIN pg_class rc ON rc.oid = t.typrelid
LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE n.nspname = ANY(%s) AND p.prokind = 'f' AND t.typname <> 'trigger'
ORDER BY n.nspname, p.proname, p.oid
"""
PRIMARY = "p"


async def read_catalog(connection: AsyncConnection, schemas: Sequence[str]) -> Catalog:
    async def rows(query: str) -> list[Row]:
        return await (await connection.execute(query.encode(), (list(schemas),))).fetchall()

    unique = await rows(UNIQUE)
    tables = tables_of(await rows(COLUMNS), unique)
    keys = {(schema, name, frozenset(columns)) for schema, name, _, columns in unique}
    relationships: dict[tuple[str, str], list[Relationship]] = {}
    for one in relationships_of(tables, await rows(FOREIGN), keys):
        relationships.setdefault(one.table.key, []).append(one)
    functions: dict[tuple[str, str], list[Function]] = {}
    for row in await rows(FUNCTIONS):
        function = function_of(row)
        functions.setdefault((function.schema, function.name), []).append(function)
    return Catalog(tables, relationships, functions)


def tables_of(columns: Iterable[Row], unique: Iterable[Row]) -> Tables:
    found: dict[tuple[str, str], dict[str, ColumnInfo]] = {}
    for schema, table, *column in columns:
        info = ColumnInfo(*column)
        found.setdefault((schema, table), {})[info.name] = info
    primary = {(row[0], row[1]): tuple(row[3]) for row in unique if row[2] == PRIMARY}
    return {key: Table(*key, infos, primary.get(key, ())) for key, infos in found.items()}


def relationships_of(
    tables: Tables, foreign: Iterable[Row], keys: set[tuple[str, str, frozenset[str]]]
) -> Iterable[Relationship]:
    """Both ways of every foreign key, and the ways through junctions."""
    direct = []
    for constraint, schema, name, near, other_schema, other_name, far in foreign:
        table, other = tables.get((schema, name)), tables.get((other_schema, other_name))
        if table is None or other is None:
            continue
        single = (schema, name, frozenset(near)) in keys
        there: Cardinality = "one-to-one" if single else "many-to-one"
        back: Cardinality = "one-to-one" if single else "one-to-many"
        pair = tuple(near), tuple(far)
        one = Relationship(constraint, there, table, other, *pair)
        direct.append(one)
        yield one
        yield Relationship(constraint, back, other, table, pair[1], pair[0])
    yield from junctions(direct)


def junctions(direct: Sequence[Relationship]) -> Iterable[Relationship]:
    """A table whose primary key has two foreign keys in it stands between two others."""
    for one in direct:
        for two in direct:
            primary = set(one.table.primary_key)
            within = {*one.near, *two.near} <= primary
            if one is two or one.table.key != two.table.key or not within:
                continue
            junction = Junction(one.table, one.near, two.near)
            yield Relationship(
                one.table.name, "many-to-many", one.other, two.other, one.far, two.far, junction
            )


def function_of(row: Row) -> Function:
    schema, name, names, modes, types, inputs, defaults, is_set, volatility, *returned = row
    modes = modes or ["i"] * len(types)
    names = names or [""] * len(types)
    taken = [(n, t, m) for n, t, m in zip(names, types, modes, strict=True) if m in "ibv"]
    required = inputs - defaults
    parameters = tuple(
        Parameter(one, type, at < required and mode != "v", mode == "v")
        for at, (one, type, mode) in enumerate(taken)
    )
    columns = tuple(n for n, m in zip(names, modes, strict=True) if m in "obt")
    kind_of_type, type_name, table_schema, table_name, relation_kind = returned
    table = (table_schema, table_name) if relation_kind in ("r", "v", "m", "f", "p") else None
    kind: Literal["scalar", "row", "void"]
    if type_name == "void":
        kind = "void"
    elif kind_of_type == "c" or type_name == "record" or len(columns) > 1:
        kind = "row"
    else:
        kind = "scalar"
    # `RETURNS TABLE (one column)` has that column's type, and rows all the same.
    kind = "row" if "t" in modes else kind
    return Function(schema, name, parameters, kind, is_set, volatility, table, columns)
