"""`python -m loadtests.bench [PART]…`: run the parts named, or all, and write the results."""

import os
import platform
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import click

from loadtests.bench.api import CallRefused
from loadtests.bench.history import HISTORY, append, line, read
from loadtests.bench.page import groups, html, ratio_table
from loadtests.bench.parts import (
    bare,
    embedder,
    engines,
    flat,
    fresh,
    guard,
    jobmatch,
    peers,
    s3,
    startup,
    vectorize,
    workers,
)
from loadtests.bench.process import ServerFailed
from loadtests.bench.report import (
    Conditions,
    Part,
    all_met,
    as_json,
    markdown,
    merged,
    parts_in,
    section,
)
from loadtests.bench.rounds import Stopwatch
from loadtests.bench.session import Session
from loadtests.bench.versions import commit, versions
from loadtests.bench.wrk import LoadFailed, require_wrk

RESULTS = Path(__file__).with_name("RESULTS.md")


def modules() -> dict[str, ModuleType]:
    """The parts by name, in the order they run."""
    return {
        "bare": bare,
        "peers": peers,
        "s3": s3,
        "engines": engines,
        "startup": startup,
        "fresh": fresh,
        "flat": flat,
        "vectorize": vectorize,
        "embedder": embedder,
        "workers": workers,
        "jobmatch": jobmatch,
        "guard": guard,
    }


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(modules())))
@click.option("--rounds", default=5, show_default=True, help="Interleaved rounds of a cell.")
@click.option("--seconds", default=2, show_default=True, help="Length of a round.")
@click.option("--connections", default=8, show_default=True, help="Connections wrk keeps open.")
@click.option("--strict", is_flag=True, help="Exit with 1 unless every target is met.")
@click.option("--pages", is_flag=True, help="Run nothing: make the pages of what was kept.")
def main(
    parts: Sequence[str], rounds: int, seconds: int, connections: int, strict: bool, pages: bool
) -> None:
    """How fast the twin is, as ratios. Takes ten to twenty minutes and stops by itself."""
    if pages:
        write(RESULTS, {})
        return
    try:
        require_wrk()
    except LoadFailed as absent:
        raise click.ClickException(str(absent)) from None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are ended
    conditions = Conditions(
        datetime.now(UTC).isoformat(" ", "minutes"), machine(), rounds, seconds, connections
    )
    results = {}
    with TemporaryDirectory(prefix="cftwin-bench-") as directory:
        session = Session(Stopwatch(connections, seconds, rounds), Path(directory))
        for name in [name for name in modules() if name in parts or not parts]:
            session.say(f"part {name}")
            part = run_part(session, modules()[name])
            results[name] = replace(part, conditions=conditions)
            print(f"\n{section(results[name])}\n", flush=True)
    keep(results, conditions)
    write(RESULTS, results)
    if strict and not all_met(results.values()):
        sys.exit(1)


def keep(results: Mapping[str, Part], conditions: Conditions) -> None:
    """A line in the history for each part that found something."""
    measured, of = commit(), versions()
    lines = [line(name, part, conditions, measured, of) for name, part in results.items()]
    append(HISTORY, lines)


def write(page: Path, results: Mapping[str, Part]) -> None:
    """The pages and their figures; parts that were not run stay as they are there."""
    path = page.with_suffix(".json")
    titles = {name: module.TITLE for name, module in modules().items()}
    old = parts_in(path.read_text()) if path.is_file() else []
    parts = merged(list(results.values()), old, list(titles.values()))
    found = groups(read(page.with_name(HISTORY.name)), titles, parts)
    page.write_text(markdown(parts, ratio_table(found)))
    page.with_suffix(".html").write_text(html(found))
    path.write_text(as_json(parts))


def run_part(session: Session, module: ModuleType) -> Part:
    """The part's results; a part that cannot run says why and the others go on."""
    try:
        part: Part = module.run(session)
    except (CallRefused, LoadFailed, OSError, ServerFailed) as failure:
        return Part(module.TITLE, not_run=str(failure))
    return part


def machine() -> str:
    return (
        f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
