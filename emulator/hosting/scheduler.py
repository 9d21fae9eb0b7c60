"""Cron: runs scripts when their schedules are due, by the twin's clock.

What was due before the twin started is not made up for. Where the clock is moved on, every tick
on the way is run, in order, up to a bound.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Protocol

from emulator.core.errors import CloudflareError
from emulator.twin import Twin
from emulator.workers.cron import Cron
from emulator.workers.runtime.failures import ProgramBroken, ProgramGone

# Times are whole minutes.
MINUTE = 60
# Of one script, when the clock was moved on; the ticks behind are left out.
MAX_TICKS = 1_000

Log = Callable[[str, str, str, str], None]
Json = dict[str, Any]


class Schedules(Protocol):
    """What runs cron handlers: the Fleet."""

    def scheduled(
        self, account_id: str, script: str, cron: str, epoch_seconds: float
    ) -> Awaitable[Json]: ...


@dataclass(frozen=True, slots=True)
class Timetable:
    """One schedule of one script, and when it runs next; None: never."""

    account_id: str
    script: str
    cron: str
    next_at: float | None


class Scheduler:
    """Runs what is due. All methods belong to one event loop."""

    def __init__(self, twin: Twin, schedules: Schedules, log: Log) -> None:
        self._twin = twin
        self._schedules = schedules
        self._log = log
        # Up to when everything due has been run.
        self._done_at = twin.clock.now()
        self._moved = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    def start(self) -> None:
        self._done_at = self._twin.clock.now()
        self._loop = asyncio.get_running_loop()
        self._twin.clock.moved.append(self._wake)
        self._task = asyncio.create_task(self._keep_looking())

    def _wake(self) -> None:
        """The clock was moved, by whichever thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._moved.set)

    async def close(self) -> None:
        if self._loop is not None:
            self._twin.clock.moved.remove(self._wake)
            self._loop = None
        tasks = [*self._running.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def timetables(self, account_id: str | None = None) -> list[Timetable]:
        """Every schedule, or those of one account, with its next time."""
        now = self._twin.clock.now()
        return [
            Timetable(account, script, cron, Cron.parse(cron).next_after(now))
            for account, script, cron in self._all()
            if account_id in (None, account)
        ]

    async def run(self, account_id: str, script: str, cron: str, at: float) -> Json:
        """Run the handler now: `{"outcome", "noRetry"}`, with `error` if it could not run."""
        self._twin.meter.scheduled(account_id, script)
        try:
            return await self._schedules.scheduled(account_id, script, cron, at)
        except (ProgramBroken, ProgramGone, CloudflareError) as refusal:
            return {"outcome": "error", "noRetry": True, "error": str(refusal)}
        except Exception:  # whatever it is, other scripts' schedules go on
            logging.getLogger("cftwin.cron").exception("%s: cron %s failed", script, cron)
            return {"outcome": "error", "noRetry": True, "error": "the script's process ended"}

    def look(self) -> None:
        """Begin what has become due since the last look; scripts do not wait for one another."""
        since, now = self._done_at, self._twin.clock.now()
        if int(now // MINUTE) == int(since // MINUTE):
            return
        self._done_at = now
        by_script: dict[tuple[str, str], list[str]] = {}
        for account_id, script, cron in self._all():
            by_script.setdefault((account_id, script), []).append(cron)
        for key, crons in by_script.items():
            ticks = list(islice(merge(*(due(cron, since, now) for cron in crons)), MAX_TICKS + 1))
            if ticks:
                self._begin(key, ticks)

    async def settled(self) -> None:
        """Until all that has begun has ended."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await asyncio.sleep(0)

    def _begin(self, key: tuple[str, str], ticks: list[tuple[float, str]]) -> None:
        before = self._running.get(key)
        task = asyncio.create_task(self._run_all(key, ticks, before))
        self._running[key] = task
        task.add_done_callback(lambda done: self._finished(key, done))

    def _finished(self, key: tuple[str, str], done: asyncio.Task[None]) -> None:
        if self._running.get(key) is done:
            del self._running[key]

    async def _run_all(
        self,
        key: tuple[str, str],
        ticks: list[tuple[float, str]],
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        for at, cron in ticks[:MAX_TICKS]:
            if not self._is_scheduled(*key, cron):
                continue
            ran = await self.run(*key, cron, at)
            if ran.get("outcome") != "ok":
                self._log(*key, "error", f"cron {cron}: {ran.get('error') or ran.get('outcome')}")
        if len(ticks) > MAX_TICKS:
            self._log(*key, "warn", f"cron: only the first {MAX_TICKS:,} times that were due ran")

    async def _keep_looking(self) -> None:
        """At every minute, and whenever the clock was moved."""
        while True:
            self._moved.clear()
            with suppress(CloudflareError):
                self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(MINUTE - self._twin.clock.now() % MINUTE):
                    await self._moved.wait()

    def _is_scheduled(self, account_id: str, script: str, cron: str) -> bool:
        """Whether it is still: the script or its account may have gone, or another time come."""
        if all(record.id != account_id for record in self._twin.directory.accounts()):
            return False
        schedules = self._twin.account(account_id).workers.triggers.schedules(script)
        return any(schedule.cron == cron for _, schedule in schedules)

    def _all(self) -> list[tuple[str, str, str]]:
        """Account, script and expression of every schedule."""
        return [
            (record.id, script, schedule.cron)
            for record in self._twin.directory.accounts()
            for script, schedule in self._twin.account(record.id).workers.triggers.schedules()
        ]


def due(cron: str, since: float, until: float) -> Iterable[tuple[float, str]]:
    """The times after `since` up to `until`, each with the expression."""
    parsed = Cron.parse(cron)
    at = parsed.next_after(since)
    while at is not None and at <= until:
        yield at, cron
        at = parsed.next_after(at)
