"""How a product writes: what waits is committed together, and answered when it is on disk.

A brief write runs on the event loop itself, all of one turn of the loop in one transaction:
handing it to a thread costs three times what it takes. Whatever may take long runs in a
lane: large values, bulks, and every write where each commit is an fsync.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.core.lane import Answer, Job, Lane, attempt, settle
from emulator.core.storage import Storage

T = TypeVar("T")

MAX_WAITING_WRITES = 10_000


@dataclass(slots=True)
class Turn:
    """The brief writes of one turn of an event loop."""

    loop: asyncio.AbstractEventLoop
    jobs: list[Job] = field(default_factory=list)


class Commits:
    """Runs writes against one storage, for callers on an event loop."""

    def __init__(self, name: str, storage: Storage, *, on_loop: bool) -> None:
        self._storage = storage
        self._on_loop = on_loop
        self._lane = Lane(name, MAX_WAITING_WRITES, group=storage.transaction)
        self._turn: Turn | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[], T], *, brief: bool) -> T:
        """What `work` returns, once that is committed. Raises what it raises, and `LaneFull`."""
        if brief and self._on_loop:
            return await self._soon(work)
        try:
            return await self._lane.run(work)
        finally:
            self._checkpoint_if_due(asyncio.get_running_loop())

    def close(self) -> None:
        self._lane.close()

    def _soon(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        turn = self._turn
        if turn is None or turn.loop is not loop:
            turn = self._turn = Turn(loop)
            loop.call_soon(self._commit, turn)
        future: asyncio.Future[T] = loop.create_future()
        turn.jobs.append(Job(work, future, loop))
        return future

    def _commit(self, turn: Turn) -> None:
        if self._turn is turn:
            self._turn = None
        if not self._storage.lock_at_once():
            # The lane is at work: the loop does not wait for it, these writes do.
            self._spawn(turn.loop, self._commit_in_lane(turn.jobs))
            return
        try:
            settle(self._together(turn.jobs))
        finally:
            self._storage.unlock()
        self._checkpoint_if_due(turn.loop)

    def _checkpoint_if_due(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._tasks and self._storage.checkpoint_due():
            self._spawn(loop, asyncio.to_thread(self._storage.checkpoint))

    def _together(self, jobs: list[Job]) -> list[Answer]:
        try:
            with self._storage.transaction():
                return [attempt(job) for job in jobs]
        except Exception as error:
            # The commit itself failed (a full disk): none of them has happened.
            return [Answer(job, None, error) for job in jobs]

    async def _commit_in_lane(self, jobs: list[Job]) -> None:
        try:
            answers = await self._lane.run(lambda: [attempt(job) for job in jobs])
        except Exception as error:
            answers = [Answer(job, None, error) for job in jobs]
        settle(answers)

    def _spawn(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
        task = loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
