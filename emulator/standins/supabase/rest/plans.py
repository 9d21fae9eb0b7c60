"""From a request and a catalogue to the statement that answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from emulator.standins.supabase.rest import calling, writing
from emulator.standins.supabase.rest.catalog import Catalog, Function, Table
from emulator.standins.supabase.rest.errors import no_table, not_built, wrong_rpc_method
from emulator.standins.supabase.rest.models import Query
from emulator.standins.supabase.rest.parse_query import parse_query
from emulator.standins.supabase.rest.payload import Payload, read_payload
from emulator.standins.supabase.rest.reading import (
    Reader,
    Source,
    needed,
    without_root_conditions,
)
from emulator.standins.supabase.rest.requests import RestRequest, Wanted, with_range
from emulator.standins.supabase.rest.sql_parts import Parameters, Part, name
from emulator.standins.supabase.rest.statements import Shape, Statement, statement

# As Supabase's projects have it.
MAX_ROWS = 1_000
MADE = name("pgrst_source")

Kind = Literal["read", "insert", "update", "delete", "call"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and what the answer has to know."""

    kind: Kind
    statement: Statement
    query: Query
    shows: bool
    function: Function | None = None
    # Whether an upsert was possible: there are columns by which rows are the same.
    resolves: bool = False


def plan(request: RestRequest, wanted: Wanted, catalog: Catalog) -> Plan:
    """Raises what PostgREST refuses before it asks the database."""
    if request.is_call:
        return plan_call(request, wanted, catalog)
    table = catalog.tables.get((request.schema, request.name))
    if table is None:
        near = catalog.near_table(request.schema, request.name)
        raise no_table(request.schema, request.name, near)
    query = parse_query(request.query_string)
    match request.method:
        case "GET" | "HEAD":
            query = with_range(query, request.headers.get("range"))
            return plan_read(request, wanted, catalog, table, query)
        case "POST":
            return plan_insert(request, wanted, catalog, table, query)
        case "PATCH" | "DELETE":
            return plan_change(request, wanted, catalog, table, query)
    raise not_built(request.method)


def plan_read(
    request: RestRequest, wanted: Wanted, catalog: Catalog, table: Table, query: Query
) -> Plan:
    parameters = Parameters()
    reader = Reader(catalog, query, parameters, MAX_ROWS)
    reader.check_paths()
    source = Source(table, name(*table.key), table.name)
    rows = reader.rows(source, query.select)
    count = reader.count(source, query.select) if request.preferences.count else None
    shape = shape_of(wanted) if request.method == "GET" else "nothing"
    made = statement(
        rows,
        sql.SQL("SELECT * FROM pgrst_source"),
        shape,
        parameters,
        count=count,
        strip_nulls=wanted.strip_nulls,
    )
    return Plan("read", made, query, request.method == "GET")


def plan_insert(
    request: RestRequest, wanted: Wanted, catalog: Catalog, table: Table, query: Query
) -> Plan:
    preferences = request.preferences
    payload = payload_of(request, query)
    columns = query.on_conflict or table.primary_key
    conflict = None
    if preferences.resolution and columns:
        conflict = writing.Conflict(columns, preferences.resolution == "merge-duplicates")
    parameters = Parameters()
    returning = returning_of(request, wanted, catalog, table, query)
    keys = table.primary_key if preferences.representation == "headers-only" else ()
    made = writing.insert(
        table,
        payload,
        conflict,
        returning or keys,
        parameters,
        defaults=preferences.missing == "default",
    )
    done = changed(request, wanted, catalog, table, query, made, parameters, keys)
    return Plan("insert", done, query, bool(returning), resolves=bool(columns))


