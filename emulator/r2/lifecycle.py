"""Lifecycle rules: when objects expire or change class, when uploads are given up. Pure.

https://developers.cloudflare.com/r2/buckets/object-lifecycles/ — R2 acts within a day; here a
rule holds from the moment on that it names, by the twin's clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.r2.age import Condition
from emulator.r2.limits import DEFAULT_ABORT_SECONDS
from emulator.r2.models import INFREQUENT

Json = dict[str, Any]

# What a new bucket has.
DEFAULT_RULES: tuple[Json, ...] = (
    {
        "id": "Default Multipart Abort Rule",
        "enabled": True,
        "conditions": {"prefix": ""},
        "abortMultipartUploadsTransition": {
            "condition": {"type": "Age", "maxAge": DEFAULT_ABORT_SECONDS}
        },
    },
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One enabled rule; a condition that is None never comes true."""

    id: str
    prefix: str
    expire: Condition | None
    infrequent: Condition | None
    abort: Condition | None


class Lifecycle:
    """The enabled rules of one bucket."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rules = tuple(rule_of(row) for row in rows if row.get("enabled", True))
        self.expires = any(rule.expire for rule in self._rules)
        self.moves = any(rule.infrequent for rule in self._rules)

    def is_expired(self, key: str, uploaded_ms: int, now_ms: int) -> bool:
        """Whether the object is gone by now."""
        return self.expires and any(
            rule.expire.is_past(uploaded_ms, now_ms)
            for rule in self._rules
            if rule.expire is not None and key.startswith(rule.prefix)
        )

    def expiration(self, key: str, uploaded_ms: int) -> tuple[int, str] | None:
        """When the object will be gone, in epoch milliseconds, and by which rule."""
        if not self.expires:
            return None
        dues = [
            (rule.expire.due_ms(uploaded_ms), rule.id)
            for rule in self._rules
            if rule.expire is not None and key.startswith(rule.prefix)
        ]
        return min(((due, name) for due, name in dues if due is not None), default=None)

    def storage_class(self, key: str, uploaded_ms: int, now_ms: int, stored: str) -> str:
        """The class the object has by now. None comes back from infrequent access."""
        moved = self.moves and any(
            rule.infrequent.is_past(uploaded_ms, now_ms)
            for rule in self._rules
            if rule.infrequent is not None and key.startswith(rule.prefix)
        )
        return INFREQUENT if moved else stored

    def is_aborted(self, key: str, created_ms: int, now_ms: int) -> bool:
        """Whether the upload has been given up."""
        return any(
            rule.abort.is_past(created_ms, now_ms)
            for rule in self._rules
            if rule.abort is not None and key.startswith(rule.prefix)
        )

    def expiring_prefixes(self) -> Iterator[str]:
        """Below which keys objects may expire."""
        return (rule.prefix for rule in self._rules if rule.expire is not None)


def rule_of(row: Mapping[str, Any]) -> Rule:
    prefix = (row.get("conditions") or {}).get("prefix") or ""
    transitions = row.get("storageClassTransitions") or []
    moves = [one for one in transitions if one.get("storageClass") == INFREQUENT]
    return Rule(
        str(row.get("id", "")),
        prefix,
        condition_of(row.get("deleteObjectsTransition")),
        condition_of(moves[0] if moves else None),
        condition_of(row.get("abortMultipartUploadsTransition")),
    )


def condition_of(transition: Mapping[str, Any] | None) -> Condition | None:
    condition = (transition or {}).get("condition")
    return None if condition is None else Condition.from_json(condition, "maxAge")
