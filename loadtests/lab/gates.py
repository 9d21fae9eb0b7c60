"""Whose turn it is, in one process: users of a side wait until their gate is open."""

from gevent.event import Event  # type: ignore[import-untyped]

from loadtests.lab.sides import OPERATIONS

# The round of a run that is over: nobody begins anything any more.
OVER = -1


class Gates:
    """`round` is of the slot that runs. Without turns all gates are open, in round 1."""

    def __init__(self) -> None:
        self._gates = {side: Event() for side in OPERATIONS}
        self.round = 0

    def open(self, side: str, round: int) -> None:
        self.close()
        self.round = round
        self._gates[side].set()

    def open_all(self) -> None:
        self.round = 1
        for gate in self._gates.values():
            gate.set()

    def finish(self) -> None:
        """Those who wait go home."""
        self.open_all()
        self.round = OVER

    def close(self) -> None:
        for gate in self._gates.values():
            gate.clear()

    def wait(self, side: str) -> int:
        """Until it is the side's turn; the round."""
        self._gates[side].wait()
        return self.round
