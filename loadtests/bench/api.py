"""A server that speaks Cloudflare's REST API: where it is, how to fill it, what to ask of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.bench.wrk import Load

BATCH = 20
PATIENCE = httpx.Timeout(120.0)
SELECT = "SELECT * FROM items WHERE id = ?"
INSERT = "INSERT INTO events (name, val) VALUES (?, ?)"
SEARCH = "SELECT rowid AS id, title FROM docs WHERE docs MATCH ? ORDER BY rank LIMIT 20"


class CallRefused(Exception):
    """A call that prepares the benchmark did not succeed; the text is the server's."""


@dataclass(frozen=True, slots=True)
class Api:
    """One D1 database and one KV namespace below `base`. `verb` is D1's `query` or `raw`."""

    port: int
    base: str
    database: str
    namespace: str
    headers: Mapping[str, str]
    verb: str = "query"

    @property
    def statements(self) -> str:
        return f"{self.base}/d1/database/{self.database}/{self.verb}"

    @property
    def values(self) -> str:
        return f"{self.base}/storage/kv/namespaces/{self.namespace}/values"

    def execute(self, sql: str, *params: str) -> Any:
        """The result of one statement."""
        body = {"sql": sql, "params": list(params)}
        return call(self.port, "POST", self.statements, self.headers, body)[0]

    def put_many(self, keys: Iterable[str], value: str) -> None:
        pairs = [{"key": key, "value": value} for key in keys]
        path = f"{self.base}/storage/kv/namespaces/{self.namespace}/bulk"
        call(self.port, "PUT", path, self.headers, pairs)

    def point_select(self, rows: int = 10_000) -> Load:
        return self._statement(SELECT, "<id>", rows=rows)

    def insert(self) -> Load:
        return self._statement(INSERT, "n<n>", "7")

    def search(self, terms: tuple[str, ...]) -> Load:
        return self._statement(SEARCH, "<term>", terms=terms)

    def insert_batch(self) -> Load:
        batch = [{"sql": INSERT, "params": ["n<n>", "7"]}] * BATCH
        return Load("POST", self.statements, json.dumps({"batch": batch}), self._json)

    def get(self, keys: int = 1_000) -> Load:
        return Load("GET", f"{self.values}/k<id>", headers=self.headers, rows=keys)

    def put(self, value: str) -> Load:
        headers = {**self.headers, "Content-Type": "application/octet-stream"}
        return Load("PUT", f"{self.values}/p<n>", value, headers)

    def _statement(
        self, sql: str, *params: str, rows: int = 10_000, terms: tuple[str, ...] = ("none",)
    ) -> Load:
        body = json.dumps({"sql": sql, "params": params})
        return Load("POST", self.statements, body, self._json, rows, terms)

    @property
    def _json(self) -> dict[str, str]:
        return {**self.headers, "Content-Type": "application/json"}


def call(port: int, method: str, path: str, headers: Mapping[str, str], body: object) -> Any:
    """The `result` of the answer's envelope. Raises `CallRefused`."""
    url = f"http://127.0.0.1:{port}{path}"
    response = httpx.request(method, url, headers=headers, json=body, timeout=PATIENCE)
    if response.is_success and (envelope := response.json())["success"]:
        return envelope["result"]
    raise CallRefused(f"{method} {path}: {response.status_code} {response.text[:300]}")
