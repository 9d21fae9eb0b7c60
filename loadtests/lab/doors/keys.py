"""Short-lived values: rate limits, sessions, OAuth states; in KV, and in a table of Postgres."""

from collections.abc import Mapping
from urllib.parse import quote

from loadtests.lab.doors.supabase import MERGE, MINIMAL, Postgrest
from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.ledger import prefix_of
from loadtests.lab.picks import RATE_KEYS, Picks
from loadtests.lab.settings import Settings

WINDOW = 60
HOUR = 3_600
ENDS = "2099-01-01T00:00:00Z"


class KV:
    """A counter is read and then written, as JobMatch does: KV cannot do both at once."""

    def __init__(self, settings: Settings, run: str) -> None:
        self._url = f"{settings.account}/storage/kv/namespaces/{settings.namespace}/values"
        self._headers = {"authorization": f"Bearer {settings.api_token}"}
        self._prefix = prefix_of(run)

    def rate_limit(self, exchange: Exchange, picks: Picks) -> None:
        # Of many: KV takes one write a second of each key.
        url = self._of(f"rate:{picks.name}:{picks.turn(RATE_KEYS)}")
        answer = exchange.ask("GET", url, self._headers, None, (200, 404))
        count = int(answer.content) + 1 if answer.status == 200 else 1
        self._put(exchange, url, str(count).encode(), WINDOW)

    def session_read(self, exchange: Exchange, picks: Picks) -> None:
        url = self._of(picks.dice.choice(picks.sessions))
        exchange.ask("GET", url, self._headers)

    def session_write(self, exchange: Exchange, picks: Picks) -> None:
        key = f"session:{picks.new_id()}"
        self._put(exchange, self._of(key), session(picks), HOUR)
        picks.sessions.append(key)

    def state_new(self, exchange: Exchange, picks: Picks) -> None:
        state = f"state:{picks.new_id()}"
        self._put(exchange, self._of(state), session(picks), 10 * WINDOW)
        picks.pending.append(state)

    def state_take(self, exchange: Exchange, picks: Picks) -> None:
        """Good once: read, then deleted."""
        url = self._of(picks.take())
        exchange.ask("GET", url, self._headers)
        exchange.ask("DELETE", url, self._headers)

    def _of(self, key: str) -> str:
        return f"{self._url}/{quote(self._prefix + key, safe='')}"

    def _put(self, exchange: Exchange, url: str, value: bytes, seconds: int) -> None:
        headers: Mapping[str, str] = {**self._headers, "content-type": "application/octet-stream"}
        exchange.ask("PUT", f"{url}?expiration_ttl={seconds}", headers, value)


class Postgres:
    """The same in `load_keys` (`loadtests/supabase/`), each value its user's own."""

    def __init__(self, settings: Settings, run: str) -> None:
        self._rest = Postgrest(settings)
        self._prefix = prefix_of(run)

    def rate_limit(self, exchange: Exchange, picks: Picks) -> None:
        counter = f"{self._prefix}rate:{picks.name}:{picks.turn(RATE_KEYS)}"
        body = {"counter": counter, "seconds": WINDOW}
        self._rest.ask(exchange, picks, "POST", "rpc/count_request", body)

    def session_read(self, exchange: Exchange, picks: Picks) -> None:
        key = quote(self._prefix + picks.dice.choice(picks.sessions), safe="")
        if len(self._rest.ask(exchange, picks, "GET", f"load_keys?key=eq.{key}&select=value")) != 1:
            raise Wrong("no session")

    def session_write(self, exchange: Exchange, picks: Picks) -> None:
        key = f"session:{picks.new_id()}"
        path, row = "load_keys?on_conflict=key", self._row(picks, key)
        self._rest.ask(exchange, picks, "POST", path, row, **MERGE)
        picks.sessions.append(key)

    def state_new(self, exchange: Exchange, picks: Picks) -> None:
        state = f"state:{picks.new_id()}"
        self._rest.ask(exchange, picks, "POST", "load_keys", self._row(picks, state), **MINIMAL)
        picks.pending.append(state)

    def state_take(self, exchange: Exchange, picks: Picks) -> None:
        path = f"load_keys?key=eq.{quote(self._prefix + picks.take(), safe='')}"
        more = {"prefer": "return=representation"}
        if len(self._rest.ask(exchange, picks, "DELETE", path, **more)) != 1:
            raise Wrong("no state")

    def _row(self, picks: Picks, key: str) -> dict[str, object]:
        value = {"uid": picks.person.id, "agent": picks.name}
        own = {"key": self._prefix + key, "user_id": picks.person.id}
        return {**own, "value": value, "expires_at": ENDS}


def session(picks: Picks) -> bytes:
    return f'{{"uid":"{picks.person.id}","agent":"{picks.name}"}}'.encode()
