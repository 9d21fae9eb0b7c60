"""What was measured, in one process; parts of several processes become one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from emulator.core.histogram import Histogram

Key = tuple[Any, ...]


class Recorder:
    """Rounds are of the slot in which an operation began. Round 0 counts for nothing but what
    was written, and for the course of the run.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self.began = now()
        self._clear()

    def _clear(self) -> None:
        self._times: defaultdict[Key, Histogram] = defaultdict(Histogram)
        self._errors: Counter[Key] = Counter()
        self._bytes: Counter[Key] = Counter()
        self._seconds: defaultdict[Key, Histogram] = defaultdict(Histogram)
        self._failed: Counter[Key] = Counter()
        self._rows: Counter[str] = Counter()
        self._caches: Counter[Key] = Counter()
        self.requests = 0

    def begin(self) -> None:
        """What was seen so far was before the run."""
        self.began = self._now()
        self._clear()

    def add(
        self,
        round: int,
        side: str,
        operation: str,
        milliseconds: float,
        *,
        error: str = "",
        size: int = 0,
        rows: int = 0,
        is_hit: bool | None = None,
    ) -> None:
        second = int(self._now() - self.began)
        if error:
            self._failed[second, side] += 1
        else:
            self._seconds[second, side].add(milliseconds)
            self._rows[side] += rows
        if not round:
            return
        if error:
            self._errors[round, side, operation, error] += 1
            return
        self._times[round, side, operation].add(milliseconds)
        self._bytes[round, side, operation] += size
        if is_hit is not None:
            self._caches[side, "hit" if is_hit else "miss"] += 1

    def take(self) -> dict[str, Any]:
        """All of it, as JSON would have it; then it begins afresh."""
        told = {
            "times": [[*key, one.json()] for key, one in self._times.items()],
            "seconds": [[*key, one.json()] for key, one in self._seconds.items()],
            **{name: listed(one) for name, one in self._counters().items()},
            "requests": self.requests,
        }
        self._clear()
        return told

    def merge(self, told: Mapping[str, Any]) -> None:
        for kept, name in ((self._times, "times"), (self._seconds, "seconds")):
            for *key, one in told[name]:
                kept[tuple(key)].merge(Histogram.of(one))
        for name, counter in self._counters().items():
            for *key, count in told[name]:
                counter[key_of(key)] += count
        self.requests += told["requests"]

    def _counters(self) -> dict[str, Counter[Any]]:
        return {
            "errors": self._errors,
            "bytes": self._bytes,
            "failed": self._failed,
            "rows": self._rows,
            "caches": self._caches,
        }


def listed(counter: Counter[Any]) -> list[list[Any]]:
    return [[*(key if isinstance(key, tuple) else (key,)), count] for key, count in counter.items()]


def key_of(key: list[Any]) -> Any:
    return key[0] if len(key) == 1 else tuple(key)
