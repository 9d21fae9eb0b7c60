"""The twin's own times, a side at a time, and how many wait in it."""

from typing import Any

import httpx

PATIENCE = 30.0


class Timings:
    """`told` has a side and what `/_twin/timings` said at the end of each of its turns. Nothing
    is asked where there is no control plane.
    """

    def __init__(self, control: str) -> None:
        self._control = control
        self.told: list[tuple[str, list[Any]]] = []

    def begin(self) -> None:
        if self._control:
            self._ask("PUT", "/_twin/timings")

    def end(self, side: str) -> None:
        if self._control:
            self.told.append((side, self._ask("GET", "/_twin/timings")["operations"]))

    def _ask(self, method: str, path: str) -> Any:
        answer = httpx.request(method, self._control + path, timeout=PATIENCE, trust_env=False)
        return answer.raise_for_status().json()
