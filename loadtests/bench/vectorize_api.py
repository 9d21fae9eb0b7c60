"""One index of the twin's Vectorize over HTTP, on one connection."""

import http.client
import json
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson

from emulator.core.settings import DEFAULT_ACCOUNT_ID
from loadtests.bench.process import Server
from loadtests.bench.vectorize_corpus import number_of
from loadtests.bench.wrk import Load, LoadFailed

if TYPE_CHECKING:
    from emulator.vectorize.models import Matrix, Vector

TOP_K = 10
INDEXES = f"/client/v4/accounts/{DEFAULT_ACCOUNT_ID}/vectorize/v2/indexes"
PATIENCE_SECONDS = 60
IDLE_SECONDS = 1.0


class VectorizeApi:
    """Bodies are made beforehand: what is timed is the call."""

    def __init__(self, server: Server, name: str) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", server.port, timeout=PATIENCE_SECONDS
        )
        self._token = json.loads(server.line)["api_token"]
        self._index = f"{INDEXES}/{name}"
        self._name = name
        self._used = perf_counter()

    def create(self, dimensions: int) -> None:
        config = {"dimensions": dimensions, "metric": "cosine"}
        self._call(INDEXES, orjson.dumps({"name": self._name, "config": config}))
        group = {"propertyName": "group", "indexType": "string"}
        self._call(f"{self._index}/metadata_index/create", orjson.dumps(group))

    def upsert(self, ndjson: bytes) -> None:
        self._call(f"{self._index}/upsert", ndjson, "application/x-ndjson")

    def query(self, body: bytes) -> list[int]:
        """The numbers of the matches, best first."""
        matches = self._call(f"{self._index}/query", body)["matches"]
        return [number_of(match["id"]) for match in matches]

    def load(self, queries: "Matrix") -> Load:
        """Queries of these vectors, one picked at random each time."""
        body = f'{{"vector": <term>, "topK": {TOP_K}}}'
        terms = tuple(orjson.dumps(row.tolist()).decode() for row in queries)
        return Load("POST", f"{self._index}/query", body, self._headers(), terms=terms)

    def close(self) -> None:
        self._connection.close()

    def _call(self, path: str, body: bytes, content_type: str = "application/json") -> Any:
        if perf_counter() - self._used > IDLE_SECONDS:
            # The server lets go of a connection that idles, and then a request on it breaks.
            self._connection.close()
        self._connection.request("POST", path, body, self._headers(content_type))
        response = self._connection.getresponse()
        content = response.read()
        self._used = perf_counter()
        if response.status not in (200, 201):
            raise LoadFailed(f"POST {path}: {response.status} {content[:300]!r}")
        return orjson.loads(content)["result"]

    def _headers(self, content_type: str = "application/json") -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}


def query_body(query: "Vector", filter: Mapping[str, str] | None = None) -> bytes:
    body: dict[str, object] = {"vector": query.tolist(), "topK": TOP_K}
    if filter is not None:
        body["filter"] = filter
    return orjson.dumps(body)


def recall(found: Iterable[Iterable[int]], truth: Iterable[Iterable[int]]) -> float:
    """The share of the true nearest that were found."""
    pairs = [(set(numbers), set(true)) for numbers, true in zip(found, truth, strict=True)]
    return sum(len(numbers & true) for numbers, true in pairs) / sum(len(true) for _, true in pairs)
