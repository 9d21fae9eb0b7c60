"""D1 in Cloudflare's API: databases, and SQL by `query` and `raw`.

https://developers.cloudflare.com/api/resources/d1/
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal
from urllib.parse import parse_qs

import orjson
from pydantic import BaseModel

from emulator.core.clock import iso
from emulator.d1 import encoding
from emulator.d1.database import D1Database
from emulator.d1.errors import AccountNotAuthorized, MalformedRequest
from emulator.d1.limits import (
    DEFAULT_PER_PAGE,
    MAX_BODY_BYTES,
    MAX_PER_PAGE,
    MIN_PER_PAGE,
)
from emulator.d1.models import DatabaseInfo, Meta, Size, Statement, Value
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Headers, Reply
from emulator.wire.routing import Handler, Route

Encode = Callable[[Sequence[str], Sequence[tuple[Value, ...]]], orjson.Fragment]
Json = Mapping[str, object]

HEADERS: Headers = ((b"content-type", b"application/json; charset=UTF-8"),)
SCALARS = frozenset({str, int, float, bool, type(None)})
PAGES = PageLimits(default=DEFAULT_PER_PAGE, smallest=MIN_PER_PAGE, largest=MAX_PER_PAGE)
# What the event of a call keeps of its SQL.
MAX_DETAIL_STATEMENTS = 20
MAX_DETAIL_CHARACTERS = 1_000

BASE = "/accounts/{account_id}/d1/database"


class Replication(BaseModel):
    mode: Literal["auto", "disabled"]


class CreateDatabase(BaseModel):
    name: str
    primary_location_hint: str | None = None
    jurisdiction: str | None = None
    read_replication: Replication | None = None


class UpdateDatabase(BaseModel):
    read_replication: Replication


async def list_databases(call: Call) -> Reply:
    databases = call.account.d1.list_databases(call.query.get("name"))
    page = page_of(databases, call.query, PAGES, MalformedRequest)
    return answer([listed(info) for info in page.items], page.info(total_pages=False))


async def create_database(call: Call) -> Reply:
    body = parse(CreateDatabase, call.body, MalformedRequest)
    info = call.account.d1.create_database(
        body.name,
        location_hint=body.primary_location_hint,
        jurisdiction=body.jurisdiction,
        read_replication=body.read_replication.mode if body.read_replication else "disabled",
    )
    return answer({**await described(call, info), "created_in_region": info.region})


async def get_database(call: Call) -> Reply:
    info = call.account.d1.get_database(call.params["database_id"])
    return answer(chosen(await described(call, info), call.scope["query_string"]))


async def update_database(call: Call) -> Reply:
    body = parse(UpdateDatabase, call.body, MalformedRequest)
    info = call.account.d1.update_database(
        call.params["database_id"], read_replication=body.read_replication.mode
    )
    return answer(await described(call, info))


async def delete_database(call: Call) -> Reply:
    call.account.d1.delete_database(call.params["database_id"])
    return answer(None)


async def query(call: Call) -> Reply:
    return await run(call, encoding.objects)


async def raw(call: Call) -> Reply:
    return await run(call, encoding.arrays)


async def run(call: Call, encode: Encode) -> Reply:
    database = call.account.d1.open(call.params["database_id"])
    statements = statements_of(call.body)
    call.detail = {
        "sql": [sql[:MAX_DETAIL_CHARACTERS] for sql, _ in statements[:MAX_DETAIL_STATEMENTS]]
    }
    return await database.submit(
        partial(results_of, call, database, statements, encode),
        brief=database.is_brief(statements),
    )


def results_of(
    call: Call, database: D1Database, statements: Sequence[Statement], encode: Encode
) -> Reply:
    """Runs on the database's own thread, the encoding too: it may be as much work."""
    items = []
    each: list[tuple[int, int]] = []
    rows_read = rows_written = 0
    exact = True
    if (guard := call.account.watch.guard) is not None:
        statements = guard.statements(call, database, statements)
    for columns, rows, meta, _ in database.run(statements):
        rows_read += meta.rows_read
        rows_written += meta.rows_written
        each.append((meta.rows_read, meta.rows_written))
        exact = exact and meta.exact
        items.append(
            {
                "results": encode(columns, rows),
                "success": True,
                "meta": meta_json(meta, database),
            }
        )
    if call.detail is not None:
        call.detail["rows_read"] = rows_read
        call.detail["rows_written"] = rows_written
        if len(each) > 1:
            call.detail["rows"] = each
        # Only the event says so.
        call.detail["row_counts"] = "exact" if exact else "estimate"
    return answer(items)


