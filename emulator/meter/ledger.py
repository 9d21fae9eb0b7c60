"""What was used, by whom: sums of units in bounded memory. Nothing is lost when there are too
many keys: those that come late share one.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

OTHERS = "(others)"

K = TypeVar("K", bound=Hashable)


class Key(NamedTuple):
    """Who used it. `script` is None where no Worker asked."""

    account_id: str
    script: str | None
    operation: str

    @property
    def product(self) -> str:
        return self.operation.partition(".")[0]


class Used(NamedTuple, Generic[K]):
    """Of one key, how often, and the units."""

    key: K
    calls: int
    units: Mapping[str, float]


@dataclass(slots=True)
class Sum:
    calls: int = 0
    units: dict[str, float] = field(default_factory=dict)

    def add(self, units: Mapping[str, float], calls: int = 1) -> None:
        self.calls += calls
        sums = self.units
        for unit, amount in units.items():
            sums[unit] = sums.get(unit, 0) + amount


class Ledger(Generic[K]):
    """For all threads. `late` is the key of who comes late."""

    def __init__(self, late: Callable[[K], K], limit: int) -> None:
        self._late = late
        self._limit = limit
        self._lock = Lock()
        self._sums: dict[K, Sum] = {}

    def add(self, key: K, units: Mapping[str, float], calls: int = 1) -> None:
        with self._lock:
            found = self._sums.get(key)
            if found is None:
                key = key if len(self._sums) < self._limit else self._late(key)
                found = self._sums.setdefault(key, Sum())
            found.add(units, calls)

    def forget(self, unwanted: Callable[[K], bool]) -> None:
        with self._lock:
            self._sums = {key: one for key, one in self._sums.items() if not unwanted(key)}

    def used(self) -> list[Used[K]]:
        """In the order of first use."""
        with self._lock:
            return [Used(key, one.calls, dict(one.units)) for key, one in self._sums.items()]


def by_caller() -> Ledger[Key]:
    """By account, script and operation."""
    return Ledger(lambda key: Key(OTHERS, OTHERS, f"{key.product}.{OTHERS}"), 10_000)


def by_text(limit: int) -> Ledger[str]:
    return Ledger(lambda _: OTHERS, limit)


def total_of(used: Iterable[Used[K]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for one in used:
        for unit, amount in one.units.items():
            total[unit] = total.get(unit, 0) + amount
    return total
