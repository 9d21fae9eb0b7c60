"""Cloudflare's API limit: 1,200 requests in 5 minutes for each user or token."""

from emulator.core.clock import Clock
from emulator.core.errors import TooManyRequests

MAX_REQUESTS = 1_200
WINDOW_SECONDS = 300


class RateLimiter:
    """Counts requests in fixed windows by the injected clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[int, int]] = {}

    def admit(self, credential_id: str) -> None:
        """Count one request; raises `TooManyRequests` from the 1,201st of a window on."""
        window = int(self._clock.now() // WINDOW_SECONDS)
        seen_in, count = self._windows.get(credential_id, (window, 0))
        if seen_in != window:
            count = 0
        if count >= MAX_REQUESTS:
            raise TooManyRequests()
        self._windows[credential_id] = (window, count + 1)
