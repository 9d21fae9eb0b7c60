"""`env.DB`: a D1 database, by the protocol that workerd's module speaks."""

from typing import Any

from emulator.workers.python.values import (
    MAX_SAFE,
    JsArray,
    JsBuffer,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    is_bytes,
    options_of,
    parse,
)
from emulator.workers.python.wire import TOKEN_HEADER, Channel

ROWS = "/query?resultsFormat=ROWS_AND_COLUMNS"
NONE = "/execute?resultsFormat=NONE"
COMMIT = b"x-cf-d1-session-commit-token"


class Session(JsProxy):
    """Statements one after another; `bookmark` is None where none is kept."""

    def __init__(self, channel: Channel, token: str, bookmark: str | None = None) -> None:
        self._channel = channel
        self._token = token
        self._begin = bookmark
        self._bookmark: str | None = None

    def prepare(self, sql: str) -> "Statement":
        return Statement(self, sql)

    async def batch(self, statements: Any) -> JsArray:
        """All of them in one transaction."""
        asked = [{"sql": one.sql, "params": one.params} for one in statements]
        answers = await self.ask(ROWS, asked)
        return JsArray(with_rows(one) for one in answers)

    def getBookmark(self) -> str | None:  # JavaScript's name
        return self._bookmark

    async def ask(self, target: str, asked: Any) -> Any:
        """The answer. Raises `JsException`."""
        headers = [
            (b"host", b"d1"),
            (TOKEN_HEADER, self._token.encode()),
            (b"content-type", b"application/json"),
        ]
        if self._begin is not None:
            headers.append((COMMIT, (self._bookmark or self._begin).encode()))
        answer = await self._channel.request("POST", target, headers, dumps(asked))
        content = await answer.read()
        mark = answer.header(COMMIT)
        if self._begin is not None and mark is not None:
            self._bookmark = max(self._bookmark or "", mark.decode())
        try:
            found = parse(content)
        except JsException:
            text = content.decode("utf-8", "replace")
            raise failure(f"Failed to parse body as JSON, got: {text}") from None
        if isinstance(found, JsObject) and "error" in found:
            raise failure(str(found["error"]))
        return found


class D1Database(Session):
    def withSession(self, start: Any = None) -> Session:
        begin = str(start) if start else "first-unconstrained"
        return Session(self._channel, self._token, begin)

    async def exec(self, sql: str) -> JsObject:
        """Each line by itself. Raises `JsException` that names the line."""
        lines = [line for line in sql.strip().split("\n")]
        try:
            answers = await self.ask(NONE, [{"sql": line} for line in lines])
        except JsException as error:
            cause = error.message.removeprefix("D1_ERROR: ")
            text = f"D1_EXEC_ERROR: Error in line 1: {lines[0]}: {cause}"
            raise JsException("Error", text, error.cause) from None
        results = answers if isinstance(answers, list) else [answers]
        duration = sum(one["meta"]["duration"] for one in results)
        return JsObject(count=len(results), duration=duration)

    async def dump(self) -> JsBuffer:
        headers = [(b"host", b"d1"), (TOKEN_HEADER, self._token.encode())]
        answer = await self._channel.request("POST", "/dump", headers, b"")
        content = await answer.read()
        if answer.status != 200:
            raise JsException("Error", f"D1_DUMP_ERROR: Status + {answer.status}")
        return JsBuffer(content)


class Statement(JsProxy):
    """A statement and what is bound to it."""

    def __init__(self, session: Session, sql: str, params: tuple[Any, ...] = ()) -> None:
        self._session = session
        self.sql = sql
        self.params = params

    def bind(self, *values: Any) -> "Statement":
        """A statement with these. Raises `JsException` for what SQLite has not."""
        return Statement(self._session, self.sql, tuple(map(bindable, values)))

    async def all(self) -> JsObject:
        return with_rows(await self._ask(ROWS))

    async def run(self) -> JsObject:
        """As `all`."""
        found = first(await self._ask(NONE))
        if "columns" in found.get("results", ()):
            return with_rows(found)
        return found

    async def first(self, column: str | None = None) -> Any:
        """The first row, or one column of it; None where there is no row."""
        rows = (await self.all())["results"]
        if not rows:
            return None
        if column is None:
            return rows[0]
        if column not in rows[0]:
            raise JsException("Error", f"D1_COLUMN_NOTFOUND: Column not found ({column})")
        return rows[0][column]

    async def raw(self, given: Any = None, **named: Any) -> JsArray:
        """Rows as arrays; with `columnNames` the names come first."""
        found = first(await self._ask(ROWS))["results"]
        names = [found["columns"]] if options_of(given, named).get("columnNames") else []
        return JsArray([*names, *found["rows"]])

    async def _ask(self, target: str) -> Any:
        return await self._session.ask(target, {"sql": self.sql, "params": self.params})


def first(answer: Any) -> JsObject:
    found = answer[0] if isinstance(answer, list) else answer
    assert isinstance(found, JsObject)
    return found


def with_rows(answer: Any) -> JsObject:
    """The result with its rows as objects."""
    found = first(answer)
    results = found.get("results") or {}
    if isinstance(results, JsObject):
        names = results.get("columns", [])
        rows = [JsObject(zip(names, row, strict=True)) for row in results.get("rows", [])]
        return JsObject({**found, "results": JsArray(rows)})
    return found


def bindable(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) > MAX_SAFE:
        kind, shown = "bigint", str(value)
    elif value is None or isinstance(value, str | int | float):
        return value
    elif is_bytes(value):
        return list(bytes(value))
    elif isinstance(value, list | tuple):
        return list(value)
    else:
        kind, shown = "object", "[object Object]"
    raise JsException("Error", f"D1_TYPE_ERROR: Type '{kind}' not supported for value '{shown}'")


def failure(text: str) -> JsException:
    return JsException("Error", f"D1_ERROR: {text}", JsException("Error", text))
