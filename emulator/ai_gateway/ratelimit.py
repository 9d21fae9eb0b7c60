"""A gateway's rate limit: so many requests in an interval, which is fixed or slides."""

from dataclasses import dataclass

from emulator.ai_gateway.errors import RateLimited
from emulator.ai_gateway.models import Configuration
from emulator.core.clock import Clock


@dataclass(slots=True)
class Window:
    number: int
    count: int = 0
    before: int = 0


class RequestLimiter:
    """Counts each gateway's requests in windows that begin at multiples of the interval.

    A sliding limit is no true rolling count: the window before counts as much of its
    requests as the interval that ends now still covers of it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[int, int], Window] = {}

    def admit(self, gateway: int, configuration: Configuration) -> None:
        """Count one request; raises `RateLimited`, and such a one is not counted [guess]."""
        interval, limit = configuration.rate_limiting_interval, configuration.rate_limiting_limit
        if not interval or not limit:
            return
        now = self._clock.now()
        window = self._window(gateway, interval, int(now // interval))
        seen: float = window.count
        if configuration.rate_limiting_technique == "sliding":
            seen += window.before * (1 - (now % interval) / interval)
        if seen >= limit:
            raise RateLimited()
        window.count += 1

    def forget(self, gateway: int) -> None:
        """Begin anew with a gateway."""
        for key in [key for key in self._windows if key[0] == gateway]:
            del self._windows[key]

    def _window(self, gateway: int, interval: int, number: int) -> Window:
        """The window of that number, which knows the count of the one before it."""
        known = self._windows.get((gateway, interval))
        if known is None or known.number != number:
            before = known.count if known is not None and known.number == number - 1 else 0
            known = self._windows[gateway, interval] = Window(number, before=before)
        return known
