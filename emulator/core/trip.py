"""The way of one call through a door: what a latency profile needs to know of it beforehand."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class Trip(NamedTuple):
    """`name` is the operation, or the kind of the binding where the operation is not known yet.

    `scope` has ASGI's `raw_path` and `headers`.
    """

    door: str  # "rest", "binding" or "edge"
    name: str
    account_id: str
    resource: str
    scope: Mapping[str, Any]

    def header(self, name: bytes) -> bytes:
        """By its lower-case name; empty where there is none."""
        return next((bytes(value) for key, value in self.scope["headers"] if key == name), b"")


class Passage(Protocol):
    """A call that a profile delays, after its way there."""

    async def leave(self, operation: str, detail: Mapping[str, object] | None) -> None:
        """Waits until the answer is where it was asked for. `operation` as the event has it."""
