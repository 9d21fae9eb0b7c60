"""The order in which sides take turns."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.lab.sides import FAMILIES, OPERATIONS

# Rounds that are thrown away: connections, caches and compiled statements come to be in them.
WARM_UP = 1
# With more operations than this a turn is twice as long, so that each is asked for often enough.
FEW = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """One side's turn. `round` is 0 while warming up."""

    number: int
    round: int
    side: str
    seconds: float


def slots(
    sides: Sequence[str], rounds: int, seconds: float, warm_up: int = WARM_UP
) -> tuple[Slot, ...]:
    """`seconds` are of the whole. Each round turns the order within a family around."""
    if not sides or rounds < 1:
        return ()
    part = seconds / ((rounds + warm_up) * sum(weight(side) for side in sides))
    made: list[Slot] = []
    for turn in range(rounds + warm_up):
        for family in FAMILIES:
            mine = [side for side in family if side in sides]
            for side in reversed(mine) if turn % 2 else mine:
                made.append(Slot(len(made), max(0, turn - warm_up + 1), side, part * weight(side)))
    return tuple(made)


def weight(side: str) -> int:
    return 2 if len(OPERATIONS[side]) > FEW else 1