def plan_change(
    request: RestRequest, wanted: Wanted, catalog: Catalog, table: Table, query: Query
) -> Plan:
    parameters = Parameters()
    reader = Reader(catalog, query, parameters, None)
    reader.check_paths()
    where = reader.conditions(Source(table, name(*table.key), table.name))
    returning = returning_of(request, wanted, catalog, table, query)
    kind: Kind = "delete"
    if request.method == "PATCH":
        kind = "update"
        made = writing.update(
            table,
            payload_of(request, query),
            where,
            returning,
            parameters,
            defaults=request.preferences.missing == "default",
        )
    else:
        made = writing.delete(table, where, returning)
    done = changed(request, wanted, catalog, table, query, made, parameters)
    return Plan(kind, done, query, bool(returning))


def returning_of(
    request: RestRequest, wanted: Wanted, catalog: Catalog, table: Table, query: Query
) -> tuple[str, ...]:
    """The columns to return; none for `return=minimal`, which needs no right to read."""
    if request.preferences.representation != "representation":
        return ()
    return needed(query, Source(table, MADE, table.name), catalog)


def changed(
    request: RestRequest,
    wanted: Wanted,
    catalog: Catalog,
    table: Table,
    query: Query,
    made: Part,
    parameters: Parameters,
    location: tuple[str, ...] = (),
) -> Statement:
    """The statement around a change: what it returns is read as the table's rows."""
    if request.preferences.representation != "representation":
        everything = sql.SQL("SELECT * FROM pgrst_source")
        return statement(made, everything, "nothing", parameters, location=location)
    reader = Reader(catalog, without_root_conditions(query), parameters, None)
    reader.check_paths()
    rows = reader.rows(Source(table, MADE, table.name), query.select)
    return statement(made, rows, shape_of(wanted), parameters, strip_nulls=wanted.strip_nulls)


def plan_call(request: RestRequest, wanted: Wanted, catalog: Catalog) -> Plan:
    parameters = Parameters()
    if request.method in ("GET", "HEAD"):
        query = parse_query(request.query_string, arguments=True)
        texts = texts_of(query.arguments)
        function = calling.find(catalog, request.schema, request.name, texts)
        made = calling.call_with_texts(function, texts, parameters)
    elif request.method == "POST":
        query = parse_query(request.query_string)
        payload = payload_of(request, query, default=b"{}")
        function = calling.find(catalog, request.schema, request.name, payload.keys)
        made = calling.call_with_body(function, payload, parameters)
    else:
        raise wrong_rpc_method(request.method)
    query = with_range(query, request.headers.get("range"))
    shows = request.method != "HEAD" and function.kind != "void"
    done = called(request, wanted, catalog, query, function, made, parameters, shows)
    return Plan("call", done, query, shows, function)


def called(
    request: RestRequest,
    wanted: Wanted,
    catalog: Catalog,
    query: Query,
    function: Function,
    made: Part,
    parameters: Parameters,
    shows: bool,
) -> Statement:
    everything: Part = sql.SQL("SELECT * FROM pgrst_source")
    if function.kind != "row":
        shape: Shape = "scalars" if function.is_set else "scalar"
        return statement(made, everything, shape if shows else "nothing", parameters)
    table = catalog.tables.get(function.table) if function.table else None
    reader = Reader(catalog, query, parameters, MAX_ROWS)
    reader.check_paths()
    source = Source(table, MADE, function.name)
    shape = shape_of(wanted)
    if not function.is_set and shape == "array":
        shape = "object"
    return statement(
        made,
        reader.rows(source, query.select),
        shape if shows else "nothing",
        parameters,
        count=reader.count(source, query.select) if request.preferences.count else None,
        strip_nulls=wanted.strip_nulls,
    )


def payload_of(request: RestRequest, query: Query, default: bytes = b"") -> Payload:
    content_type = request.headers.get("content-type", "")
    return read_payload(request.body or default, content_type, query.columns)


def texts_of(arguments: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for key, value in arguments:
        found.setdefault(key, []).append(value)
    return found


def shape_of(wanted: Wanted) -> Shape:
    return {"json": "array", "object": "object", "csv": "csv"}[wanted.media]  # type: ignore[return-value]
