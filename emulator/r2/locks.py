"""Bucket locks: which objects may be neither overwritten nor deleted. Pure.

https://developers.cloudflare.com/r2/buckets/bucket-locks/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.r2.age import Condition


@dataclass(frozen=True, slots=True)
class LockRule:
    """Holds the keys with its prefix until the condition is past; without one, for ever."""

    prefix: str
    until: Condition


class Locks:
    """The enabled rules of one bucket."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rules = tuple(
            LockRule(
                row.get("prefix") or "", Condition.from_json(row["condition"], "maxAgeSeconds")
            )
            for row in rows
            if row.get("enabled", True)
        )

    def hold(self, key: str, uploaded_ms: int, now_ms: int) -> bool:
        """Whether the object may not be touched at this moment. The strictest rule counts."""
        return any(
            key.startswith(rule.prefix) and not rule.until.is_past(uploaded_ms, now_ms)
            for rule in self._rules
        )
