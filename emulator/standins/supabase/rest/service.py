"""Answers requests to `/rest/v1`: each is one transaction as the role its token names.

Row level security decides what that role may see; nothing here filters by owner.
"""

from collections.abc import Awaitable, Callable

import orjson
import psycopg
from psycopg import AsyncConnection, sql

from emulator.standins.supabase.database import MigrationFailed
from emulator.standins.supabase.postgres import PostgresFailed, PostgresMissing
from emulator.standins.supabase.rest.answering import Answer, answer_of
from emulator.standins.supabase.rest.catalog import Catalog
from emulator.standins.supabase.rest.catalog_reading import read_catalog
from emulator.standins.supabase.rest.errors import (
    RestError,
    not_singular,
    status_of,
    too_many_affected,
    unauthorized_headers,
    unavailable,
)
from emulator.standins.supabase.rest.openapi import description
from emulator.standins.supabase.rest.plans import MAX_ROWS, Plan, plan
from emulator.standins.supabase.rest.pool import Dsn, Pool
from emulator.standins.supabase.rest.requests import SCHEMAS, RestRequest, Wanted, wanted
from emulator.standins.supabase.rest.statements import MAX_ANSWER_BYTES, Outcome, Statement

STATEMENT_TIMEOUT = "8s"
# After these the schema is read again: somebody may have changed it.
STALE = frozenset(("PGRST200", "PGRST202", "PGRST204", "PGRST205"))
SETTINGS = (
    "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
    " set_config('request.method', %s, true), set_config('request.path', %s, true),"
    " set_config('request.headers', %s, true), set_config('statement_timeout', %s, true),"
    " set_config('search_path', %s, true)"
)


class Rest:
    """One project's tables and functions over HTTP. `before` is run before each request."""

    def __init__(self, dsn: Dsn, before: Callable[[], Awaitable[None]]) -> None:
        self._pool = Pool(dsn)
        self._before = before
        self._catalog: Catalog | None = None

    def close(self) -> None:
        self._pool.close()

    async def answer(self, request: RestRequest) -> Answer:
        """Raises `RestError` for whatever is refused."""
        try:
            await self._before()
            async with self._pool.connection() as connection:
                return await self._answered(connection, request)
        except (PostgresMissing, PostgresFailed, MigrationFailed) as failure:
            raise unavailable(str(failure)) from None
        except psycopg.Error as error:
            raise refused(error, signed_in=request.role != "anon") from None
        except UnicodeEncodeError:
            raise RestError(400, "22021", "invalid byte sequence for encoding UTF8") from None

    async def _answered(self, connection: AsyncConnection, request: RestRequest) -> Answer:
        shape = wanted(request.headers.get("accept", ""))
        if not request.name:
            return description(request, await self._known(connection))
        made = await self._planned(connection, lambda catalog: plan(request, shape, catalog))
        outcome = await run(connection, request, shape, made)
        return answer_of(request, shape, made, outcome)

    async def _planned(self, connection: AsyncConnection, make: Callable[[Catalog], Plan]) -> Plan:
        known = self._catalog
        if known is not None:
            try:
                return make(known)
            except RestError as error:
                if error.code not in STALE:
                    raise
        return make(await self._known(connection, again=True))

    async def _known(self, connection: AsyncConnection, *, again: bool = False) -> Catalog:
        if self._catalog is None or again:
            self._catalog = await read_catalog(connection, SCHEMAS)
        return self._catalog


async def run(
    connection: AsyncConnection, request: RestRequest, shape: Wanted, made: Plan
) -> Outcome:
    """The transaction. It is undone if the answer is a refusal, or the client wants it so."""
    reads = made.kind == "read" or (made.kind == "call" and request.is_read)
    await connection.execute("BEGIN READ ONLY" if reads else "BEGIN")
    try:
        await connection.execute(SETTINGS, settings_of(request))
        if request.preferences.timezone:
            await set_timezone(connection, request.preferences.timezone)
        outcome = await executed(connection, request, made.statement)
        check(request, shape, made, outcome)
    except BaseException:
        await rolled_back(connection)
        raise
    undo = request.preferences.transaction == "rollback"
    await connection.execute("ROLLBACK" if undo else "COMMIT")
    return outcome


async def rolled_back(connection: AsyncConnection) -> None:
    if not connection.broken and not connection.closed:
        await connection.execute("ROLLBACK")


def settings_of(request: RestRequest) -> tuple[str, ...]:
    kind = "/rpc/" if request.is_call else "/"
    return (
        request.role,
        orjson.dumps(dict(request.claims)).decode(),
        request.method,
        f"{kind}{request.name}",
        orjson.dumps({k: v for k, v in request.headers.items() if "\0" not in v}).decode(),
        STATEMENT_TIMEOUT,
        f'"{request.schema}", public, extensions',
    )


async def set_timezone(connection: AsyncConnection, timezone: str) -> None:
    """One that PostgreSQL does not know is ignored, as PostgREST does."""
    known = "SELECT set_config('timezone', name, true) FROM pg_timezone_names WHERE name = %s"
    await connection.execute(known, (timezone,))


async def executed(
    connection: AsyncConnection, request: RestRequest, statement: Statement
) -> Outcome:
    values = statement.parameters.values
    found = await (await connection.execute(statement.query, values)).fetchone()
    assert found is not None
    outcome = Outcome.of(found)
    count = request.preferences.count
    guessed = count == "planned" or (count == "estimated" and (outcome.total or 0) > MAX_ROWS)
    if statement.counted is not None and guessed and not request.is_call:
        explain = sql.SQL("EXPLAIN (FORMAT JSON) {}").format(statement.counted)
        row = await (await connection.execute(explain, values)).fetchone()
        total = int(row[0][0]["Plan"]["Plan Rows"]) if row else 0
        return outcome.with_total(max(total, outcome.rows))
    return outcome


def check(request: RestRequest, shape: Wanted, made: Plan, outcome: Outcome) -> None:
    """Raises where the rows are not as many as the client says they have to be."""
    limit = request.preferences.limits_affected
    if limit is not None and made.kind in ("update", "delete", "call") and outcome.rows > limit:
        raise too_many_affected(outcome.rows)
    many = made.function is None or made.function.is_set
    if shape.media == "object" and many and outcome.rows != 1:
        raise not_singular(outcome.rows)
    if outcome.body is None:
        message = f"The answer is larger than {MAX_ANSWER_BYTES} bytes"
        raise RestError(400, "54000", message, None, "Ask for fewer rows or columns.")


def refused(error: psycopg.Error, *, signed_in: bool) -> RestError:
    """PostgreSQL's error as PostgREST passes it on."""
    state, said = error.sqlstate, error.diag
    if state is None:
        if isinstance(error, psycopg.OperationalError):
            return unavailable(str(error))
        # psycopg itself refuses to send a value: it holds a NUL.
        return RestError(400, "22021", str(error))
    message = said.message_primary or ""
    status = status_of(state, message, signed_in=signed_in)
    headers = unauthorized_headers(status)
    return RestError(status, state, message, said.message_detail, said.message_hint, headers)
