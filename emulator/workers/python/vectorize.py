"""`env.VECTORIZE`: an index, by the protocol that workerd's module speaks."""

from collections.abc import Mapping
from typing import Any

from emulator.workers.python.values import (
    JsArray,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    options_of,
    parse,
)
from emulator.workers.python.wire import TOKEN_HEADER, Channel

LEVELS = ("none", "indexed", "all")


class VectorizeIndex(JsProxy):
    """Options may be an object or keyword arguments."""

    def __init__(self, channel: Channel, token: str) -> None:
        self._channel = channel
        self._headers = [(b"host", b"vector-search"), (TOKEN_HEADER, token.encode())]

    async def describe(self) -> Any:
        return await self._ask("INDEX_GET", "GET", "/info")

    async def query(self, vector: Any, given: Any = None, **named: Any) -> Any:
        asked = {**queried(options_of(given, named)), "vector": listed(vector)}
        return await self._json("VECTOR_QUERY", "/query", asked)

    async def queryById(self, vector_id: str, given: Any = None, **named: Any) -> Any:
        asked = {**queried(options_of(given, named)), "vectorId": str(vector_id)}
        return await self._json("VECTOR_QUERY", "/query", asked)

    async def insert(self, vectors: Any) -> JsObject:
        return await self._write("VECTOR_INSERT", "/insert", vectors)

    async def upsert(self, vectors: Any) -> JsObject:
        return await self._write("VECTOR_UPSERT", "/upsert", vectors)

    async def getByIds(self, ids: Any) -> JsArray:
        found: JsArray = await self._json("VECTOR_GET", "/getByIds", {"ids": list(ids)})
        return found

    async def deleteByIds(self, ids: Any) -> JsObject:
        found: JsObject = await self._json("VECTOR_DELETE", "/deleteByIds", {"ids": list(ids)})
        return found

    async def _write(self, operation: str, target: str, vectors: Any) -> JsObject:
        lines = [dumps({**one, **valued(one)}) for one in vectors]
        width = len(vectors[0].get("values") or ()) if vectors else 0
        sizes = [
            (b"cf-vector-search-dim-width", b"%d" % width),
            (b"cf-vector-search-dim-height", b"%d" % len(lines)),
        ]
        body, kind = b"\n".join(lines), b"application/x-ndjson"
        found: JsObject = await self._ask(operation, "POST", target, body, kind, sizes)
        return found

    async def _json(self, operation: str, target: str, asked: Any) -> Any:
        return await self._ask(operation, "POST", target, dumps(asked), b"application/json")

    async def _ask(
        self,
        operation: str,
        method: str,
        target: str,
        body: bytes | None = None,
        kind: bytes | None = None,
        more: Any = (),
    ) -> Any:
        """The answer's value. Raises `JsException` with the refusal's code."""
        typed = [(b"content-type", kind)] if kind is not None else []
        headers = [*self._headers, *typed, *more]
        answer = await self._channel.request(method, target, headers, body)
        text = (await answer.read()).decode("utf-8", "replace")
        if answer.status == 200:
            return parse(text)
        try:
            error = parse(text)
            code, cause = error["code"], str(error["error"])
        except (JsException, KeyError, TypeError):
            raise JsException("Error", f"{operation}_ERROR: Status + {answer.status}") from None
        told = f"{operation}_ERROR (code = {code}): {cause}"
        raise JsException("Error", told, JsException("Error", cause))


def queried(options: Mapping[str, Any]) -> dict[str, Any]:
    """Raises `JsException` for a level of metadata that there is not."""
    level = options.get("returnMetadata", False)
    if not isinstance(level, bool) and level not in LEVELS:
        wanted = 'true, false, "none", "indexed" or "all"'
        text = f"Invalid returnMetadata option. Expected: {wanted}; got: {level}"
        raise JsException("Error", text)
    return {**options, "returnMetadata": "all"} if level is True else dict(options)


def valued(vector: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": listed(vector["values"])} if "values" in vector else {}


def listed(values: Any) -> list[float]:
    """A vector as numbers: a list, an array, numpy's array."""
    return values.tolist() if hasattr(values, "tolist") else list(values)
