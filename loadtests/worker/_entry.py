"""The Worker: `POST /<operation>` with the operation's arguments as JSON; the rows come back."""

import asyncio
import json
from typing import Any

from _statements import (  # type: ignore[import-not-found]  # beside it, where it runs
    OPERATIONS,
    Statement,
    by_ids,
    fts_search,
)
from js import Object
from pyodide.ffi import jsnull, to_js
from workers import Response, WorkerEntrypoint

NEAREST = 10


class Default(WorkerEntrypoint):  # type: ignore[misc]  # the runtime's, which has no types
    async def fetch(self, request: Any) -> Any:
        if request.headers.get("authorization") != f"Bearer {self.env.LOAD_SECRET}":
            return Response("", status=401)
        operation = request.url.rpartition("/")[2]
        asked = json.loads(await request.text())
        if operation == "hybrid_search":
            return answer(await self.hybrid(**asked))
        if operation not in OPERATIONS:
            return Response("", status=404)
        return answer(await self.run(OPERATIONS[operation](**asked)))

    async def run(self, statements: list[Statement]) -> list[Any]:
        """Several are one transaction."""
        prepared = [self.prepared(*one) for one in statements]
        if len(prepared) == 1:
            rows: list[Any] = py((await prepared[0].all()).results)
            return rows
        return [py(one.results) for one in await self.env.DB.batch(js(prepared))]

    async def hybrid(self, user: str, words: str, vector: list[float]) -> list[Any]:
        options = {"topK": NEAREST, "namespace": user}
        by_words, by_meaning = await asyncio.gather(
            self.run(fts_search(user, words)),
            self.env.VECTORIZE.query(js(vector), js(options)),
        )
        near = [one["id"].rpartition(":")[2] for one in py(by_meaning)["matches"]]
        return [*by_words, *(await self.run(by_ids(user, near)) if near else [])]

    def prepared(self, sql: str, params: tuple[Any, ...]) -> Any:
        return self.env.DB.prepare(sql).bind(*params)


def answer(rows: list[Any]) -> Any:
    return Response(json.dumps(rows), headers={"content-type": "application/json"})


def js(value: Any) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)


def py(value: Any) -> Any:
    """A runtime on CPython has no proxies; Cloudflare's has, with `jsnull` for null."""
    if jsnull is None:
        return value
    return plain(value.to_py() if hasattr(value, "to_py") else value)


def plain(value: Any) -> Any:
    if value is jsnull:
        return None
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value
