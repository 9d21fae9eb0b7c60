"""The pace of KV and R2: one write a second to each key."""

SECONDS_BETWEEN_WRITES = 1.0

# A namespace or bucket, and a key in it.
Place = tuple[str | int, bytes]


class WritePace:
    """Remembers which keys were written within the last second or two, and no others."""

    def __init__(self) -> None:
        self._recent: dict[Place, float] = {}
        self._older: dict[Place, float] = {}
        self._turned_at = 0.0

    def admits(self, key: Place, now: float) -> bool:
        """Whether the key may be written now; if so, that counts as its write."""
        # Two generations, each of a second or more: what is in neither may be written.
        if now - self._turned_at >= SECONDS_BETWEEN_WRITES:
            self._older, self._recent, self._turned_at = self._recent, {}, now
        written_at = self._recent.get(key, self._older.get(key))
        if written_at is not None and now - written_at < SECONDS_BETWEEN_WRITES:
            return False
        self._recent[key] = now
        return True
