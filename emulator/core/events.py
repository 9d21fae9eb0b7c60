"""The audit trail: one event per request, in a ring, read by `/_twin/events` and by tests."""

from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple


class Event(NamedTuple):
    """One request as the twin saw it. `at` is epoch seconds; `milliseconds` its duration."""

    at: float
    ray: str
    door: str
    operation: str
    account_id: str | None
    method: str
    path: str
    status: int
    code: int | None
    milliseconds: float
    detail: Mapping[str, object] | None
    # Who asks, or, at the edge, who has answered. `cause` is the request that it is done for,
    # looked for only while somebody wants to know.
    script: str | None = None
    cause: str | None = None


class EventLog:
    """The newest events. Appending costs well under a microsecond and never blocks."""

    def __init__(self, size: int) -> None:
        self._ring: deque[Event] = deque(maxlen=size)
        # Told each event at once, by whoever records it.
        self.heard: list[Callable[[Event], None]] = []

    def record(self, event: Event) -> None:
        self._ring.append(event)
        for hear in self.heard:
            hear(event)

    def clear(self) -> None:
        self._ring.clear()

    def recent(
        self, limit: int, *, account_id: str | None = None, operation: str | None = None
    ) -> list[Event]:
        """The newest `limit` events that match, newest first."""
        matching = (
            event
            for event in reversed(self._ring)
            if account_id in (None, event.account_id) and operation in (None, event.operation)
        )
        return list(islice(matching, limit))
