"""Documents of a few kilobytes: in R2 over S3, and in Supabase Storage as their owner."""

from collections.abc import Mapping
from urllib.parse import quote

from loadtests.lab.exchange import Exchange
from loadtests.lab.ledger import bucket_of, prefix_of
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings
from loadtests.lab.signing import Keys, signed

SIZE = 16_384
BODY = bytes(range(256)) * (SIZE // 256)
PDF = {"content-type": "application/pdf"}


class R2:
    def __init__(self, settings: Settings, run: str) -> None:
        self._keys = Keys(settings.s3_key, settings.s3_secret)
        self._endpoint = settings.s3
        self._bucket = settings.bucket
        self._prefix = prefix_of(run)

    def put(self, exchange: Exchange, picks: Picks) -> None:
        key = new(picks)
        self._ask(exchange, "PUT", key, BODY)
        picks.pending.append(key)

    def get(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, "GET", known(picks))

    def head(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, "HEAD", known(picks))

    def list(self, exchange: Exchange, picks: Picks) -> None:
        prefix = f"{self._prefix}{picks.person.id}/"
        query = {"list-type": "2", "prefix": prefix, "max-keys": "20"}
        url, headers = signed(self._keys, "GET", self._endpoint, f"/{self._bucket}", query)
        exchange.ask("GET", url, headers)

    def delete(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, "DELETE", picks.take(), None, (204,))

    def _ask(
        self,
        exchange: Exchange,
        method: str,
        key: str,
        body: bytes | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> None:
        path = f"/{self._bucket}/{quote(self._prefix + key)}"
        url, headers = signed(self._keys, method, self._endpoint, path)
        more: Mapping[str, str] = PDF if body else {}
        exchange.ask(method, url, {**headers, **more}, body, expect)


class Storage:
    def __init__(self, settings: Settings, run: str) -> None:
        self._url = f"{settings.supabase}/storage/v1/object"
        self._key = settings.anon_key
        self._bucket = bucket_of(run)

    def put(self, exchange: Exchange, picks: Picks) -> None:
        key = new(picks)
        self._ask(
            exchange, picks, "POST", f"{self._bucket}/{key}", BODY, {"x-upsert": "true", **PDF}
        )
        picks.pending.append(key)

    def get(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, picks, "GET", f"authenticated/{self._bucket}/{known(picks)}")

    def head(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, picks, "HEAD", f"authenticated/{self._bucket}/{known(picks)}")

    def list(self, exchange: Exchange, picks: Picks) -> None:
        body = {"prefix": f"{picks.person.id}/", "limit": 20}
        self._ask(exchange, picks, "POST", f"list/{self._bucket}", body)

    def delete(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, picks, "DELETE", f"{self._bucket}/{picks.take()}")

    def _ask(
        self,
        exchange: Exchange,
        picks: Picks,
        method: str,
        path: str,
        body: object = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        headers = {"apikey": self._key, "authorization": f"Bearer {picks.person.token}"}
        sent = {**headers, **(more or {})}
        exchange.ask(method, f"{self._url}/{path}", sent, body)


def new(picks: Picks) -> str:
    """R2 takes one write a second of a key, so each is another."""
    return f"{picks.person.id}/{picks.new_id()}.pdf"


def known(picks: Picks) -> str:
    """One that this user has put and not taken away."""
    return picks.dice.choice(picks.pending)
