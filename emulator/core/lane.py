"""A lane: one thread that runs blocking jobs in order, for callers on an event loop.

D1 gives each database a lane (it serves one query at a time there too), KV one to its
writers. Waiting jobs are taken together and their answers handed back together, so under
load a job costs a fraction of a thread switch. The thread starts with the first job and
ends when it has been idle for a while: thousands of databases cost no threads.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

IDLE_SECONDS = 10.0
MAX_BATCH = 256
# An answer waits at most this long for its neighbours before it is handed back.
LINGER_SECONDS = 0.001


class LaneFull(Exception):
    """More jobs wait than the lane has room for."""


class Job(NamedTuple):
    work: Callable[[], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Answer(NamedTuple):
    job: Job
    value: Any
    error: BaseException | None


class Lane:
    """Runs jobs one after another on a thread of its own.

    With `group`, every batch of waiting jobs runs inside one such context (a transaction)
    and is answered only after it has closed: a group commit.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        group: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._name = name
        self._capacity = capacity
        self._group = group
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def waiting(self) -> int:
        return self._jobs.qsize()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in its turn and return what it returns; raises `LaneFull`."""
        if self._jobs.qsize() >= self._capacity:
            raise LaneFull
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._jobs.put(Job(work, future, loop))
            if self._thread is None:
                self._thread = Thread(target=self._serve, name=self._name, daemon=True)
                self._thread.start()
        return await future

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._lock:
            thread = self._thread
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        while (batch := self._take()) is not None:
            if self._group is None:
                self._run_each(batch)
            else:
                self._run_together(batch, self._group)

    def _take(self) -> list[Job] | None:
        """Every job that waits now, or None when the thread should end."""
        try:
            job = self._jobs.get(timeout=IDLE_SECONDS)
        except Empty:
            with self._lock:
                if self._jobs.empty():
                    self._thread = None
                    return None
            return []
        batch: list[Job] = []
        while job is not None:
            batch.append(job)
            if len(batch) >= MAX_BATCH or self._jobs.empty():
                return batch
            job = self._jobs.get_nowait()
        if batch:
            self._jobs.put(None)
            return batch
        with self._lock:
            self._thread = None
        return None

    def _run_each(self, batch: list[Job]) -> None:
        answers: list[Answer] = []
        flushed = perf_counter()
        for job in batch:
            answers.append(attempt(job))
            if perf_counter() - flushed > LINGER_SECONDS:
                deliver(answers)
                answers, flushed = [], perf_counter()
        deliver(answers)

    def _run_together(
        self, batch: list[Job], group: Callable[[], AbstractContextManager[None]]
    ) -> None:
        answers: list[Answer] = []
        try:
            with group() if batch else nullcontext():
                answers = [attempt(job) for job in batch]
        except Exception as error:
            # The commit itself failed (a full disk): none of the batch has happened.
            answers = [Answer(job, None, error) for job in batch]
        deliver(answers)


def attempt(job: Job) -> Answer:
    try:
        return Answer(job, job.work(), None)
    except StopIteration as error:
        # A future refuses this one, and whoever waits would wait for ever.
        return Answer(job, None, RuntimeError(f"StopIteration: {error.value}"))
    except Exception as error:
        return Answer(job, None, error)


def deliver(answers: list[Answer]) -> None:
    """Hand the answers to their event loops, with one wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Answer]] = {}
    for answer in answers:
        by_loop.setdefault(answer.job.loop, []).append(answer)
    for loop, group in by_loop.items():
        try:
            loop.call_soon_threadsafe(settle, group)
        except RuntimeError:
            # The loop has closed: nobody is left to hear the answer.
            continue


def settle(answers: list[Answer]) -> None:
    for answer in answers:
        if answer.job.future.done():
            continue
        if answer.error is None:
            answer.job.future.set_result(answer.value)
        else:
            answer.job.future.set_exception(answer.error)
