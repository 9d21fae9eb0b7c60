"""The lab on Locust's events: options, people, turns, and the figures at the end."""

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
import httpx
import orjson
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.lab import twin
from loadtests.lab.calls import CallRefused
from loadtests.lab.conductor import Conductor
from loadtests.lab.ledger import read
from loadtests.lab.people import load_lab
from loadtests.lab.preparing import prepare
from loadtests.lab.settings import Settings, settings_from
from loadtests.lab.sides import lacking
from loadtests.lab.slots import slots
from loadtests.lab.station import Station
from loadtests.lab.timings import Timings
from loadtests.lab.user import Asking

STATE = twin.PROJECT / ".twin" / "ready.json"


def add_options(parser: Any) -> None:
    """On the command line and on Locust's page."""
    parser.set_defaults(class_picker=True, stop_timeout=10, web_host="127.0.0.1")
    parser.add_argument(
        "--rounds",
        type=int,
        default=int(os.environ.get("LOAD_ROUNDS", "0")),
        help="Rounds in which the sides take turns, after one to warm up; 0: all at once.",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=float(os.environ.get("LOAD_SECONDS", "60")),
        help="How long the load lasts.",
    )


def settings() -> Settings:
    """Of the environment; where that names no side, of the twin that runs in JobMatch."""
    told = dict(os.environ)
    found = settings_from(told)
    if not found.api and not found.supabase and STATE.is_file():
        found = settings_from(twin.told(orjson.loads(STATE.read_bytes())) | told)
    return found


class Lacking(Exception):
    """A side needs variables that are not set; the text names them."""


class Locusting:
    """Of one Locust process."""

    def __init__(self, environment: Environment, station: Station) -> None:
        self._environment = environment
        self._station = station
        self._conductor: Conductor | None = None
        self._greenlet: Any = None
        self._is_written = False

    @property
    def is_worker(self) -> bool:
        return isinstance(self._environment.runner, WorkerRunner)

    def begin(self) -> None:
        """A test starts. Where that cannot be, it ends."""
        if self.is_worker:
            return
        try:
            self._begin()
        except (CallRefused, Lacking, OSError, httpx.HTTPError) as error:
            print(f"no load is made: {error}", file=sys.stderr)
            self._environment.process_exit_code = 1
            self.over()

    def _begin(self) -> None:
        """People first, then whose turn it is."""
        station, options = self._station, options_of(self._environment)
        self._is_written = False
        self.check()
        station.meet(self.people())
        sides = list(dict.fromkeys(one.side for one in self.classes()))
        turns = slots(sides, options.rounds, options.seconds)
        users = station.runner.target_user_count or options.num_users or 0
        timings = Timings(station.settings.control)
        self._conductor = Conductor(station, turns, options.seconds, users, timings, self.over)
        self._greenlet = gevent.spawn(self._conductor.run)

    def classes(self) -> list[type[Asking]]:
        return [one for one in self._environment.user_classes if issubclass(one, Asking)]

    def check(self) -> None:
        for one in self.classes():
            if names := lacking(self._station.settings, one.side):
                raise Lacking(f"{one.__name__} needs {', '.join(names)}")

    def people(self) -> Any:
        mine = self._station.settings
        if mine.lab:
            return load_lab(Path(mine.lab))
        ledger = Path(mine.report) / "ledger.jsonl"
        return prepare(mine, self._station.budget, ledger)

    def over(self) -> None:
        """All turns are done."""
        runner = self._station.runner
        if self._environment.web_ui is None:
            gevent.spawn(runner.quit)
        else:
            gevent.spawn(runner.stop)

    def stopped(self) -> None:
        """A test stops; on Locust's page another may follow."""
        if self.is_worker or self._conductor is None:
            return
        if self._environment.web_ui is not None:
            gevent.spawn(self._end)

    def _end(self) -> None:
        assert self._conductor is not None
        self._conductor.silent = self._station.gather()
        self.write()

    def write(self) -> None:
        """The figures, once; and on Locust's page the report, too."""
        if self.is_worker or self._conductor is None or self._is_written:
            return
        self._is_written = True
        figures = self.figures()
        mine = self._station.settings
        if mine.results:
            Path(mine.results).write_bytes(orjson.dumps(figures))
        elif figures["turns"]:
            self.report(figures)

    def figures(self) -> dict[str, Any]:
        assert self._conductor is not None
        classes = self.classes()
        measured = self._station.recorder.take()
        users = self._conductor.users // max(1, len(classes))
        whole = {"users": users, "processes": self._station.processes, "measured": measured}
        return self._conductor.told() | whole

    def report(self, figures: dict[str, Any]) -> None:
        from loadtests.lab.writing import run_of, told_by_twin
        from loadtests.report.ending import ended

        mine = self._station.settings
        run = run_of(mine, figures, told_by_twin(mine))
        ended(run, Path(mine.report))
        if not mine.lab:
            self.clean()

    def clean(self) -> None:
        from loadtests.lab.cleaning import clean

        mine, budget = self._station.settings, self._station.budget
        # To clean up is always allowed.
        budget.requests = 0
        clean(mine, read(Path(mine.report) / "ledger.jsonl"), budget, print)


def options_of(environment: Environment) -> Namespace:
    options = environment.parsed_options
    assert isinstance(options, Namespace)
    return options
