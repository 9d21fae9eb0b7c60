"""The Cache API's entries: what may be stored, for how long, and how much of it there may be.

https://developers.cloudflare.com/workers/runtime-apis/cache/ — in memory: a cache may forget
at any time, and this one forgets all when the twin ends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from emulator.core.clock import Clock
from emulator.core.expiring import Expiring
from emulator.workers.errors import NotCacheable
from emulator.workers.limits import MAX_CACHE_BYTES, MAX_CACHED_SECONDS

# Lower-case names.
HeaderList = Sequence[tuple[str, str]]

# Seconds, where nothing else says how long:
# https://developers.cloudflare.com/cache/how-to/configure-cache-status-code/#edge-ttl
DEFAULT_SECONDS = {200: 7_200, 301: 7_200, 302: 1_200, 303: 1_200, 404: 180, 410: 180}
AGES = ("s-maxage", "max-age")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Which response is meant; `cache` is empty for `caches.default`."""

    script: str
    cache: str
    url: str


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response as it was put; `stored_at` is in epoch seconds."""

    status: int
    headers: HeaderList
    body: bytes
    stored_at: float

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Caches:
    """All caches of one account. Each script has its own: here no zone is shared by several."""

    def __init__(self, clock: Clock, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._clock = clock
        self._kept: Expiring[CacheKey, CachedResponse] = Expiring(clock, max_bytes)

    def match(self, key: CacheKey) -> CachedResponse | None:
        return self._kept.get(key)

    def put(self, key: CacheKey, status: int, headers: HeaderList, body: bytes) -> None:
        """Store the response. Raises `NotCacheable` where its headers forbid that."""
        now = self._clock.now()
        kept = storable(headers)
        seconds = seconds_of(status, headers, now)
        size = len(body) + sum(len(name) + len(value) for name, value in kept)
        response = CachedResponse(status, kept, body, now)
        self._kept.put(key, response, size + len(key.url), seconds)

    def delete(self, key: CacheKey) -> bool:
        """Whether there was such a response."""
        return self._kept.pop(key) is not None

    def drop(self, script: str) -> None:
        """Forget all that one script has cached."""
        self._kept.drop(lambda key, _: key.script == script)

    def age(self, response: CachedResponse) -> int:
        """Whole seconds since it was stored."""
        return max(int(self._clock.now() - response.stored_at), 0)


def storable(headers: HeaderList) -> HeaderList:
    """The headers that are kept: without what `private=…` names. Raises `NotCacheable`."""
    control = directives(headers)
    if "no-store" in control or control.get("private") == "" or control.get("no-cache") == "":
        raise NotCacheable(reason="its Cache-Control says so")
    private = names_in(control.get("private", ""))
    kept = [(name, value) for name, value in headers if name not in private]
    found = {name for name, _ in kept}
    if "set-cookie" in found:
        raise NotCacheable(reason="it sets a cookie")
    if found & names_in(control.get("no-cache", "")):
        raise NotCacheable(reason="its Cache-Control says so")
    return kept


def seconds_of(status: int, headers: HeaderList, now: float) -> float:
    """How long the response may be used. Raises `NotCacheable` where that is no time at all."""
    control = directives(headers)
    ages = [control[name] for name in AGES if name in control]
    expires = next((value for name, value in headers if name == "expires"), None)
    if ages:
        seconds = float(whole(ages[0]))
    elif expires is not None:
        seconds = epoch_seconds(expires) - now
    else:
        # [guess] of statuses that the table does not have.
        seconds = DEFAULT_SECONDS.get(status, 0)
    if seconds <= 0:
        raise NotCacheable(reason="it has expired already")
    return min(seconds, MAX_CACHED_SECONDS)


def directives(headers: HeaderList) -> Mapping[str, str]:
    """`Cache-Control` as a map, names in lower case; of a repeated one the first counts."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == "cache-control":
            for part in pieces(value):
                directive, _, argument = part.partition("=")
                found.setdefault(directive.strip().lower(), argument.strip().strip('"'))
    return found


def pieces(text: str) -> Iterator[str]:
    """What commas part, those within quotes aside."""
    start, quoted = 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def names_in(argument: str) -> set[str]:
    return {name.strip().lower() for name in argument.split(",")} - {""}


def whole(text: str) -> int:
    """Seconds; 0 for what is no number: a cache must not keep what it cannot understand."""
    return int(text[:12]) if text.isascii() and text.isdigit() else 0


def epoch_seconds(date: str) -> float:
    """An HTTP date; the distant past for what is none."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return 0.0


def is_unchanged(response: CachedResponse, headers: Mapping[str, str]) -> bool:
    """Whether `If-None-Match`, or else `If-Modified-Since`, is met: a 304."""
    etag, modified = response.header("etag"), response.header("last-modified")
    if (wanted := headers.get("if-none-match")) is not None:
        tags = {weak(tag) for tag in pieces(wanted)}
        return etag is not None and (weak(etag) in tags or "*" in tags)
    since = headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    return 0 < epoch_seconds(modified) <= epoch_seconds(since)


def weak(tag: str) -> str:
    return tag.strip().removeprefix("W/")


def range_of(text: str, size: int) -> tuple[int, int] | None:
    """The one range in a header as offset and end, None for what is none.

    Of a range beyond the end the end is not after the offset.
    """
    unit, _, ranges = text.partition("=")
    first, dash, last = ranges.strip().partition("-")
    digits = all(one.isascii() and one.isdigit() and len(one) < 19 for one in (first, last) if one)
    if unit.strip().lower() != "bytes" or not dash or not digits or not (first or last):
        return None
    if not first:
        return max(size - int(last), 0), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size
