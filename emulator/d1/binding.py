"""D1 as Workers call it: SQL in JSON, a result or an error in JSON (`env.DB.prepare(…)`).

`all`, `first`, `raw` and `batch` ask for `/query`, `run` and `exec` for `/execute`. The HTTP
status says nothing to a Worker: `error` in the answer does.
"""

from collections.abc import Callable, Sequence
from functools import partial

import orjson

from emulator.core.errors import CloudflareError, NoRoute
from emulator.d1 import encoding
from emulator.d1.database import D1Database
from emulator.d1.errors import MalformedRequest
from emulator.d1.limits import MAX_BODY_BYTES
from emulator.d1.models import Result, Statement, Value
from emulator.d1.rest import (
    MAX_DETAIL_CHARACTERS,
    MAX_DETAIL_STATEMENTS,
    Json,
    meta_json,
    statement_of,
)
from emulator.d1.splitter import statements_in
from emulator.wire.binding import BindingCall, Door
from emulator.wire.reply import JSON, Headers, Reply

Encode = Callable[[Sequence[str], Sequence[tuple[Value, ...]]], orjson.Fragment]

# A bookmark, or where the session wants to begin; answered with the bookmark it is at then.
SESSION = b"x-cf-d1-session-commit-token"
OCTETS: Headers = ((b"content-type", b"application/octet-stream"),)
FORMATS: dict[bytes, Encode] = {
    b"resultsFormat=ROWS_AND_COLUMNS": encoding.arrays,
    b"resultsFormat=ARRAY_OF_OBJECTS": encoding.objects,
    # `run` hands its caller the rows that come all the same, as at Cloudflare.
    b"resultsFormat=NONE": encoding.objects,
    b"": encoding.objects,
}


async def handle(call: BindingCall) -> Reply:
    path = call.scope["raw_path"]
    if call.scope["method"] == "POST":
        if path == b"/query" or path == b"/execute":
            return await run(call, f"d1.{path[1:].decode()}")
        if path == b"/dump":
            return await dump(call)
    raise NoRoute()


async def run(call: BindingCall, operation: str) -> Reply:
    call.operation = operation
    encode = FORMATS.get(call.scope["query_string"])
    if encode is None:
        raise MalformedRequest(reason="Invalid property: resultsFormat => Invalid value")
    database = call.account.d1.open(call.binding.resource)
    statements, is_single = statements_of(await call.body(MAX_BODY_BYTES))
    call.detail = {
        "sql": [sql[:MAX_DETAIL_CHARACTERS] for sql, _ in statements[:MAX_DETAIL_STATEMENTS]]
    }
    return await database.submit(
        partial(answer, call, database, statements, encode, is_single),
        brief=database.is_brief(statements),
    )


def answer(
    call: BindingCall,
    database: D1Database,
    statements: Sequence[Statement],
    encode: Encode,
    is_single: bool,
) -> Reply:
    """Runs on the database's own thread, the encoding too: it may be as much work."""
    if (guard := call.account.watch.guard) is not None:
        statements = guard.statements(call, database, statements)
    results = database.run(statements)
    if call.detail is not None:
        call.detail |= counts_of(results)
    if call.operation == "d1.query" and not is_single:
        results = first_of_each(statements, results)
    items = [result_json(result, database, encode) for result in results]
    headers = JSON
    if call.header(SESSION) is not None:
        headers = (*JSON, (SESSION, database.bookmark().encode()))
    return Reply(orjson.dumps(items[0] if is_single else items), headers=headers)


async def dump(call: BindingCall) -> Reply:
    """https://developers.cloudflare.com/d1/worker-api/d1-database/#dump"""
    call.operation = "d1.dump"
    database = call.account.d1.open(call.binding.resource)
    return Reply(await database.submit(database.image), headers=OCTETS)


def statements_of(body: bytes) -> tuple[list[Statement], bool]:
    """The statements of `{sql, params?}` or of an array of them, and whether it was one."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(reason=f"Invalid JSON: {error}") from None
    if type(document) is dict:
        return [statement_of(document)], True
    if type(document) is not list:
        raise MalformedRequest(reason="Expected an object or an array")
    return [statement_of(item) for item in document], False


def first_of_each(statements: Sequence[Statement], results: Sequence[Result]) -> list[Result]:
    """A result for each prepared statement: of a text of several the first one's.

    [guess] The runtime takes the first of several results; what D1 does of them is not known.
    """
    if len(results) == len(statements) and not any(map(may_be_several, statements)):
        return list(results)
    kept: list[Result] = []
    at = 0
    for sql, _ in statements:
        count = sum(1 for _ in statements_in(sql))
        kept += results[at : at + min(count, 1)]
        at += count
    return kept


def counts_of(results: Sequence[Result]) -> dict[str, object]:
    """What the event of a call says of its rows."""
    metas = [result.meta for result in results]
    each = [(meta.rows_read, meta.rows_written) for meta in metas]
    return {
        **({"rows": each} if len(each) > 1 else {}),
        "rows_read": sum(meta.rows_read for meta in metas),
        "rows_written": sum(meta.rows_written for meta in metas),
        "row_counts": "exact" if all(meta.exact for meta in metas) else "estimate",
    }


def may_be_several(statement: Statement) -> bool:
    """Whether there is a semicolon before the end, in a string perhaps."""
    return ";" in statement.sql.rstrip().removesuffix(";")


def result_json(result: Result, database: D1Database, encode: Encode) -> Json:
    meta = {**meta_json(result.meta, database), "total_attempts": 1}
    return {"results": encode(result.columns, result.rows), "success": True, "meta": meta}


def refused(error: CloudflareError) -> Reply:
    body = orjson.dumps({"success": False, "error": str(error)})
    return Reply(body, status=error.status)


DOOR = Door(handle, refused)
