"""Requests that prepare a run and clean up after it. None of them is measured."""

from collections.abc import Mapping
from typing import Any

import httpx

from emulator.loopback import Loopback
from loadtests.lab.budget import Budget
from loadtests.lab.settings import Settings

PATIENCE = 60.0
Headers = Mapping[str, str]


class CallRefused(Exception):
    """The text is the server's."""


class Calls:
    """To Cloudflare as the account's token, to Supabase as its service role."""

    def __init__(self, settings: Settings, budget: Budget) -> None:
        self._settings = settings
        self._budget = budget
        self._client = httpx.Client(timeout=PATIENCE, transport=Loopback(), trust_env=False)

    def close(self) -> None:
        self._client.close()

    def cloudflare(
        self, method: str, path: str, body: Any = None, content: bytes | None = None
    ) -> Any:
        """The `result` of the answer."""
        headers = {"authorization": f"Bearer {self._settings.api_token}"}
        if content is not None:
            headers["content-type"] = "application/x-ndjson"
        url = f"{self._settings.account}{path}"
        told = self.ask(method, url, headers, body, content)
        return told.get("result") if isinstance(told, dict) else told

    def d1(self, *statements: tuple[str, tuple[Any, ...]]) -> list[list[dict[str, Any]]]:
        """Each statement's rows; all of them happen, or none."""
        batch = [{"sql": sql, "params": list(params)} for sql, params in statements]
        path = f"/d1/database/{self._settings.database}/query"
        return [one["results"] for one in self.cloudflare("POST", path, {"batch": batch})]

    def supabase(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        key = self._settings.service_key
        headers = {"apikey": key, "authorization": f"Bearer {key}", **more}
        return self.ask(method, f"{self._settings.supabase}{path}", headers, body)

    def count(self, path: str) -> int:
        """How many rows of a table Supabase has by these filters."""
        key = self._settings.service_key
        headers = {"apikey": key, "authorization": f"Bearer {key}", "prefer": "count=exact"}
        self._budget.take()
        answer = self._client.head(f"{self._settings.supabase}{path}", headers=headers)
        return int(answer.headers["content-range"].rpartition("/")[2])

    def ask(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: Any = None,
        content: bytes | None = None,
    ) -> Any:
        self._budget.take()
        sent: dict[str, Any] = {"content": content} if content is not None else {"json": body}
        if body is None and content is None:
            sent = {}
        answer = self._client.request(method, url, headers=dict(headers), **sent)
        if not answer.is_success:
            raise CallRefused(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if is_json and answer.content else answer.content