def statements_of(body: bytes) -> list[Statement]:
    """The statements of `{sql, params?}` or `{batch: […]}`. Raises `MalformedRequest`."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(reason=f"Invalid JSON: {error}") from None
    if type(document) is not dict:
        raise MalformedRequest(reason="Expected an object")
    if (batch := document.get("batch")) is None:
        return [statement_of(document)]
    if type(batch) is not list:
        raise MalformedRequest(reason="Invalid property: batch => Expected array")
    return [statement_of(item) for item in batch]


def statement_of(item: Any) -> Statement:
    sql = item.get("sql") if type(item) is dict else None
    if type(sql) is not str:
        reason = "Required" if sql is None else "Expected string"
        raise MalformedRequest(reason=f"Invalid property: sql => {reason}")
    params = item.get("params")
    if params is None:
        return Statement(sql)
    if type(params) is not list:
        raise MalformedRequest(reason="Invalid property: params => Expected array")
    for value in params:
        if type(value) not in SCALARS and not is_bytes(value):
            raise MalformedRequest(reason="Invalid property: params => Invalid value")
    return Statement(sql, params)


def is_bytes(value: object) -> bool:
    return isinstance(value, list) and all(type(byte) is int and 0 <= byte <= 255 for byte in value)


def meta_json(meta: Meta, database: D1Database) -> Json:
    return {
        "served_by": "v3-prod",
        "served_by_region": database.region,
        "served_by_colo": database.colo,
        "served_by_primary": True,
        "timings": {"sql_duration_ms": meta.milliseconds},
        "duration": meta.milliseconds,
        "changes": meta.changes,
        "last_row_id": meta.last_row_id,
        "changed_db": meta.changed_db,
        "size_after": meta.size_after_bytes,
        "rows_read": meta.rows_read,
        "rows_written": meta.rows_written,
    }


def listed(info: DatabaseInfo) -> Json:
    """A database in a list, which says less of each."""
    return {
        "uuid": info.id,
        "name": info.name,
        "version": "production",
        "created_at": iso(info.created_at),
        "jurisdiction": info.jurisdiction,
    }


async def described(call: Call, info: DatabaseInfo) -> Json:
    database = call.account.d1.open(info.id)
    size: Size = await database.submit(database.size)
    return {
        **listed(info),
        "num_tables": size.tables,
        "file_size": size.bytes,
        "running_in_region": info.region,
        "read_replication": {"mode": info.read_replication},
    }


def chosen(description: Json, query_string: bytes) -> Json:
    """What `fields` asks for: `fields=uuid,name` in wrangler, `fields=uuid&fields=name` in SDKs."""
    query = parse_qs(query_string.decode("latin-1"))
    wanted = ",".join(query.get("fields", description)).split(",")
    return {name: value for name, value in description.items() if name in wanted}


def answer(result: object, result_info: Mapping[str, object] | None = None) -> Reply:
    reply = ok(result, result_info)
    reply.headers = HEADERS
    return reply


def route(method: str, path: str, name: str, handler: Handler, *, write: bool = False) -> Route:
    return Route(
        method,
        BASE + path,
        f"d1.database.{name}",
        handler,
        permission="d1:write" if write else "d1:read",
        wrong_account=AccountNotAuthorized,
    )


def sql_route(path: str, name: str, handler: Handler) -> Route:
    return Route(
        "POST",
        BASE + path,
        f"d1.database.{name}",
        handler,
        # Cloudflare asks for "D1 Edit" here whatever the SQL is.
        permission="d1:write",
        max_body_bytes=MAX_BODY_BYTES,
        wrong_account=AccountNotAuthorized,
        on_failure=[],
    )


ROUTES: tuple[Route, ...] = (
    route("GET", "", "list", list_databases),
    route("POST", "", "create", create_database, write=True),
    route("GET", "/{database_id}", "get", get_database),
    route("PUT", "/{database_id}", "update", update_database, write=True),
    route("PATCH", "/{database_id}", "edit", update_database, write=True),
    route("DELETE", "/{database_id}", "delete", delete_database, write=True),
    sql_route("/{database_id}/query", "query", query),
    sql_route("/{database_id}/raw", "raw", raw),
)
