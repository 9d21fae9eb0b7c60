"""How fast and how much: never more requests in any minute than agreed, nor more in a run."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic

# The API's own limit by address.
MAX_PER_MINUTE = 100
# A second more than its window: requests may come closer together than they were sent.
WINDOW_SECONDS = 61.0

Now = Callable[[], float]
Wait = Callable[[float], object]


class BudgetSpent(Exception):
    """The run has sent as many requests as it may; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Share:
    """One process among those that a run consists of."""

    index: int = 0
    of: int = 1

    def part(self, whole: int) -> int:
        """Parts differ by one at most and add up to the whole."""
        return whole // self.of + (self.index < whole % self.of)


def waited(seconds: float) -> None:
    Event().wait(seconds)


class Pacer:
    """Lets requests through, at most `per_minute` in any window, whatever came before.

    The first half of a window's may leave at once, as a page of the site asks for several things
    together; the others are spread over the time until that half is forgotten, so that nobody
    waits for a whole window.
    """

    def __init__(
        self,
        per_minute: int,
        now: Now = monotonic,
        wait: Wait = waited,
        departures: Iterable[float] = (),
    ) -> None:
        if per_minute < 1:
            raise ValueError("at least one request a minute")
        self._most = per_minute
        self._now = now
        self._wait = wait
        self._lock = Lock()
        self._departures = deque(sorted(departures))

    @property
    def departures(self) -> list[float]:
        """Those of the last window, for who goes on after this one."""
        return [*self._departures]

    def pass_one(self) -> None:
        """Returns when the next request may leave. Threads do it in turn."""
        with self._lock:
            now = self._now()
            while self._departures and self._departures[0] <= now - WINDOW_SECONDS:
                self._departures.popleft()
            due = self._due(now)
            if due > now:
                self._wait(due - now)
            self._departures.append(max(due, self._now()))

    def pause(self, seconds: float) -> None:
        """Nothing leaves meanwhile."""
        with self._lock:
            self._wait(seconds)

    def _due(self, now: float) -> float:
        free = self._most - len(self._departures)
        if free > self._most // 2:
            return now
        if free <= 0:
            return self._departures[-free] + WINDOW_SECONDS
        last, forgotten = self._departures[-1], self._departures[0] + WINDOW_SECONDS
        return last + (forgotten - last) / free


class Budget:
    """A number of requests; None: as many as it takes."""

    def __init__(self, most: int | None, whole: int = 0) -> None:
        self._most = most
        self._whole = whole or most
        self._lock = Lock()
        self.spent = 0
        self.has_refused = False

    def spend(self) -> None:
        """Raises `BudgetSpent`."""
        with self._lock:
            if self._most is not None and self.spent >= self._most:
                self.has_refused = True
                raise BudgetSpent(self.told)
            self.spent += 1

    @property
    def told(self) -> str:
        shared = "" if self._whole == self._most else f" (this process's share of {self._whole})"
        return (
            f"the run ends: its budget of {self._most} requests{shared} is spent;"
            " --budget gives it more"
        )
