"""What a mutation run asks of the twin's control plane."""

from collections.abc import Iterable
from typing import Any

import httpx

MUTATION = "/_twin/guard/mutation"
GUARD = "/_twin/guard"
SECONDS = 120.0
Json = dict[str, Any]


class Control:
    """Raises `httpx.HTTPError` where the twin is not there, or is none that can do this."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(base_url=self.url, timeout=SECONDS, trust_env=False)
        self._mode = "off"

    @property
    def mutation(self) -> str:
        return self.url + MUTATION

    def begin(self) -> None:
        """Forget what was seen before, and look on."""
        self._mode = str(self._ask("GET", GUARD)["mode"])
        self._ask("DELETE", MUTATION)
        self.take(())

    def take(self, ids: Iterable[str]) -> None:
        self._ask("PUT", MUTATION, json={"filters": list(ids)})

    def filters(self) -> list[Json]:
        found: list[Json] = self._ask("GET", MUTATION)["filters"]
        return found

    def reset(self) -> None:
        self._ask("POST", "/_twin/reset")

    def end(self) -> None:
        """As it was before."""
        self._ask("DELETE", MUTATION)
        self._ask("PUT", GUARD, json={"mode": self._mode})

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, **asked: Any) -> Json:
        answer: Json = self._client.request(method, path, **asked).raise_for_status().json()
        return answer
