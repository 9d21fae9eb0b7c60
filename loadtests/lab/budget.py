"""How many requests a run may make, and how fast: real services bill them and limit them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


class BudgetSpent(Exception):
    """The run has made all the requests that it may make."""


@dataclass(slots=True)
class Budget:
    """`requests` 0: no limit; `pace` 0: no limit. `wait` is how to let a time go by."""

    requests: int
    pace: float
    wait: Callable[[float], object]
    now: Callable[[], float] = monotonic
    spent: int = 0
    _next: float = field(default=0.0)

    def take(self) -> None:
        """Waits until the next request may go. Raises `BudgetSpent`."""
        if self.requests and self.spent >= self.requests:
            raise BudgetSpent(f"the budget of {self.requests} requests is spent")
        self.spent += 1
        if self.pace:
            moment = self.now()
            turn = max(self._next, moment)
            self._next = turn + 1 / self.pace
            if turn > moment:
                self.wait(turn - moment)

    @property
    def left(self) -> int:
        """0 where there is no limit."""
        return max(1, self.requests - self.spent) if self.requests else 0
