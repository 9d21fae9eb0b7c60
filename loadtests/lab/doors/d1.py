"""D1 over Cloudflare's REST API."""

from typing import Any

from loadtests.lab.doors.vectorize import Vectorize
from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings
from loadtests.worker._statements import OPERATIONS, Statement, by_ids, fts_search

BATCH = 4


class D1:
    """An operation of another way to D1 differs by `run` and `hybrid_search` alone."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.account}/d1/database/{settings.database}/query"
        self._headers = {"authorization": f"Bearer {settings.api_token}"}
        self._vectorize = Vectorize(settings)

    def run(self, exchange: Exchange, operation: str, **asked: Any) -> list[Any]:
        """The rows; of several statements, the rows of each."""
        return self.statements(exchange, OPERATIONS[operation](**asked))

    def statements(self, exchange: Exchange, wanted: list[Statement]) -> list[Any]:
        each = [{"sql": sql, "params": params} for sql, params in wanted]
        body: Any = each[0] if len(each) == 1 else {"batch": each}
        told = exchange.ask("POST", self._url, self._headers, body).json()
        if not told.get("success"):
            raise Wrong("D1 says that it did not succeed")
        rows = [one["results"] for one in told["result"]]
        return rows[0] if len(each) == 1 else rows

    def point_read(self, exchange: Exchange, picks: Picks) -> None:
        rows = self.run(exchange, "point_read", user=picks.person.id, id=picks.job())
        if len(rows) != 1:
            raise Wrong(f"{len(rows)} rows of one")

    def list_page(self, exchange: Exchange, picks: Picks) -> None:
        if not self.run(exchange, "list_page", user=picks.person.id, page=picks.page()):
            raise Wrong("an empty page")

    def fts_search(self, exchange: Exchange, picks: Picks) -> None:
        self.run(exchange, "fts_search", user=picks.person.id, words=picks.words())

    def filter_count(self, exchange: Exchange, picks: Picks) -> None:
        asked = {"user": picks.person.id, "job_type": picks.kind(), "salary": picks.salary()}
        [row] = self.run(exchange, "filter_count", **asked)
        if "total" not in row:
            raise Wrong("no count")

    def insert(self, exchange: Exchange, picks: Picks) -> None:
        row = picks.row()
        self.run(exchange, "insert", row=row)
        picks.pending.append(row["id"])
        exchange.rows += 1

    def update(self, exchange: Exchange, picks: Picks) -> None:
        changed = {"score": float(picks.number(100)), "at": "2026-02-01T09:00:00.000Z"}
        self.run(exchange, "update", user=picks.person.id, id=picks.job(), **changed)

    def upsert(self, exchange: Exchange, picks: Picks) -> None:
        self.run(exchange, "upsert", row=picks.again())

    def delete(self, exchange: Exchange, picks: Picks) -> None:
        self.run(exchange, "delete", user=picks.person.id, id=picks.take())
        exchange.rows -= 1

    def batch(self, exchange: Exchange, picks: Picks) -> None:
        rows = [picks.row() for _ in range(BATCH)]
        self.run(exchange, "batch", rows=rows)
        picks.pending.extend(row["id"] for row in rows)
        exchange.rows += BATCH

    def hybrid_search(self, exchange: Exchange, picks: Picks) -> None:
        """By words, by meaning, then the rows of what is near: three requests."""
        user = picks.person.id
        self.statements(exchange, fts_search(user, picks.words()))
        near = self._vectorize.near(exchange, picks)
        if near:
            self.statements(exchange, by_ids(user, near))
