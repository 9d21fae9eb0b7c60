"""Vectorize over REST: one user's jobs in the user's namespace."""

from typing import Any

import orjson

from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings

TOP_K = 10


class Vectorize:
    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.account}/vectorize/v2/indexes/{settings.index}"
        self._headers = {"authorization": f"Bearer {settings.api_token}"}

    def near(self, exchange: Exchange, picks: Picks) -> list[str]:
        """The ids of the nearest jobs."""
        asked = {"vector": picks.vector(), "topK": TOP_K, "namespace": picks.person.id}
        found = self._ask(exchange, "query", asked)["matches"]
        return [one["id"].removeprefix("job:") for one in found]

    def nearest(self, exchange: Exchange, picks: Picks) -> None:
        if not self.near(exchange, picks):
            raise Wrong("nothing is near")

    def get_vector(self, exchange: Exchange, picks: Picks) -> None:
        if len(self._ask(exchange, "get_by_ids", {"ids": [f"job:{picks.job()}"]})) != 1:
            raise Wrong("no vector")

    def upsert_vector(self, exchange: Exchange, picks: Picks) -> None:
        """Seen by a query a little later, as at Cloudflare."""
        user, job = picks.person.id, picks.job()
        vector = {"id": f"job:{job}", "namespace": user, "values": picks.vector()}
        line = orjson.dumps(vector | {"metadata": {"jobId": job, "userId": user}})
        headers = {**self._headers, "content-type": "application/x-ndjson"}
        exchange.ask("POST", f"{self._url}/upsert", headers, line)

    def _ask(self, exchange: Exchange, verb: str, body: Any) -> Any:
        answer = exchange.ask("POST", f"{self._url}/{verb}", self._headers, body)
        return answer.json()["result"]
