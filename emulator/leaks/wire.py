"""How the lab speaks to the API: paced, bounded, and never by way of a redirect."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from threading import Event, Lock

import httpx

from emulator.leaks.observations import Answer, Request
from emulator.loopback import Loopback as Loopback

SECONDS = 60.0
EXCERPT = 400


class Spent(Exception):
    """The budget of requests or of time is used up."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """`after` is how long the answer took, in seconds."""

    request: Request
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    after: float

    @property
    def is_served(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known.lower() == name), "")

    def answer(self, around: str = "") -> Answer:
        """To be shown; the excerpt is around a text where that is in it."""
        text = self.body.decode("utf-8", "replace")
        place = max(0, text.lower().find(around) - EXCERPT // 2) if around else 0
        shown = text[place : place + EXCERPT].replace("\0", "")
        return Answer(self.status, self.headers, shown)


@dataclass(frozen=True, slots=True)
class Limits:
    """`pace` is the least time between two requests, in seconds."""

    requests: int = 20_000
    seconds: float = 1_800.0
    pace: float = 0.0


class Wire:
    """`address_header`: where the edge takes the client's address from it, each request has an
    address of its own, and limits by address stay out of the way.
    """

    def __init__(
        self,
        limits: Limits,
        address_header: str = "",
        token_header: str = "authorization",
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        # What an answer sets for one user must not go along with the next one's request.
        none = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client = httpx.Client(
            timeout=SECONDS, transport=Loopback(), trust_env=False, cookies=none
        )
        self._limits = limits
        self._address_header = address_header
        self._token_header = token_header.lower()
        self._addresses = count(1)
        self._network = secrets.token_bytes(2).hex()
        self._ticks = ticks
        self._began = ticks()
        self._next = self._began
        self._lock = Lock()
        self._pause = Event()
        self.sent = 0
        # Cleaning up is never refused.
        self.is_bounded = True

    @property
    def seconds(self) -> float:
        return self._ticks() - self._began

    def wait(self, seconds: float) -> None:
        self._pause.wait(max(0.0, seconds))

    def send(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Exchange:
        """Raises `Spent`, `httpx.TransportError`."""
        self.wait(self._turn())
        whole = dict(headers or {})
        if self._address_header:
            whole.setdefault(self._address_header, self._address())
        request = Request(method, url, tuple(whole.items()), body, self._token_header)
        asked = self._ticks()
        answer = self._client.request(method, url, headers=whole, content=body)
        after = self._ticks() - asked
        told = tuple(answer.headers.multi_items())
        return Exchange(request, answer.status_code, told, answer.content, after)

    def close(self) -> None:
        self._client.close()

    def _turn(self) -> float:
        """How long to wait. Raises `Spent`."""
        with self._lock:
            self.sent += 1
            if self.is_bounded:
                if self.sent > self._limits.requests:
                    raise Spent(f"{self._limits.requests} requests were sent")
                if self.seconds > self._limits.seconds:
                    raise Spent(f"{self._limits.seconds:g} seconds have passed")
            now = self._ticks()
            self._next = max(now, self._next) + self._limits.pace
            return self._next - self._limits.pace - now

    def _address(self) -> str:
        number = next(self._addresses)
        return f"2001:db8:{self._network}::{number >> 16:x}:{number & 0xFFFF:x}"
