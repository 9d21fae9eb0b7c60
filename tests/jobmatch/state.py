"""What lies behind the application's API, read and written by Cloudflare's: D1 and KV."""

from typing import Any

import httpx

from e2e.target import Target

Row = dict[str, Any]
SHORT = {"development": "dev", "production": "prod"}


def rows(target: Target, sql: str, *params: Any) -> list[Row]:
    """What a statement gives in the environment's database."""
    with target.cloudflare() as api:
        name = f"jobmatch-{SHORT.get(target.environment, target.environment)}"
        database = api.get("/d1/database", params={"name": name}).json()["result"][0]["uuid"]
        asked = {"sql": sql, "params": list(params)}
        answer = api.post(f"/d1/database/{database}/query", json=asked).raise_for_status()
    found: list[Row] = answer.json()["result"][0]["results"]
    return found


class Namespace:
    """One KV namespace of the environment, by the name of its binding."""

    def __init__(self, target: Target, binding: str) -> None:
        self._api = target.cloudflare()
        asked = {"per_page": 100}
        found = self._api.get("/storage/kv/namespaces", params=asked).json()["result"]
        [self._id] = [one["id"] for one in found if one["title"] == f"{target.worker}-{binding}"]

    def get(self, key: str) -> str | None:
        answer = self._value("GET", key)
        return None if answer.status_code == 404 else answer.raise_for_status().text

    def put(self, key: str, text: str) -> None:
        self._value("PUT", key, content=text).raise_for_status()

    def close(self) -> None:
        self._api.close()

    def _value(self, method: str, key: str, **options: Any) -> httpx.Response:
        path = f"/storage/kv/namespaces/{self._id}/values/{key}"
        return self._api.request(method, path, **options)
