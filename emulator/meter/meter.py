"""The meter of one twin: hears what doors record, and keeps what it would cost.

Always on. Requests, users and statements are told apart in traced runs only, for that takes
a look at each request's token.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import ClassVar

from emulator.core.asking import ASKER
from emulator.core.clock import Clock
from emulator.core.errors import CloudflareError
from emulator.core.events import Event, EventLog
from emulator.guard.requests import Cause, Requests
from emulator.meter.cpu import Cpu, Gauge
from emulator.meter.ledger import Key, Sum, by_caller
from emulator.meter.runs import Run, cause_of
from emulator.meter.units import Units, units_of

MAX_RUNS = 100
TOGETHER = 256
USER_CLAIM = "sub"


class NoRun(CloudflareError):
    code: ClassVar[int] = 10404
    status: ClassVar[int] = 404
    message: ClassVar[str] = "there is no run {name!r}"


class RunExists(CloudflareError):
    code: ClassVar[int] = 10409
    status: ClassVar[int] = 409
    message: ClassVar[str] = "a run {name!r} is going on, or its figures are still kept"


class TooManyRuns(CloudflareError):
    code: ClassVar[int] = 10429
    status: ClassVar[int] = 409
    message: ClassVar[str] = "{limit} runs are kept: forget some"


class Meter:
    """For all threads. `requests` is None unless a traced run is going on.

    What is heard is only put aside, and added up later, many at once: that costs a fifth.
    """

    def __init__(self, clock: Clock, events: EventLog, gauge_of: Callable[[int], Gauge]) -> None:
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._going: tuple[Run, ...] = ()
        self._cpu = Cpu(gauge_of)
        self._heard: deque[Event] = deque()
        # Of traced ones, by their rays.
        self._causes: dict[str, Cause] = {}
        self._lock = Lock()
        self.since = clock.now()
        self.callers = by_caller()
        self.requests: Requests | None = None
        events.heard.append(self.hear)

    def hear(self, event: Event) -> None:
        if (requests := self.requests) is not None and event.script and event.account_id:
            self._causes[event.ray] = cause_of(event, event.account_id, requests)
        heard = self._heard
        heard.append(event)
        if len(heard) >= TOGETHER:
            self._add_up()

    def spent(self, account_id: str, model: str, neurons: float) -> None:
        """A model of Workers AI has answered."""
        asker = ASKER.get()
        script = asker.script if asker is not None and asker.account_id == account_id else None
        self._add(Key(account_id, script, f"ai.{model}"), {"neurons": neurons})

    def scheduled(self, account_id: str, script: str) -> None:
        """A cron trigger has run a script."""
        self._add(Key(account_id, script, "workers.scheduled"), {"requests": 1})

    def logged(self, account_id: str, script: str) -> None:
        """A script has written a line."""
        self._add(Key(account_id, script, "workers.console"), {"console_lines": 1})

    def answered(self, account_id: str, script: str, pid: int) -> None:
        """A script's process has answered a request."""
        if spent := self._cpu.answered((account_id, script), pid):
            self._computed(account_id, script, spent)

    def look(self) -> None:
        """Bring the sums up to now."""
        self._add_up()
        for (account_id, script), spent in self._cpu.ask():
            self._computed(account_id, script, spent)

    def start(self, name: str, account_id: str | None = None, *, traced: bool = False) -> Run:
        """Raises `RunExists`, `TooManyRuns`."""
        if name in self._runs:
            raise RunExists(name=name)
        if len(self._runs) >= MAX_RUNS:
            raise TooManyRuns(limit=MAX_RUNS)
        self.look()
        run = self._runs[name] = Run(name, self._clock.now(), account_id, traced=traced)
        if traced and self.requests is None:
            self.requests = Requests(USER_CLAIM)
        self._going = (*self._going, run)
        return run

    def stop(self, name: str) -> Run:
        """One that has stopped stays as it is. Raises `NoRun`."""
        run = self.run(name)
        if run.stopped_at is None:
            self.look()
            run.stopped_at = self._clock.now()
            self._going = tuple(one for one in self._going if one is not run)
            if not any(one.traced for one in self._going):
                self.requests = None
        return run

    def drop(self, name: str) -> None:
        """Forget a run. Raises `NoRun`."""
        self.stop(name)
        del self._runs[name]

    def run(self, name: str) -> Run:
        """Raises `NoRun`."""
        try:
            return self._runs[name]
        except KeyError:
            raise NoRun(name=name) from None

    def runs(self) -> list[Run]:
        return list(self._runs.values())

    def clear(self) -> None:
        """Begin anew; runs stay."""
        self.look()
        self.callers = by_caller()
        self.since = self._clock.now()

    def forget(self, account_id: str) -> None:
        """The account is empty, or gone. What runs have counted stays."""
        self._add_up()
        self.callers.forget(lambda key: key.account_id == account_id)

    def seconds(self, run: Run | None) -> float:
        """How long the twin's clock says that was counted."""
        if run is None:
            return self._clock.now() - self.since
        return (run.stopped_at or self._clock.now()) - run.started_at

    def _add_up(self) -> None:
        """What was heard and is not in the sums yet."""
        sums: dict[tuple[str, str | None, str], Sum] = {}
        heard, traced = self._heard, [run for run in self._going if run.traced]
        with self._lock:
            for _ in range(len(heard)):
                event = heard.popleft()
                account_id = event.account_id
                if account_id is None or not (units := units_of(event)):
                    continue
                key = (account_id, event.script, event.operation)
                found = sums.get(key)
                if found is None:
                    found = sums[key] = Sum()
                found.add(units)
                for run in traced:
                    if run.counts(account_id):
                        run.hear(event, units, self._causes.get(event.ray))
            self._causes.clear()
            for key, one in sums.items():
                self._add(Key(*key), one.units, one.calls)

    def _computed(self, account_id: str, script: str, milliseconds: float) -> None:
        self._add(Key(account_id, script, "workers.cpu"), {"cpu_ms": milliseconds}, calls=0)

    def _add(self, key: Key, units: Units, calls: int = 1) -> None:
        self.callers.add(key, units, calls)
        for run in self._going:
            if run.counts(key.account_id):
                run.callers.add(key, units, calls)
