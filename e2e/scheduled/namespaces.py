"""A KV namespace of the Worker, by Cloudflare's API: for what came there without a time to live."""

from typing import Any
from urllib.parse import quote

import httpx

from e2e.target import Target


class Namespace:
    def __init__(self, target: Target, binding: str) -> None:
        self._id = target.resource("kv_namespace", binding)
        self._api = target.cloudflare()

    def get(self, key: str) -> str | None:
        answer = self._value("GET", key)
        return None if answer.status_code == 404 else answer.raise_for_status().text

    def put(self, key: str, text: str) -> None:
        self._value("PUT", key, content=text).raise_for_status()

    def close(self) -> None:
        self._api.close()

    def _value(self, method: str, key: str, **options: Any) -> httpx.Response:
        path = f"/storage/kv/namespaces/{self._id}/values/{quote(key, safe='')}"
        return self._api.request(method, path, **options)
