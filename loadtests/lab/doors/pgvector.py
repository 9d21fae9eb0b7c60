"""pgvector behind PostgREST, as the user."""

from loadtests.lab.doors.supabase import MERGE, Postgrest
from loadtests.lab.doors.vectorize import TOP_K
from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings


class Pgvector:
    def __init__(self, settings: Settings) -> None:
        self._rest = Postgrest(settings)

    def nearest(self, exchange: Exchange, picks: Picks) -> None:
        body = {"query_embedding": picks.vector(), "match_threshold": -1, "match_count": TOP_K}
        if not self._rest.ask(exchange, picks, "POST", "rpc/match_jobs", body):
            raise Wrong("nothing is near")

    def get_vector(self, exchange: Exchange, picks: Picks) -> None:
        path = f"job_embeddings?job_id=eq.{picks.job()}&select=*"
        if len(self._rest.ask(exchange, picks, "GET", path)) != 1:
            raise Wrong("no vector")

    def upsert_vector(self, exchange: Exchange, picks: Picks) -> None:
        row = {"job_id": picks.job(), "user_id": picks.person.id, "embedding": picks.vector()}
        path = "job_embeddings?on_conflict=job_id"
        self._rest.ask(exchange, picks, "POST", path, row, **MERGE)
