"""`python -m loadtests`: a run on a twin of its own, and its report."""

import signal
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import click

from loadtests.lab.sides import FAMILIES

EVERY = tuple(side for family in FAMILIES for side in family)
JOURNEYS = {"users": "JobMatch", "searches": "Searching", "generations": "Generating"}
# Letters an hour that JobMatch writes for one person: 20; searches in 15 minutes: 100.
LETTERS = 15
# On a twin of the run's own, to start anew costs seconds.
STARTS = 4
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SOME = click.IntRange(1)


def length(_: click.Context, __: click.Parameter, given: float) -> float:
    """Of time. A click.FloatRange lets NaN pass."""
    if not 0 < given < inf:
        raise click.BadParameter(f"{given} is no length of time")
    return given


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every run."""
    for option in (
        click.option("--report", type=click.Path(path_type=Path), default=Path("build/load")),
        click.option(
            "--processes", type=SOME, default=1, show_default=True, help="Locust's workers."
        ),
        click.option("--latency", help="A latency profile: its name or file."),
        click.option("--thresholds", type=FILE, help="What has to be reached."),
        click.option("--against", type=FILE, help="An earlier report.json to compare with."),
        click.option(
            "--target",
            type=click.Choice(["twin", "variables"]),
            default="twin",
            show_default=True,
            help="A twin of the run's own, or what variables name: docs/load.md.",
        ),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """The load lab. Without a command: `compare`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the twin is ended
    if context.invoked_subcommand is None:
        context.invoke(compare)


@main.command()
@click.option(
    "--seconds", default=120.0, show_default=True, callback=length, help="How long the load lasts."
)
@click.option(
    "--starts",
    type=SOME,
    help="How often all is started anew; default: 4, and 1 where variables name the target.",
)
@click.option(
    "--rounds",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="Of each start, after one to warm up.",
)
@click.option("--users", type=SOME, default=8, show_default=True, help="Of each side.")
@click.option("--side", "sides", multiple=True, type=click.Choice(EVERY), help="Default: all.")
@shared
def compare(
    seconds: float,
    starts: int | None,
    rounds: int,
    users: int,
    sides: tuple[str, ...],
    **more: Any,
) -> None:
    """Both sides in turns: which is faster at what, and by how much."""
    from loadtests.lab.driving import CLASSES, Plan

    own = more["target"] == "twin"
    wanted = sides or (EVERY if own else askable())
    if not wanted:
        raise click.ClickException("the variables name nothing to ask: docs/load.md")
    classes = [CLASSES[side] for side in EVERY if side in wanted]
    run(
        lambda: Plan(
            classes,
            users,
            seconds,
            rounds,
            more["report"],
            processes=more["processes"],
            latency=more["latency"],
            own_twin=own,
            starts=starts or (STARTS if own else 1),
        ),
        more,
    )


@main.command()
@click.option("--journey", type=click.Choice([*JOURNEYS]), default="users", show_default=True)
@click.option("--users", type=SOME, default=1000, show_default=True)
@click.option("--minutes", default=10.0, show_default=True, callback=length)
@click.option("--think", default="5-15", show_default=True, help="Seconds between operations.")
@shared
def soak(journey: str, users: int, minutes: float, think: str, **more: Any) -> None:
    """Many users of JobMatch at once, for long: errors, memory, queues, and whether anything that
    was acknowledged is lost.
    """
    from loadtests.lab.driving import Plan

    options = {"LOAD_THINK": think, "LOAD_JOBS": "5", "LOAD_PEOPLE": str(users)}
    if journey == "generations":
        options["LOAD_PEOPLE"] = str(enough(users, minutes, think))
    run(
        lambda: Plan(
            [JOURNEYS[journey]],
            users,
            60 * minutes,
            0,
            more["report"],
            kind="soak",
            processes=more["processes"],
            latency=more["latency"],
            own_twin=more["target"] == "twin",
            options=options,
        ),
        more,
    )


@main.command("clean")
@click.argument("ledger", type=FILE)
def clean_up(ledger: Path) -> None:
    """Take away what a run has made that did not come to its end."""
    import os
    from threading import Event

    from loadtests.lab.budget import Budget
    from loadtests.lab.cleaning import clean
    from loadtests.lab.ledger import read
    from loadtests.lab.settings import settings_from

    mine = settings_from(os.environ)
    sys.exit(clean(mine, read(ledger), Budget(0, mine.pace, Event().wait), click.echo) and 1)


def askable() -> tuple[str, ...]:
    import os

    from loadtests.lab.settings import settings_from
    from loadtests.lab.sides import available

    return available(settings_from(os.environ))


def enough(users: int, minutes: float, think: str) -> int:
    """People, so that nobody reaches the application's limit of letters."""
    from loadtests.lab.settings import span

    low, high = span(think)
    letters = users * 60 * minutes / max(0.1, (low + high) / 2)
    return max(users, int(letters / LETTERS) + 1)


def run(plan: Callable[[], Any], more: dict[str, Any]) -> None:
    import httpx

    from loadtests.lab.budget import BudgetSpent
    from loadtests.lab.calls import CallRefused
    from loadtests.lab.driving import LoadFailed, drive
    from loadtests.lab.settings import SettingsError
    from loadtests.lab.twin import NoTwin
    from loadtests.report import targets
    from loadtests.report.ending import ended
    from loadtests.report.results import ResultsError, load

    try:
        against = load(more["against"]) if more["against"] else None
        made = drive(plan(), click.echo)
    except (BudgetSpent, CallRefused, LoadFailed, NoTwin, ResultsError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    except httpx.HTTPError as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from None
    thresholds = more["thresholds"] or targets.DEFAULT
    sys.exit(ended(made, more["report"], thresholds, against, click.echo))


if __name__ == "__main__":
    main()
