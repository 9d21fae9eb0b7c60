"""Since when a rule holds for something: after an age, from a date on, or always.

The form is that of Cloudflare's API: `{"type": "Age", "maxAge": seconds}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.clock import parse_iso


@dataclass(frozen=True, slots=True)
class Condition:
    """An age in seconds or a moment in epoch milliseconds; neither: always."""

    age_seconds: int | None = None
    date_ms: int | None = None

    @classmethod
    def from_json(cls, row: Mapping[str, Any], age_name: str) -> "Condition":
        """A condition as the API spells it, its age under `age_name`."""
        if row["type"] == "Age":
            return cls(age_seconds=int(row[age_name]))
        if row["type"] == "Date":
            return cls(date_ms=int(parse_iso(row["date"]) * 1000))
        return cls()

    def due_ms(self, since_ms: int) -> int | None:
        """The moment from which on it holds for something that began at `since_ms`."""
        if self.age_seconds is not None:
            return since_ms + self.age_seconds * 1000
        return self.date_ms

    def is_past(self, since_ms: int, now_ms: int) -> bool:
        """Whether something that began at `since_ms` is as old, or the date has come."""
        due_ms = self.due_ms(since_ms)
        return due_ms is not None and now_ms >= due_ms
