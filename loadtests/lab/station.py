"""The part of the lab that each Locust process has: whose turn it is, who the people are, what
was measured. A master tells its workers by messages; alone, a process tells itself.
"""

from collections.abc import Callable
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from loadtests.lab.budget import Budget
from loadtests.lab.gates import OVER, Gates
from loadtests.lab.people import Lab, lab_of
from loadtests.lab.recorder import Recorder
from loadtests.lab.roll import Roll
from loadtests.lab.settings import Settings

LAB, TURN, BEGIN = "lab-people", "lab-turn", "lab-begin"
REPORT = "lab"


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
        self._told: dict[str, Callable[[Any], None]] = {
            LAB: self._meet,
            TURN: self._turn,
            BEGIN: lambda _: self.recorder.begin(),
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
