"""One run from its beginning to its report: a target, people, Locust, figures, clean-up."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic
from typing import Any

import orjson

from loadtests.lab import twin
from loadtests.lab.budget import Budget
from loadtests.lab.calls import Calls
from loadtests.lab.cleaning import clean
from loadtests.lab.deploying import NAME, deploy
from loadtests.lab.ledger import read
from loadtests.lab.metering import metered
from loadtests.lab.people import Lab
from loadtests.lab.preparing import prepare
from loadtests.lab.settings import ROOT, Settings, settings_from, variables
from loadtests.lab.sides import FAMILIES, lacking
from loadtests.lab.storing import writes_of
from loadtests.lab.watching import Watch
from loadtests.lab.writing import run_of, told_by_twin
from loadtests.report.results import Run, Writes
from loadtests.report.starts import together

LOCUSTFILE = ROOT / "loadtests" / "locustfile.py"
CLASSES = {
    "d1": "D1",
    "worker": "Worker",
    "supabase": "Supabase",
    "kv": "KV",
    "postgres": "Postgres",
    "r2": "R2",
    "storage": "Storage",
    "vectorize": "Vectorize",
    "pgvector": "Pgvector",
    "gateway": "Gateway",
    "ai": "Models",
    "jobmatch": "JobMatch",
}
# Locust ends by itself; this much longer than planned is a failure.
GRACE_SECONDS = 240.0


class LoadFailed(Exception):
    """There are no figures; the text says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`users` are of each class. `rounds` 0: all classes at once. `starts`: how often all begins
    anew, each time for its part of `seconds` and with `rounds` of its own.
    """

    classes: Sequence[str]
    users: int
    seconds: float
    rounds: int
    report: Path
    kind: str = "load"
    processes: int = 1
    latency: str | None = None
    own_twin: bool = True
    options: dict[str, str] | None = None
    starts: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    settings: Settings
    pid: int
    notes: tuple[str, ...] = ()


def drive(plan: Plan, say: Callable[[str], None] = print) -> Run:
    """Raises `LoadFailed`, and what its parts raise."""
    plan.report.mkdir(parents=True, exist_ok=True)
    log_of(plan).unlink(missing_ok=True)
    runs = []
    for number in range(1, plan.starts + 1):
        if plan.starts > 1:
            say(f"start {number} of {plan.starts}")
        runs.append(started(plan, say))
    return together(runs)


def started(plan: Plan, say: Callable[[str], None]) -> Run:
    """Once, from a fresh target to its clean-up."""
    with (
        TemporaryDirectory(prefix="load-") as directory,
        target_of(plan, Path(directory)) as target,
    ):
        mine = target.settings
        requests = max(1, mine.budget // plan.starts) if mine.budget else 0
        budget = Budget(requests, mine.pace, Event().wait)
        ledger = plan.report / "ledger.jsonl"
        try:
            began = monotonic()
            lab = prepare(mine, budget, ledger, say)
            say(f"made in {monotonic() - began:.1f} s")
            return measured(plan, target, lab, Path(directory), say)
        finally:
            if not plan.own_twin and ledger.is_file():
                free = Budget(0, mine.pace, Event().wait)
                clean(mine, read(ledger), free, say)
                say(f"cleaned up with {free.spent} requests")


@contextmanager
def target_of(plan: Plan, directory: Path) -> Iterator[Target]:
    """A twin of the run's own, or what the variables name."""
    told = {**os.environ, **(plan.options or {})}
    if not plan.own_twin:
        mine = replace(settings_from(told), report=str(plan.report))
        yield Target(mine, 0)
        return
    with twin.running(directory, plan.latency, int(told.get("LOAD_SEED", "1"))) as own:
        host = own.ready["scripts"]["jobmatch-ai-dev"].replace("jobmatch-ai-dev", NAME)
        ready = {**own.ready, "scripts": {**own.ready["scripts"], NAME: host}}
        mine = replace(settings_from(told | twin.told(ready)), report=str(plan.report))
        deploy(mine)
        yield Target(mine, own.pid)


def measured(
    plan: Plan, target: Target, lab: Lab, directory: Path, say: Callable[[str], None]
) -> Run:
    mine = target.settings
    people, results = directory / "lab.json", directory / "results.json"
    lab.save(people)
    watch = Watch(target.pid, mine.control)
    told = replace(mine, lab=str(people), results=str(results))
    with watch.watching(), metered(meter_of(plan, mine)) as bill:
        locust(plan, told, watch, say)
        month = bill()
    if not results.is_file():
        raise LoadFailed(f"Locust left no figures; what it said is in {log_of(plan)}")
    figures = orjson.loads(results.read_bytes())
    say(f"{figures['measured']['requests']:,} requests")
    return run_of(
        mine,
        figures,
        told_by_twin(mine),
        kind=plan.kind,
        looks=watch.looks,
        writes=stored(mine, lab, figures),
        bill=month,
        notes=[*target.notes, *left_out(mine, plan)],
    )


def meter_of(plan: Plan, mine: Settings) -> str:
    """Nobody's, where sides take turns at full speed: that is no month of anybody."""
    return mine.control if plan.kind == "soak" else ""


def locust(plan: Plan, mine: Settings, watch: Watch, say: Callable[[str], None]) -> None:
    whole, seconds = plan.users * len(plan.classes), plan.seconds / plan.starts
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(LOCUSTFILE),
        "--headless",
        "--only-summary",
    ]
    command += ["--users", str(whole), "--spawn-rate", str(max(1, min(whole, 200)))]
    command += ["--rounds", str(plan.rounds), "--seconds", str(seconds)]
    command += ["--exit-code-on-error", "0", "--loglevel", "WARNING"]
    if plan.processes > 1:
        port = free_port()
        command += ["--processes", str(plan.processes), "--master-bind-host", "127.0.0.1"]
        command += ["--master-bind-port", port, "--master-port", port]
    environment = {**os.environ, **variables(mine), "PYTHONPATH": str(ROOT)}
    say(f"{whole} users for {seconds:.0f} s: {', '.join(plan.classes)}")
    with log_of(plan).open("ab") as log:
        process = subprocess.Popen(
            [*command, *plan.classes], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        watch.client = process.pid
        try:
            process.wait(seconds + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            raise LoadFailed(f"Locust did not end: {log_of(plan)}") from None
        finally:
            process.terminate()
            process.wait()


def log_of(plan: Plan) -> Path:
    """What Locust says, of all starts."""
    return plan.report / "locust.log"


def free_port() -> str:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def stored(mine: Settings, lab: Lab, figures: Any) -> list[Writes]:
    calls = Calls(mine, Budget(0, mine.pace, Event().wait))
    try:
        return list(writes_of(calls, lab.run, figures["measured"]))
    finally:
        calls.close()


def left_out(mine: Settings, plan: Plan) -> list[str]:
    """What could not be asked, and why."""
    if plan.kind == "soak":
        return []
    every = [side for family in FAMILIES for side in family]
    return [
        f"{CLASSES[side]} was not asked: {', '.join(names)} not set"
        for side in every
        if (names := lacking(mine, side))
    ]
