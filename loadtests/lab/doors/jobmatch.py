"""JobMatch's Worker as its site uses it: a user's lists, searches, letters."""

from typing import Any

from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings


class JobMatch:
    """A twin believes a client's address; the application counts requests by it."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.jobmatch
        self._spoofs = not settings.is_real

    def list_jobs(self, exchange: Exchange, picks: Picks) -> None:
        told = self._ask(exchange, picks, "GET", f"/api/jobs?page={1 + picks.page()}&limit=20")
        if "jobs" not in told:
            raise Wrong("no list")

    def read_job(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, picks, "GET", f"/api/jobs/{picks.job()}")

    def read_profile(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, picks, "GET", "/api/profile")

    def search(self, exchange: Exchange, picks: Picks) -> None:
        body = {"query": picks.text(), "limit": 20, "searchType": "hybrid"}
        self._ask(exchange, picks, "POST", "/api/jobs/search", body)

    def track(self, exchange: Exchange, picks: Picks) -> None:
        body = {"jobTitle": "Backend Engineer", "company": f"Load {picks.number(1_000)}"}
        self._ask(exchange, picks, "POST", "/api/tracked-applications", body, (201,))
        exchange.rows += 1

    def generate(self, exchange: Exchange, picks: Picks) -> None:
        body = {"jobId": picks.job()}
        self._ask(exchange, picks, "POST", "/api/applications/generate", body, (201,))
        exchange.rows += 1

    def _ask(
        self,
        exchange: Exchange,
        picks: Picks,
        method: str,
        path: str,
        body: Any = None,
        expect: tuple[int, ...] = (200, 201),
    ) -> Any:
        headers = {"authorization": f"Bearer {picks.person.token}"}
        if self._spoofs:
            headers["cf-connecting-ip"] = address(picks.person.number)
        return exchange.ask(method, f"{self._url}{path}", headers, body, expect).json()


def address(number: int) -> str:
    high, low = divmod(number, 250)
    return f"10.{high // 250 % 250}.{high % 250}.{low + 1}"
