"""Values that are kept for a time, in memory. Those not used longest make room for others."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from emulator.core.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Kept(Generic[V]):
    value: V
    expires_at: float
    size: int


class Expiring(Generic[K, V]):
    """At most `max_bytes` of values, each until its time is over."""

    def __init__(self, clock: Clock, max_bytes: int) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._kept: OrderedDict[K, Kept[V]] = OrderedDict()
        self._bytes = 0

    def get(self, key: K) -> V | None:
        """The value, unless its time is over."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.expires_at <= self._clock.now():
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return kept.value

    def put(self, key: K, value: V, size: int, ttl_seconds: float) -> None:
        """Keep the value of `size` bytes, in place of an older one; not if it is too large."""
        if size > self._max_bytes:
            return
        self._remove(key)
        self._kept[key] = Kept(value, self._clock.now() + ttl_seconds, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._kept)))

    def pop(self, key: K) -> V | None:
        """Remove the value; what it was, unless its time was over."""
        value = self.get(key)
        self._remove(key)
        return value

    def drop(self, of: Callable[[K, V], bool]) -> None:
        """Forget all that `of` holds for."""
        for key in [key for key, kept in self._kept.items() if of(key, kept.value)]:
            self._remove(key)

    def _remove(self, key: K) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size
