"""Supabase's tables over PostgREST, as the user: row level security decides what they see."""

from typing import Any

from loadtests.lab.doors.d1 import BATCH
from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings
from loadtests.worker._statements import PAGE

MINIMAL = {"prefer": "return=minimal"}
MERGE = {"prefer": "resolution=merge-duplicates,return=minimal"}
COUNT = {"prefer": "count=exact"}


class Postgrest:
    """A project's `/rest/v1`, for a user."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.supabase}/rest/v1"
        self._key = settings.anon_key

    def ask(
        self,
        exchange: Exchange,
        picks: Picks,
        method: str,
        path: str,
        body: Any = None,
        **more: str,
    ) -> Any:
        headers = {"apikey": self._key, "authorization": f"Bearer {picks.person.token}", **more}
        # 206: a count says that there is more than the page has.
        answer = exchange.ask(method, f"{self._url}/{path}", headers, body, (200, 201, 204, 206))
        return answer.json() if answer.content else answer


class Supabase:
    def __init__(self, settings: Settings) -> None:
        self._rest = Postgrest(settings)

    def point_read(self, exchange: Exchange, picks: Picks) -> None:
        path = f"jobs?id=eq.{picks.job()}&select=*"
        rows = self._rest.ask(exchange, picks, "GET", path)
        if len(rows) != 1:
            raise Wrong(f"{len(rows)} rows of one")

    def list_page(self, exchange: Exchange, picks: Picks) -> None:
        page = f"order=created_at.desc,id&limit={PAGE}&offset={PAGE * picks.page()}"
        if not self._rest.ask(exchange, picks, "GET", f"jobs?select=*&{page}"):
            raise Wrong("an empty page")

    def fts_search(self, exchange: Exchange, picks: Picks) -> None:
        body = {"words": picks.words()}
        self._rest.ask(exchange, picks, "POST", f"rpc/search_jobs?limit={PAGE}", body)

    def filter_count(self, exchange: Exchange, picks: Picks) -> None:
        path = f"jobs?job_type=eq.{picks.kind()}&salary_min=gte.{picks.salary()}&select=id"
        answer = self._rest.ask(exchange, picks, "HEAD", path, **COUNT)
        if "/" not in answer.headers.get("content-range", ""):
            raise Wrong("no count")

    def insert(self, exchange: Exchange, picks: Picks) -> None:
        row = picks.row()
        self._rest.ask(exchange, picks, "POST", "jobs", row, **MINIMAL)
        picks.pending.append(row["id"])
        exchange.rows += 1

    def update(self, exchange: Exchange, picks: Picks) -> None:
        change = {"match_score": float(picks.number(100))}
        path = f"jobs?id=eq.{picks.job()}"
        self._rest.ask(exchange, picks, "PATCH", path, change, **MINIMAL)

    def upsert(self, exchange: Exchange, picks: Picks) -> None:
        row = picks.again()
        self._rest.ask(exchange, picks, "POST", "jobs?on_conflict=id", row, **MERGE)

    def delete(self, exchange: Exchange, picks: Picks) -> None:
        self._rest.ask(exchange, picks, "DELETE", f"jobs?id=eq.{picks.take()}", **MINIMAL)
        exchange.rows -= 1

    def batch(self, exchange: Exchange, picks: Picks) -> None:
        """One statement with all rows: PostgREST has no other transaction."""
        rows = [picks.row() for _ in range(BATCH)]
        self._rest.ask(exchange, picks, "POST", "jobs", rows, **MINIMAL)
        picks.pending.extend(row["id"] for row in rows)
        exchange.rows += BATCH

    def hybrid_search(self, exchange: Exchange, picks: Picks) -> None:
        """By words, which brings the rows, and by meaning: two requests."""
        self.fts_search(exchange, picks)
        near = {"query_embedding": picks.vector(), "match_threshold": -1, "match_count": 10}
        if not self._rest.ask(exchange, picks, "POST", "rpc/match_jobs", near):
            raise Wrong("nothing is near")
