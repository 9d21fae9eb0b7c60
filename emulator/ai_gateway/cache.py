"""A gateway's cache: answers that identical requests get again.

Identical are requests of the same method, provider, endpoint, body and provider's key. Who
the user is, and `cf-aig-metadata`, are no part of it: an application that asks on behalf of
its users with one key of its own gives the first one's answer to all. A custom key replaces
all of that, so that even different prompts share an answer.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from emulator.ai_gateway.limits import MAX_CACHE_BYTES
from emulator.ai_gateway.models import CachedAnswer, HeaderList
from emulator.core.clock import Clock

PROVIDER_KEYS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})


def cache_key(
    gateway: int, method: str, provider: str, path: str, headers: HeaderList, body: bytes
) -> bytes:
    """What identical requests have in common. No secret can be read from it."""
    keys = sorted(f"{name}:{value}" for name, value in headers if name in PROVIDER_KEYS)
    parts = (str(gateway), method, provider, path, *keys)
    return digest(part.encode("utf-8", "replace") for part in parts) + sha256(body).digest()


def custom_cache_key(gateway: int, key: str) -> bytes:
    """What requests with this custom key have in common, whatever else they ask."""
    return digest((str(gateway).encode(), b"custom", key.encode("utf-8", "replace")))


def digest(parts: Iterable[bytes]) -> bytes:
    hashed = sha256()
    for part in parts:
        hashed.update(b"%d:" % len(part) + part)
    return hashed.digest()


@dataclass(frozen=True, slots=True)
class Kept:
    answer: CachedAnswer
    gateway: int
    expires_at: float
    size: int


class AnswerCache:
    """The answers of one account's gateways, in memory; those not used longest make room."""

    def __init__(self, clock: Clock, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> CachedAnswer | None:
        """The answer, unless its time is over."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.expires_at <= self._clock.now():
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return kept.answer

    def put(self, key: bytes, gateway: int, answer: CachedAnswer, ttl_seconds: int) -> None:
        """Keep the answer for `ttl_seconds`, in place of an older one."""
        size = len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers)
        if size > self._max_bytes:
            return
        self._remove(key)
        self._kept[key] = Kept(answer, gateway, self._clock.now() + ttl_seconds, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._kept)))

    def drop(self, gateway: int) -> None:
        """Forget all that one gateway has cached."""
        for key in [key for key, kept in self._kept.items() if kept.gateway == gateway]:
            self._remove(key)

    def _remove(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size
