"""What a user leaves behind the application, removed by Cloudflare's own API."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from e2e.real.ledger import Thing
from e2e.target import NAMED_BY, Json, Target

# Search tables follow by triggers.
OWNED_TABLES = r"""SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND c.name = 'user_id' AND m.name NOT LIKE '%\_fts%' ESCAPE '\'"""
MINE = "user_id IN (SELECT value FROM json_each(?))"
SINCE = "datetime(created_at) >= datetime(?)"
# Whoever found the same posting since still refers to it.
UNUSED_POSTINGS = """DELETE FROM canonical_job_metadata
WHERE job_hash IN (SELECT value FROM json_each(?)) AND datetime(first_seen) >= datetime(?)
AND id NOT IN (SELECT canonical_id FROM jobs WHERE canonical_id IS NOT NULL)"""
# Seconds that an embedding is kept.
EMBEDDED = 2_592_000
IDS_AT_ONCE = 100
KEYS_AT_ONCE = 10_000


class Behind:
    """D1, KV, R2 and Vectorize of one Worker."""

    def __init__(self, target: Target) -> None:
        self._api = target.cloudflare()
        told = self._asked("GET", f"/workers/scripts/{target.worker}/settings")
        self._bound: list[Json] = told["result"]["bindings"]

    def __enter__(self) -> "Behind":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.close()

    def jobs_of(self, users: Collection[str]) -> list[str]:
        rows = self._query(f"SELECT id FROM jobs WHERE {MINE}", json.dumps([*users]))
        return [row["id"] for row in rows]

    def forget_rows(self, users: Collection[str]) -> None:
        """Everything of theirs, also where no foreign key says that it is."""
        whose = json.dumps([*users])
        for table in self._owned_tables():
            self._query(f"DELETE FROM {table} WHERE {MINE}", whose)
        self._query("DELETE FROM users WHERE id IN (SELECT value FROM json_each(?))", whose)

    def forget_rows_since(self, users: Collection[str], since: str) -> None:
        for table in self._owned_tables():
            if "created_at" in self._columns(table):
                sql = f"DELETE FROM {table} WHERE {MINE} AND {SINCE}"
                self._query(sql, json.dumps([*users]), since)

    def put_back(self, account: Thing) -> None:
        """The profile as it was; none where there was none."""
        before = account.more["profile"]
        if before is None:
            self.forget_rows([account.id])
            return
        columns = [name for name in self._columns("users") if name in before]
        assigned = ", ".join(f"{name} = ?" for name in columns)
        values = [before[name] for name in columns]
        self._query(f"UPDATE users SET {assigned} WHERE id = ?", *values, account.id)

    def forget_postings(self, hashes: Collection[str], since: str) -> None:
        self._query(UNUSED_POSTINGS, json.dumps([*hashes]), since)

    def forget_keys(self, binding: str, names: Sequence[str]) -> None:
        namespace = f"/storage/kv/namespaces/{self._named('kv_namespace', binding)}"
        for start in range(0, len(names), KEYS_AT_ONCE):
            some = [*names[start : start + KEYS_AT_ONCE]]
            self._asked("POST", f"{namespace}/bulk/delete", json=some)

    def forget_keys_of(self, binding: str, prefix: str, users: Collection[str]) -> None:
        """Keys `{prefix}{user}:…`."""
        names = (key["name"] for key in self._keys(binding, prefix))
        theirs = [name for name in names if name.removeprefix(prefix).split(":")[0] in users]
        self.forget_keys(binding, theirs)

    def forget_embeddings(self, since: str) -> None:
        """A cache of texts, whoever's they are: what it has since is computed again if needed."""
        oldest = int(datetime.fromisoformat(since).timestamp()) + EMBEDDED
        binding = "EMBEDDINGS_CACHE"
        keys = self._keys(binding, "embed:")
        self.forget_keys(binding, [key["name"] for key in keys if key["expiration"] >= oldest])

    def forget_objects(self, binding: str, users: Collection[str]) -> None:
        """Keys `users/{user}/…` and `exports/{user}/…`."""
        bucket = f"/r2/buckets/{self._named('r2_bucket', binding)}/objects"
        for folder in ("users/", "exports/"):
            for key in [*self._pages(bucket, "key", prefix=folder, per_page=1000)]:
                if key.split("/")[1] in users:
                    self._asked("DELETE", f"{bucket}/{quote(key)}")

    def forget_vectors(self, ids: Sequence[str]) -> None:
        index = f"/vectorize/v2/indexes/{self._named('vectorize', 'VECTORIZE')}"
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = [*ids[start : start + IDS_AT_ONCE]]
            self._asked("POST", f"{index}/delete_by_ids", json={"ids": some})

    def _owned_tables(self) -> list[str]:
        return [row["name"] for row in self._query(OWNED_TABLES)]

    def _columns(self, table: str) -> list[str]:
        return [row["name"] for row in self._query(f"PRAGMA table_info({table})")]

    def _query(self, sql: str, *params: Any) -> list[Json]:
        path = f"/d1/database/{self._named('d1', 'DB')}/query"
        answer = self._asked("POST", path, json={"sql": sql, "params": [*params]})
        rows: list[Json] = answer["result"][0]["results"]
        return rows

    def _keys(self, binding: str, prefix: str) -> list[Json]:
        namespace = self._named("kv_namespace", binding)
        path = f"/storage/kv/namespaces/{namespace}/keys"
        return [*self._pages(path, None, prefix=prefix, limit=1000)]

    def _pages(self, path: str, member: str | None, **asked: Any) -> Iterator[Any]:
        cursor = ""
        while True:
            page = self._asked("GET", path, params={**asked, "cursor": cursor} if cursor else asked)
            yield from (one if member is None else one[member] for one in page["result"])
            cursor = (page.get("result_info") or {}).get("cursor", "")
            if not cursor or not page["result"]:
                return

    def _named(self, kind: str, binding: str) -> str:
        """Which one the Worker has under a binding's name."""
        [found] = [one for one in self._bound if (one["type"], one["name"]) == (kind, binding)]
        return str(next(found[name] for name in NAMED_BY[kind] if name in found))

    def _asked(self, method: str, path: str, **options: Any) -> Json:
        """Raises `httpx.HTTPError`."""
        answer: httpx.Response = self._api.request(method, path, **options).raise_for_status()
        found: Json = answer.json() if answer.content else {}
        return found
