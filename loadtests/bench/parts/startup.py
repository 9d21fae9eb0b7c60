"""How soon the twin is ready, how little memory it takes, and what it did not import for it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from threading import Event

from loadtests.bench.figures import spread
from loadtests.bench.machine import wait_until_quiet
from loadtests.bench.process import running
from loadtests.bench.report import Part, Table
from loadtests.bench.session import Session
from loadtests.bench.twin import twin_command
from loadtests.bench.verdict import Verdict, below

TITLE = "Start"
STARTS = 5
READY_SECONDS = 0.8
RSS_MB = 80
# Some modules may load in the background once the sockets listen; memory is read after that.
SETTLE_SECONDS = 1.0
HEAVY = ("boto3", "faiss", "moto", "numpy", "torch")


def run(session: Session) -> Part:
    starts = [start(session) for _ in range(STARTS)]
    seconds = spread([ready for ready, _ in starts])
    rss_mb = spread([rss for _, rss in starts])
    verdicts = (
        below("to the ready line", READY_SECONDS, "s", seconds),
        below("resident memory", RSS_MB, "MB", rss_mb),
        judge_imports(imported(session)),
    )
    rows = tuple(
        (str(number), f"{ready:.2f}", f"{rss:.0f}") for number, (ready, rss) in enumerate(starts, 1)
    )
    return Part(TITLE, verdicts=verdicts, tables=(Table(("start", "seconds", "RSS MB"), rows),))


def start(session: Session) -> tuple[float, float]:
    """Seconds to the ready line, and megabytes once settled."""
    wait_until_quiet()
    with running(twin_command("twin", "--ephemeral"), session.directory / "startup") as server:
        Event().wait(SETTLE_SECONDS)
        rss_mb = server.rss_mb()
    session.say(f"start: {server.ready_seconds:.2f} s, {rss_mb:.0f} MB")
    return server.ready_seconds, rss_mb


def imported(session: Session) -> set[str]:
    """Top-level names of everything the twin imports until it is settled."""
    command = twin_command("twin imports", "--ephemeral")
    profile = {**command.environment, "PYTHONPROFILEIMPORTTIME": "1"}
    with running(replace(command, environment=profile), session.directory / "startup") as server:
        Event().wait(SETTLE_SECONDS)
        return top_level_imports(server.log.read_text(errors="replace"))


def top_level_imports(log: str) -> set[str]:
    """The packages named in what Python's import profile prints."""
    found = re.findall(r"^import time:.*\|\s*([\w.]+)$", log, re.MULTILINE)
    return {name.partition(".")[0] for name in found}


def judge_imports(names: Iterable[str]) -> Verdict:
    loaded = sorted(set(HEAVY) & set(names))
    figure = ", ".join(loaded) or "none of them"
    return Verdict("modules loaded", f"without {', '.join(HEAVY)}", figure, not loaded)
