"""Which keys of KV are in the cache of the data centre that asks."""

from collections.abc import Hashable

# KV's default `cacheTtl`: https://developers.cloudflare.com/kv/concepts/how-kv-works/
SECONDS = 60.0
MAX_KEYS = 50_000


class Heat:
    """Remembers what was read within the last minute or two, and no more keys than that."""

    def __init__(self) -> None:
        self._recent: dict[Hashable, float] = {}
        self._older: dict[Hashable, float] = {}
        self._turned_at = 0.0

    def touch(self, key: Hashable, now: float) -> bool:
        """Whether the key was hot; now it is."""
        if now - self._turned_at >= SECONDS or len(self._recent) >= MAX_KEYS:
            self._older, self._recent, self._turned_at = self._recent, {}, now
        read_at = self._recent.get(key, self._older.get(key))
        self._recent[key] = now
        return read_at is not None and now - read_at < SECONDS
