"""The part of the lab that each Locust process has: whose turn it is, who the people are, what
was measured. A master tells its workers by messages; alone, a process tells itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from loadtests.lab.budget import Budget
from loadtests.lab.gates import OVER, Gates
from loadtests.lab.people import Lab, lab_of
from loadtests.lab.recorder import Recorder
from loadtests.lab.roll import Roll
from loadtests.lab.settings import Settings

LAB, TURN, BEGIN = "lab-people", "lab-turn", "lab-begin"
# A master asks for all that is left, and each worker tells it.
REST, TOLD = "lab-rest", "lab-told"
REPORT = "lab"
# For what is under way, and then for messages. Locust itself waits half a second.
PATIENCE_SECONDS = 20.0


class Station:
    def __init__(self, environment: Environment, settings: Settings) -> None:
        self.environment = environment
        self.settings = settings
        self.gates = Gates()
        self.recorder = Recorder()
        self.budget = Budget(settings.budget, settings.pace, gevent.sleep)
        self.lab: Lab | None = None
        self.roll: Roll | None = None
        self.processes = 1
        self._asking = 0
        self._idle = Event()
        self._idle.set()
        # Of workers, that have told all.
        self._ended = 0
        self._whole = Event()
        self._told: dict[str, Callable[[Any], None]] = {
            LAB: self._meet,
            TURN: self._turn,
            BEGIN: lambda _: self.recorder.begin(),
            REST: lambda _: gevent.spawn(self._tell_rest),
        }

    @property
    def runner(self) -> Runner:
        runner = self.environment.runner
        assert runner is not None
        return runner

    def attach(self) -> None:
        """To Locust's events and messages."""
        events, runner = self.environment.events, self.environment.runner
        if isinstance(runner, WorkerRunner):
            events.report_to_master.add_listener(self._report)  # type: ignore[no-untyped-call]
            for name, told in self._told.items():
                runner.register_message(name, listener(told))
        if isinstance(runner, MasterRunner):
            events.worker_report.add_listener(self._reported)  # type: ignore[no-untyped-call]
            runner.register_message(TOLD, listener(self._hear_rest))

    def tell(self, name: str, data: Any) -> None:
        """All processes, this one included."""
        runner = self.environment.runner
        if isinstance(runner, MasterRunner):
            runner.send_message(name, data)
        self._told[name](data)

    def meet(self, lab: Lab) -> None:
        """From now on these are the people; workers share the budget."""
        runner = self.environment.runner
        shares = runner.worker_count if isinstance(runner, MasterRunner) else 1
        self.processes = max(1, shares)
        plain = lab.plain() | {"shares": self.processes}
        self.tell(LAB, plain)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While an operation is under way and not yet recorded."""
        self._asking += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._asking -= 1
            if not self._asking:
                self._idle.set()

    def gather(self) -> int:
        """Waits for the end of what is under way, and for all that was measured. How many processes
        have not told it.
        """
        runner = self.environment.runner
        if not isinstance(runner, MasterRunner):
            self._idle.wait(PATIENCE_SECONDS)
            return 0
        self._ended = 0
        self._whole.clear()
        runner.send_message(REST)
        self._whole.wait(2 * PATIENCE_SECONDS)
        return self.processes - self._ended

    def _tell_rest(self) -> None:
        self._idle.wait(PATIENCE_SECONDS)
        self.runner.send_message(TOLD, self.recorder.take())

    def _hear_rest(self, told: Any) -> None:
        self.recorder.merge(told)
        self._ended += 1
        if self._ended >= self.processes:
            self._whole.set()

    def _meet(self, told: Any) -> None:
        runner = self.environment.runner
        place = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        self.lab = lab_of(told)
        self.roll = Roll(self.lab, place, told["shares"])
        if self.settings.budget:
            self.budget.requests = max(1, self.lab.budget // told["shares"])
        if self.settings.pace:
            self.budget.pace = self.settings.pace / told["shares"]

    def _turn(self, told: Any) -> None:
        if told is None:
            self.gates.close()
        elif told["round"] == OVER:
            self.gates.finish()
        elif not told["side"]:
            self.gates.open_all()
        else:
            self.gates.open(told["side"], told["round"])

    def _report(self, client_id: str, data: dict[str, Any]) -> None:
        data[REPORT] = self.recorder.take()

    def _reported(self, client_id: str, data: dict[str, Any]) -> None:
        if REPORT in data:
            self.recorder.merge(data[REPORT])


def listener(told: Callable[[Any], None]) -> Callable[..., None]:
    def heard(environment: Environment, msg: Any, **_: Any) -> None:
        told(msg.data)

    return heard
