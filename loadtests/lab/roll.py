"""Who comes next: on every side the same people with the same draws, by however many processes."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from loadtests.lab.people import Lab, Person, vectors
from loadtests.lab.picks import QUERIES, Picks


class Roll:
    """Of one process, the `place`-th of so many: it has each so-manieth user of a side."""

    def __init__(self, lab: Lab, place: int = 0, processes: int = 1) -> None:
        self._lab = lab
        self._place = place
        self._processes = processes
        self._queries: Sequence[Sequence[float]] = vectors(lab.seed, QUERIES)
        self._counts: defaultdict[str, int] = defaultdict(int)

    def picks(self, side: str) -> Picks:
        """For a user who has just come."""
        number = self._next(side)
        # By side and run, too: what one makes is nobody else's.
        name = f"{self._lab.run}-{side}-{number}"
        dice = Random(f"{self._lab.seed}:{number}")
        return Picks(self._person(number), side, dice, self._queries, name)

    def person(self, side: str) -> Person:
        """The next one in turn."""
        return self._person(self._next(side))

    def _person(self, number: int) -> Person:
        people = self._lab.people
        return people[number % len(people)]

    def _next(self, side: str) -> int:
        count = self._counts[side]
        self._counts[side] += 1
        return self._place + count * self._processes
