"""Runs the turns of a run, where Locust decides: alone or as the master."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import gevent  # type: ignore[import-untyped]

from loadtests.lab.gates import OVER
from loadtests.lab.slots import Slot
from loadtests.lab.station import BEGIN, TURN, Station
from loadtests.lab.timings import Timings

# Between two turns what is under way comes to its end.
DRAIN_SECONDS = 0.3
# Users wait for their turn; all are there after this.
GATHER_SECONDS = 120.0
LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Turn:
    """A slot and when it was, by the machine's monotonic clock."""

    slot: Slot
    began: float
    ended: float = 0.0


@dataclass(slots=True)
class Conductor:
    """`seconds`: how long all sides go on together, where they do not take turns. `silent`: how
    many processes did not tell what they had measured last.
    """

    station: Station
    slots: Sequence[Slot]
    seconds: float
    users: int
    timings: Timings
    over: Callable[[], None]
    turns: list[Turn] = field(default_factory=list)
    started_at: str = ""
    silent: int = 0

    def run(self) -> None:
        self.gather()
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.station.tell(BEGIN, None)
        for slot in self.slots or [Slot(0, 1, "", self.seconds)]:
            self.play(slot)
        self.station.tell(TURN, {"side": "", "round": OVER})
        self.silent = self.station.gather()
        self.over()

    def gather(self) -> None:
        """Nobody asks anything before all users are there."""
        runner = self.station.runner
        left = GATHER_SECONDS
        while runner.user_count < self.users and left > 0:
            gevent.sleep(LOOK_SECONDS)
            left -= LOOK_SECONDS

    def play(self, slot: Slot) -> None:
        self.timings.begin()
        turn = Turn(slot, monotonic())
        self.turns.append(turn)
        self.station.tell(TURN, {"side": slot.side, "round": slot.round})
        self.wait(slot.seconds)
        turn.ended = monotonic()
        self.station.tell(TURN, None)
        gevent.sleep(DRAIN_SECONDS)
        if slot.round:
            self.timings.end(slot.side)

    def wait(self, seconds: float) -> None:
        """Or until nobody is left: a budget is spent."""
        runner = self.station.runner
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and runner.user_count:
            gevent.sleep(min(left, 1.0))

    def told(self) -> dict[str, Any]:
        """For whoever writes the run down."""
        return {
            "started_at": self.started_at,
            "began": self.turns[0].began if self.turns else monotonic(),
            "turns": [
                {**asdict(turn.slot), "began": turn.began, "ended": turn.ended or monotonic()}
                for turn in self.turns
            ],
            "timings": self.timings.told,
            "silent": self.silent,
        }
