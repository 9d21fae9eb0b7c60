"""One deployed script: the versions that share its requests, and its port.

A new deployment is made ready beside the old one and then gets the next request; the old one
finishes what it has. One that does not start changes nothing.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from random import Random
from socket import socket
from typing import Any

from emulator.workers.runtime.child import STOP_SECONDS, Log
from emulator.workers.runtime.failures import ProgramBroken, ProgramGone
from emulator.workers.runtime.program import Program
from emulator.workers.runtime.runner import Place, Runner
from emulator.workers.runtime.sockets import url_of


@dataclass(frozen=True, slots=True)
class Share:
    """A program and its part of the requests, in percent."""

    program: Program
    percentage: float


class Served:
    """Serves one script. All methods belong to one event loop."""

    def __init__(self, place: Place, port: socket, log: Log, random: Random) -> None:
        self._place = place
        self._port = port
        self._log = log
        self._random = random
        self._numbers = count(1)
        self._runners: Mapping[Runner, float] = {}
        self._lock = asyncio.Lock()
        self._watched = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The script's own port, past the edge."""
        return url_of(self._port)

    @property
    def is_running(self) -> bool:
        """Whether a process is there now."""
        return any(runner.child for runner in self._runners)

    def pick(self) -> Runner:
        """Who answers the next request. Raises `ProgramGone` before the first deployment."""
        if len(self._runners) == 1:
            return next(iter(self._runners))
        if not self._runners:
            raise ProgramGone("nothing is deployed")
        return self._random.choices(list(self._runners), list(self._runners.values()))[0]

    async def deploy(self, shares: Sequence[Share], *, start: bool = True) -> None:
        """Serve these from now on; unless told to `start`, with the first request.

        The first share has the port. Raises `ProgramBroken`.
        """
        async with self._lock:
            runners = {self._runner(one, ports=not number) for number, one in enumerate(shares)}
            await self._replace(dict(runners), start)

    async def close(self) -> None:
        async with self._lock:
            self._unwatch()
            old, self._runners = self._runners, {}
            await asyncio.gather(*(runner.close() for runner in old))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._unwatch()
        self._port.close()

    def _runner(self, share: Share, *, ports: bool) -> tuple[Runner, float]:
        port = self._port if ports else None
        made = Runner(self._place, self._numbers, share.program, port, self._log, self._watch)
        return made, share.percentage

    async def _replace(self, runners: Mapping[Runner, float], start: bool) -> None:
        old = self._runners
        if any(runner.has_objects for runner in runners):
            # Their data must never be open twice.
            await asyncio.gather(*(runner.close() for runner in old))
        if start:
            await all_ready(runners)
            self._unwatch()
        self._runners = runners
        retiring = [self._spawn(runner.retire()) for runner in old]
        if retiring and any(runner.is_called for runner in runners):
            # Scripts that call this one hold on to the process that they have found.
            await asyncio.wait(retiring, timeout=STOP_SECONDS)
        if not start:
            self._watch()

    def _watch(self) -> None:
        """Start when somebody connects to the port."""
        if not self._watched and self._runners:
            self._watched = True
            asyncio.get_running_loop().add_reader(self._port, self._wake)

    def _unwatch(self) -> None:
        if self._watched:
            self._watched = False
            asyncio.get_running_loop().remove_reader(self._port)

    def _wake(self) -> None:
        self._unwatch()
        if self._runners:
            self._spawn(self._start_first(next(iter(self._runners))))

    async def _start_first(self, runner: Runner) -> None:
        try:
            await runner.ready()
        except (ProgramBroken, ProgramGone) as refusal:
            self._log("error", str(refusal))
            self._refuse_waiting()
            self._watch()

    def _refuse_waiting(self) -> None:
        """Whoever has connected to a script that cannot start is sent away."""
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._port.accept()
                connection.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def all_ready(runners: Iterable[Runner]) -> None:
    """All of them run, or none and the first refusal is raised."""
    waiting = [asyncio.ensure_future(runner.ready()) for runner in runners]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            await asyncio.gather(*(runner.close() for runner in runners))
            raise outcome
