"""What went out, or wanted to: calls of Workers to the outside world, and mails. Rings in memory.

Secrets stay in what is kept and are masked in what is listed.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

# Lower-case names.
HeaderList = tuple[tuple[str, str], ...]

# Of a body that is kept; how much there was is kept too.
KEPT_BYTES = 32_768
SECRET_HEADERS = frozenset(
    "authorization proxy-authorization cookie set-cookie apikey api-key x-api-key"
    " x-goog-api-key cf-aig-authorization x-auth-key".split()
)
# Who answered, where no stand-in did.
TWIN = "twin"
INTERNET = "internet"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Part:
    """A body: its first bytes, and how many it had."""

    head: bytes = b""
    size_bytes: int = 0

    @classmethod
    def of(cls, body: bytes) -> "Part":
        return cls(body[:KEPT_BYTES], len(body))

    def and_more(self, block: bytes) -> "Part":
        if len(self.head) == KEPT_BYTES:
            return Part(self.head, self.size_bytes + len(block))
        return Part((self.head + block)[:KEPT_BYTES], self.size_bytes + len(block))

    def json(self) -> dict[str, object]:
        return {
            "text": self.head.decode("utf-8", "replace"),
            "size": self.size_bytes,
            "truncated": len(self.head) < self.size_bytes,
        }


@dataclass(slots=True)
class Sent:
    """One call. `answered_by` is a stand-in's name, `twin`, `internet` or `refused`.

    `at` is epoch seconds. `script` is None where no Worker called but somebody at
    `/_outside/`. What follows `body` becomes known while the call lasts: `status` is 0 until
    there is one.
    """

    at: float
    account_id: str
    script: str | None
    method: str
    url: str
    host: str
    headers: HeaderList
    body: Part
    answered_by: str = ""
    status: int = 0
    answer_headers: HeaderList = ()
    answer: Part = Part()
    milliseconds: float = 0.0

    def json(self) -> dict[str, object]:
        """As it is listed: secrets masked."""
        return {
            "at": self.at,
            "account_id": self.account_id,
            "script": self.script,
            "answered_by": self.answered_by,
            "method": self.method,
            "url": self.url,
            "host": self.host,
            "headers": masked(self.headers),
            "body": self.body.json(),
            "status": self.status,
            "answer_headers": masked(self.answer_headers),
            "answer": self.answer.json(),
            "milliseconds": self.milliseconds,
        }

    def mentions(self, text: str) -> bool:
        """Whether the address or a body that is kept has the text, in any case."""
        wanted = text.lower()
        bodies = (one.head.decode("utf-8", "replace") for one in (self.body, self.answer))
        return any(wanted in place.lower() for place in (self.url, *bodies))


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person, whoever was to deliver it. `at` is epoch seconds."""

    at: float
    account_id: str
    by: str
    sender: str
    to: str
    subject: str
    text: str = ""
    html: str = ""
    reply_to: str = ""
    message_id: str = ""


T = TypeVar("T", Sent, Mail)


class Outbox:
    """The newest calls and mails of all accounts, each in a ring of `size`."""

    def __init__(self, size: int) -> None:
        self._calls: deque[Sent] = deque(maxlen=size)
        self._mails: deque[Mail] = deque(maxlen=size)

    def record(self, sent: Sent) -> None:
        self._calls.append(sent)

    def post(self, mail: Mail) -> None:
        self._mails.append(mail)

    def recent(
        self,
        limit: int,
        *,
        account_id: str | None = None,
        script: str | None = None,
        host: str | None = None,
        method: str | None = None,
        answered_by: str | None = None,
        text: str | None = None,
    ) -> list[Sent]:
        """The newest `limit` calls that match, newest first."""
        matching = (
            sent
            for sent in reversed(self._calls)
            if account_id in (None, sent.account_id)
            and script in (None, sent.script)
            and (host is None or host.lower() == sent.host)
            and (method is None or method.upper() == sent.method)
            and answered_by in (None, sent.answered_by)
            and (text is None or sent.mentions(text))
        )
        return list(islice(matching, limit))

    def inbox(
        self, limit: int, *, account_id: str | None = None, to: str | None = None
    ) -> list[Mail]:
        """The newest `limit` mails that match, newest first."""
        matching = (
            mail
            for mail in reversed(self._mails)
            if account_id in (None, mail.account_id)
            and (to is None or to.lower() == mail.to.lower())
        )
        return list(islice(matching, limit))

    def clear(self, account_id: str | None = None) -> int:
        """Forget the calls and mails of one account or of all; how many there were."""
        before = len(self._calls) + len(self._mails)
        if account_id is None:
            self._calls.clear()
            self._mails.clear()
        else:
            self._calls = self._without(self._calls, account_id)
            self._mails = self._without(self._mails, account_id)
        return before - len(self._calls) - len(self._mails)

    @staticmethod
    def _without(ring: "deque[T]", account_id: str) -> "deque[T]":
        others = (one for one in ring if one.account_id != account_id)
        return deque(others, maxlen=ring.maxlen)


def masked(headers: HeaderList) -> list[list[str]]:
    """The headers as they are listed: of a secret the scheme and the last four characters."""
    return [[name, mask(value) if name in SECRET_HEADERS else value] for name, value in headers]


def mask(value: str) -> str:
    scheme, space, secret = value.rpartition(" ")
    shown = secret[-4:] if len(secret) > 12 else ""
    return f"{scheme if space and scheme.isalpha() else ''}{space}***{shown}"


def kept(headers: Iterable[tuple[bytes, bytes]]) -> HeaderList:
    """Headers of a request or an answer as they are kept."""
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers
    )
