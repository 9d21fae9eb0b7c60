"""Whether a twin adds latency, and whether it keeps times. Both are None while they are off."""

from typing import TYPE_CHECKING

from emulator.core.clock import Clock
from emulator.core.events import EventLog
from emulator.core.settings import Settings

if TYPE_CHECKING:
    from emulator.latency.delays import Delays, Replicated
    from emulator.latency.profile import Profile
    from emulator.latency.timings import Timings


class Latency:
    """Of one twin. Raises ValueError where the setting `latency_profile` names none."""

    def __init__(
        self, settings: Settings, clock: Clock, events: EventLog, replicated: "Replicated"
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._events = events
        self._replicated = replicated
        self.delays: Delays | None = None
        self.timings: Timings | None = None
        if settings.latency_profile:
            # What reads profiles is loaded with the first of them, not with the twin.
            from emulator.latency.profile import load

            self.turn(load(settings.latency_profile))

    def turn(self, profile: "Profile", seed: int | None = None) -> None:
        """From now on, with empty queues; who waits for another profile waits no more."""
        from emulator.latency.delays import Delays

        self.off()
        self.delays = Delays(
            profile,
            self._settings.latency_seed if seed is None else seed,
            self._clock,
            self._settings.d1_queue,
            self._replicated,
            self._delayed,
        )

    def off(self) -> None:
        if self.delays is not None:
            self.delays.close()
            self.delays = None

    def measure(self) -> None:
        """Keep times from now on, those from before forgotten."""
        from emulator.latency.timings import Timings

        self.ignore()
        self.timings = Timings(self._clock.now())
        self._events.heard.append(self.timings.hear)

    def ignore(self) -> None:
        """Keep none."""
        if self.timings is not None:
            self._events.heard.remove(self.timings.hear)
            self.timings = None

    def forget(self, account_id: str) -> None:
        """The account is empty, or gone."""
        if self.delays is not None:
            self.delays.forget(account_id)

    def _delayed(
        self, door: str, operation: str, network: float, queue: float, service: float
    ) -> None:
        if self.timings is not None:
            self.timings.delayed(door, operation, network, queue, service)
