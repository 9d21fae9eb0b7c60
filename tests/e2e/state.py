"""Everything that JobMatch keeps on a twin, to be compared with itself at another time."""

from collections.abc import Mapping
from typing import Any

import httpx

State = dict[str, Any]
# Tables of people; of those that belong to the search engine its own rows are no business of ours.
TABLES = r"""SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_cf%' ESCAPE '\'
AND name NOT LIKE '%\_fts\_%' ESCAPE '\'"""


def state_of(ready: Mapping[str, Any], script: str) -> State:
    """D1's counts of every table, KV's keys, R2's objects, vectors, and users of Auth."""
    base = f"{ready['api']}/accounts/{ready['account_id']}"
    headers = {"authorization": f"Bearer {ready['api_token']}"}
    with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as api:
        told = result(api.get(f"/workers/scripts/{script}/settings"))
        bound = {(one["type"], one["name"]): one for one in told["bindings"]}
        state: State = {"users": users(ready)}
        for (kind, name), one in bound.items():
            if kind == "d1":
                state |= tables(api, one["id"])
            elif kind == "kv_namespace":
                keys = api.get(f"/storage/kv/namespaces/{one['namespace_id']}/keys")
                state[f"KV {name}"] = sorted(key["name"] for key in result(keys))
            elif kind == "r2_bucket":
                objects = api.get(f"/r2/buckets/{one['bucket_name']}/objects?per_page=1000")
                state[f"R2 {name}"] = sorted(found["key"] for found in result(objects))
            elif kind == "vectorize":
                listed = result(api.get(f"/vectorize/v2/indexes/{one['index_name']}/list"))
                state["vectors"] = sorted(found["id"] for found in listed["vectors"])
    return state


def tables(api: httpx.Client, database: str) -> State:
    names = [row["name"] for row in rows(api, database, TABLES)]
    counts = {name: f"SELECT count(*) AS n FROM {name}" for name in names}
    return {f"D1 {name}": rows(api, database, sql)[0]["n"] for name, sql in counts.items()}


def rows(api: httpx.Client, database: str, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result(
        api.post(f"/d1/database/{database}/query", json={"sql": sql})
    )[0]["results"]
    return found


def users(ready: Mapping[str, Any]) -> list[str]:
    key = ready["supabase_service_key"]
    headers = {"apikey": key, "authorization": f"Bearer {key}"}
    url = f"{ready['supabase']}/auth/v1/admin/users?per_page=1000"
    answer = httpx.get(url, headers=headers, timeout=60, trust_env=False).raise_for_status()
    return sorted(user["email"] for user in answer.json()["users"])


def result(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()["result"]
