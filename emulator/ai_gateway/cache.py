"""A gateway's cache: answers that identical requests get again.

Identical are requests of the same method, provider, endpoint, body and provider's key. Who
the user is, and `cf-aig-metadata`, are no part of it: an application that asks on behalf of
its users with one key of its own gives the first one's answer to all. A custom key replaces
all of that, so that even different prompts share an answer.
"""

from collections.abc import Iterable
from hashlib import sha256

from emulator.ai_gateway.limits import MAX_CACHE_BYTES
from emulator.ai_gateway.models import CachedAnswer, HeaderList
from emulator.core.clock import Clock
from emulator.core.expiring import Expiring

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


class AnswerCache:
    """The answers of one account's gateways, in memory; those not used longest make room."""

    def __init__(self, clock: Clock, max_bytes: int = MAX_CACHE_BYTES) -> None:
        # Each with the number of its gateway.
        self._kept: Expiring[bytes, tuple[int, CachedAnswer]] = Expiring(clock, max_bytes)

    def get(self, key: bytes) -> CachedAnswer | None:
        """The answer, unless its time is over."""
        kept = self._kept.get(key)
        return None if kept is None else kept[1]

    def put(self, key: bytes, gateway: int, answer: CachedAnswer, ttl_seconds: int) -> None:
        """Keep the answer for `ttl_seconds`, in place of an older one."""
        size = len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers)
        self._kept.put(key, (gateway, answer), size, ttl_seconds)

    def drop(self, gateway: int) -> None:
        """Forget all that one gateway has cached."""
        self._kept.drop(lambda _, kept: kept[0] == gateway)
