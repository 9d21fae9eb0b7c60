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
    """`users` are of each class. `rounds` 0: all classes at once."""

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


@dataclass(frozen=True, slots=True)
class Target:
    settings: Settings
    pid: int
    notes: tuple[str, ...] = ()


def drive(plan: Plan, say: Callable[[str], None] = print) -> Run:
    """Raises `LoadFailed`, and what its parts raise."""
    plan.report.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="load-") as directory,
        target_of(plan, Path(directory)) as target,
    ):
        mine = target.settings
        budget = Budget(mine.budget, mine.pace, Event().wait)
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
    # Sides that take turns at full speed are nobody's month.
    counted = mine.control if plan.kind == "soak" else ""
    with watch.watching(), metered(counted) as bill:
        locust(plan, told, watch, say)
        month = bill()
    if not results.is_file():
        raise LoadFailed("Locust left no figures; what it said is above")
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


def locust(plan: Plan, mine: Settings, watch: Watch, say: Callable[[str], None]) -> None:
    whole = plan.users * len(plan.classes)
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
    command += ["--rounds", str(plan.rounds), "--seconds", str(plan.seconds)]
    command += ["--exit-code-on-error", "0", "--loglevel", "WARNING"]
    if plan.processes > 1:
        port = free_port()
        command += ["--processes", str(plan.processes), "--master-bind-host", "127.0.0.1"]
        command += ["--master-bind-port", port, "--master-port", port]
    environment = {**os.environ, **variables(mine), "PYTHONPATH": str(ROOT)}
    say(f"{whole} users for {plan.seconds:.0f} s: {', '.join(plan.classes)}")
    with (plan.report / "locust.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *plan.classes], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        watch.client = process.pid
        try:
            process.wait(plan.seconds + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            raise LoadFailed(f"Locust did not end: {plan.report / 'locust.log'}") from None
        finally:
            process.terminate()
            process.wait()


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
