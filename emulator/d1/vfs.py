"""SQLite's idea of the time, from the twin's clock: `datetime('now')` moves when it is moved.

Everything else goes to the operating system as before, and costs as little.
"""

import apsw

from emulator.core.clock import Clock

MILLISECONDS_PER_DAY = 86_400_000
# The epoch in the milliseconds since 4714 BC that SQLite counts.
EPOCH_MILLISECONDS = int(2_440_587.5 * MILLISECONDS_PER_DAY)


class ClockVfs(apsw.VFS):
    """A file system like the default one but for its clock. `name` is its own in the process."""

    def __init__(self, name: str, clock: Clock) -> None:
        super().__init__(name, "", iVersion=2)
        self.name = name
        self._clock = clock

    def xCurrentTime(self) -> float:
        return self.xCurrentTimeInt64() / MILLISECONDS_PER_DAY

    def xCurrentTimeInt64(self) -> int:
        return EPOCH_MILLISECONDS + int(self._clock.now() * 1000)
