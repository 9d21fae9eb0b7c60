"""`cftwin leaks mutate -- COMMAND`: which owner filters does a suite defend?"""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emulator.leaks.mutate_record import Record
    from emulator.leaks.report.ending import Ending

FILE = click.Path(dir_okay=False, path_type=Path)


class CannotRun(click.ClickException):
    """Nothing is known of the filters."""

    exit_code = 2


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--control", default="", help="Control plane. Default: the twin's on --state.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".twin"),
    help="Data directory of the running twin. Default: .twin",
)
@click.option("--only", multiple=True, help="Filters with this in table, script, statement or id.")
@click.option("--budget", type=float, help="Seconds after which no further filter is tried.")
@click.option("--reset", is_flag=True, help="Empty the twin before each run, to its start.")
@click.option("--resume", is_flag=True, help="Go on where the record ends.")
@click.option(
    "--record",
    type=FILE,
    default=Path("leaks-mutation.json"),
    show_default=True,
    help="What is found, as JSON.",
)
@click.option("--report", type=FILE, help="HTML, with JSON beside it.")
@click.option("--sarif", type=FILE)
@click.option("--baseline", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def mutate(
    command: tuple[str, ...],
    control: str,
    state: Path,
    only: tuple[str, ...],
    budget: float | None,
    reset: bool,
    resume: bool,
    record: Path,
    report: Path | None,
    sarif: Path | None,
    baseline: Path | None,
) -> None:
    """Take one owner filter away at a time, and see whether COMMAND, a test suite, notices.

    COMMAND runs against the twin as often as there are filters, and has to make its own users.
    Ends with 1 when a filter can go unnoticed and the baseline does not accept that, with 2 when
    COMMAND fails with every filter in place or not all were tried.
    """
    import httpx

    from emulator.leaks.mutate import CannotMutate, Mutating, Plan
    from emulator.leaks.mutate_control import Control
    from emulator.leaks.mutate_record import read
    from emulator.leaks.report.baseline import BaselineError
    from emulator.leaks.report.ending import Ending
    from emulator.running_twin import NoTwin

    if report is not None and report.with_suffix(".json") == record:
        raise click.UsageError(f"the report's own JSON would be {record}, too")
    try:
        ending = Ending.prepared(report, sarif, baseline)
        before = read(record) if resume else None
        plan = Plan(command, record, only, budget, reset)
        with stopped_by_term(), closing(Control(control or control_of(state))) as twin:
            found = Mutating(plan, twin, told).run(before)
    except (CannotMutate, BaselineError, NoTwin, ValueError, OSError) as error:
        raise CannotRun(str(error)) from None
    except httpx.HTTPError as error:
        raise CannotRun(f"the twin's control plane: {error}") from None
    raise SystemExit(end(found, ending))


def end(found: "Record", ending: "Ending") -> int:
    from emulator.leaks.mutate_told import lines, score_of

    for line in lines(found):
        click.echo(line)
    score = score_of(found)
    return ending.told(click.echo, score=score) or (2 if score.untried else 0)


@contextmanager
def stopped_by_term() -> Iterator[None]:
    """As by Ctrl-C: every filter is given back, and the command ends, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def told(line: str) -> None:
    click.echo(line, err=True)


def control_of(state: Path) -> str:
    """Raises `NoTwin`."""
    from emulator.running_twin import told as ready_on

    return str(ready_on(state)["api"]).removesuffix("/client/v4")
