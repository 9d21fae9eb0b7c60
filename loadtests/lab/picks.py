"""What a user asks for next: drawn from the seed, so that all sides are asked the same."""

from collections import deque
from collections.abc import Sequence
from random import Random
from uuid import UUID

from loadtests.lab.people import TYPES, WORDS, Person, Row, row

QUERIES = 16
UPSERTS = 20
# KV takes one write a second of a key: as many come before it is the same one's turn again.
RATE_KEYS = 500
PAGES = 3
PAGE = 20
# Texts that are asked for again and again, the first most often.
TEXTS = 40
REPEAT = 0.75
MANY_PENDING = 500
SESSIONS = 100


class Picks:
    """Of one user of one side. `pending` are things it has made and may take away."""

    def __init__(
        self, person: Person, side: str, dice: Random, queries: Sequence[Sequence[float]], name: str
    ) -> None:
        # Whom the next operation is asked as.
        self.person = person
        self.side = side
        self.dice = dice
        self.pending: deque[str] = deque(maxlen=MANY_PENDING)
        self.name = name
        self._queries = queries
        self.sessions: deque[str] = deque(maxlen=SESSIONS)
        self._count = 0
        self._turn = 0

    def job(self) -> str:
        return self.dice.choice(self.person.jobs)

    def words(self) -> str:
        return self.dice.choice(WORDS)

    def page(self) -> int:
        return self.dice.randrange(max(1, min(PAGES, len(self.person.jobs) // PAGE)))

    def kind(self) -> str:
        return self.dice.choice(TYPES)

    def salary(self) -> int:
        return self.dice.randrange(20_000, 90_000, 10_000)

    def vector(self) -> Sequence[float]:
        return self.dice.choice(self._queries)

    def row(self) -> Row:
        """A job of a new id, marked as the side's."""
        return row(self.dice, self.new_id(), self.person.id, f"load-{self.side}")

    def again(self) -> Row:
        """A job of one of a few ids of this user's: an upsert finds it there or not."""
        place = self.dice.randrange(UPSERTS)
        id = str(UUID(int=Random(f"{self.name}:{place}").getrandbits(128), version=4))
        return row(self.dice, id, self.person.id, "load-upsert")

    def new_id(self) -> str:
        # By the user's name: two users of one seed make no job twice.
        self._count += 1
        bits = Random(f"{self.name}:new:{self._count}").getrandbits(128)
        return str(UUID(int=bits, version=4))

    def number(self, most: int) -> int:
        return self.dice.randrange(most)

    def turn(self, most: int) -> int:
        """Numbers in turn."""
        self._turn += 1
        return self._turn % most

    def take(self) -> str:
        return self.pending.popleft()

    def text(self) -> str:
        """For a cache: often one that was asked for already."""
        if self.dice.random() < REPEAT:
            place = min(int(self.dice.expovariate(0.3)), TEXTS - 1)
            return f"{WORDS[place % len(WORDS)]} for team {place}"
        return self.fresh_text()

    def fresh_text(self) -> str:
        self._count += 1
        return f"{self.words()} {self.name} {self._count}"
