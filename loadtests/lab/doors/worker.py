"""D1 through the lab's Worker, which has the same statements."""

from typing import Any

from loadtests.lab.doors.d1 import D1
from loadtests.lab.exchange import Exchange
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings


class Worker(D1):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._worker = settings.worker
        self._secret = {"authorization": f"Bearer {settings.worker_secret}"}

    def run(self, exchange: Exchange, operation: str, **asked: Any) -> list[Any]:
        rows: list[Any] = exchange.ask(
            "POST", f"{self._worker}/{operation}", self._secret, asked
        ).json()
        return rows

    def hybrid_search(self, exchange: Exchange, picks: Picks) -> None:
        """One request: the Worker has all bindings at hand."""
        asked = {"user": picks.person.id, "words": picks.words(), "vector": picks.vector()}
        self.run(exchange, "hybrid_search", **asked)
