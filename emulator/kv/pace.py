"""KV's pace: one write a second to each key."""

from emulator.core.clock import Clock
from emulator.kv.limits import SECONDS_BETWEEN_WRITES

WrittenKey = tuple[int, bytes]


class WritePace:
    """Remembers which keys were written within the last second, and no others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: dict[WrittenKey, float] = {}
        self._older: dict[WrittenKey, float] = {}
        self._turned_at = clock.now()

    def admits(self, key: WrittenKey) -> bool:
        """Whether the key may be written now."""
        now = self._clock.now()
        written_at = self._recent.get(key, self._older.get(key))
        return written_at is None or now - written_at >= SECONDS_BETWEEN_WRITES

    def wrote(self, key: WrittenKey) -> None:
        now = self._clock.now()
        # Two generations a second apart: whatever is in neither may be written.
        if now - self._turned_at >= SECONDS_BETWEEN_WRITES:
            self._older, self._recent, self._turned_at = self._recent, {}, now
        self._recent[key] = now
