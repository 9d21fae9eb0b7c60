"""Questions that come while others are answered, answered together."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Condition
from time import perf_counter
from typing import Generic, TypeVar

from emulator.core.lane import Lane, LaneFull

Question = TypeVar("Question")
Answer = TypeVar("Answer")

# Those who were answered together ask again together. Waiting for them this share of the time
# that their answers took makes one batch of what would be two halves in turn, for ever.
PATIENCE = 1 / 4


class Asked(Generic[Question, Answer]):
    """A question, and its answer or failure once there is one."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.done = False
        self.answer: Answer | None = None
        self.error: Exception | None = None


class Gather(Generic[Question, Answer]):
    """Hands a lane's waiting questions to `answer_all`, at most `most` at a time."""

    def __init__(
        self,
        lane: Lane,
        answer_all: Callable[[Sequence[Question]], Sequence[Answer]],
        most: int,
    ) -> None:
        self._lane = lane
        self._answer_all = answer_all
        self._most = most
        self._waiting: deque[Asked[Question, Answer]] = deque()
        self._arrived = Condition()
        # How many asked during the last batch or were in it, and until when to wait for them.
        self._expected = 0
        self._patient_until = 0.0

    async def ask(self, question: Question) -> Answer:
        """The answer to this one. Raises what `answer_all` raises, and `LaneFull`."""
        asked: Asked[Question, Answer] = Asked(question)
        with self._arrived:
            self._waiting.append(asked)
            self._arrived.notify()
        try:
            return await self._lane.run(partial(self._answer, asked))
        except LaneFull:
            with suppress(ValueError):
                self._waiting.remove(asked)
            raise

    def _answer(self, asked: Asked[Question, Answer]) -> Answer:
        # Each question has its turn in the lane; the first to come answers those behind it.
        while not asked.done:
            self._answer_batch(self._take())
        if asked.error is not None:
            raise asked.error
        return asked.answer  # type: ignore[return-value]

    def _take(self) -> list[Asked[Question, Answer]]:
        with self._arrived:
            while len(self._waiting) < self._expected:
                patience = self._patient_until - perf_counter()
                if patience <= 0 or not self._arrived.wait(patience):
                    break
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]

    def _answer_batch(self, batch: list[Asked[Question, Answer]]) -> None:
        started = perf_counter()
        try:
            answers = self._answer_all([asked.question for asked in batch])
        except Exception as error:
            for asked in batch:
                asked.error = error
        else:
            for asked, answer in zip(batch, answers, strict=True):
                asked.answer = answer
        for asked in batch:
            asked.done = True
        ended = perf_counter()
        together = len(batch) + len(self._waiting)
        self._expected = min(together, self._most) if together > 2 else 0
        self._patient_until = ended + (ended - started) * PATIENCE
