"""Time, injected: nothing else in the project asks the operating system for it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, as the twin sees them. `moved` are called when it was moved on."""

    moved: list[Callable[[], None]]

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


class SystemClock:
    """The real clock, which can be moved on so that expiry need not be waited for."""

    def __init__(self) -> None:
        self.moved: list[Callable[[], None]] = []
        self._offset_seconds = 0.0

    def now(self) -> float:
        return time.time() + self._offset_seconds  # noqa: TID251

    def advance(self, seconds: float) -> None:
        self._offset_seconds += seconds
        for tell in self.moved:
            tell()


class ManualClock:
    """A clock that moves only when a test says so."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self.moved: list[Callable[[], None]] = []
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for tell in self.moved:
            tell()


def iso(epoch_seconds: float) -> str:
    """`2026-01-03T09:40:38.123456Z`, the form Cloudflare's timestamps have."""
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_iso(text: str) -> float:
    """Epoch seconds of an ISO 8601 text; one without a zone is UTC. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
