"""A queue in virtual time: who comes is told when its service begins, and waits until it ends.

Nobody holds a lock meanwhile: a client that goes away leaves the database as busy as it would
at Cloudflare, and the clock may be moved.
"""

from collections import deque
from heapq import heapify, heapreplace


class QueueFull(Exception):
    """As many wait as may, or who comes now would wait for too long."""


class Queue:
    """First come, first served, by `servers` at a time. Seconds.

    At most `waiting` may wait, and nobody longer than `patience`.
    """

    def __init__(self, servers: int, waiting: int, patience: float | None = None) -> None:
        self.patience = patience
        self.longest = 0
        self.refused = 0
        self._waiting = waiting
        self._free = [0.0] * servers
        heapify(self._free)
        # When those begin that wait, in their order.
        self._begins: deque[float] = deque()

    def length(self, now: float) -> int:
        """How many wait."""
        begins = self._begins
        while begins and begins[0] <= now:
            begins.popleft()
        return len(begins)

    def join(self, now: float, service: float) -> float:
        """When the service of who comes now begins. Raises `QueueFull`."""
        begins = max(now, self._free[0])
        if begins > now:
            self._wait(now, begins)
        heapreplace(self._free, begins + service)
        return begins

    def extend(self, seconds: float) -> None:
        """A service takes longer than was thought when it began: whoever comes next waits."""
        heapreplace(self._free, self._free[0] + seconds)

    def _wait(self, now: float, begins: float) -> None:
        length = self.length(now)
        if length >= self._waiting or (self.patience is not None and begins - now > self.patience):
            self.refused += 1
            raise QueueFull
        self._begins.append(begins)
        self.longest = max(self.longest, length + 1)
