"""The command line's part for Workers that run: `tail`, `logs`, `cron`."""

from pathlib import Path
from typing import Any

import click

STATE_DIRECTORY = ".twin"
# As wrangler's `--status` means them.
OUTCOMES = {
    "ok": ("ok",),
    "error": ("exception", "exceededCpu", "exceededMemory", "unknown"),
    "canceled": ("canceled",),
}

state_option = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(STATE_DIRECTORY),
    help="Data directory of the running twin. Default: .twin",
)
account_option = click.option("--account", help="Account id. Default: the twin's own.")


@click.command()
@click.argument("script")
@click.option("--format", "form", type=click.Choice(["pretty", "json"]), default="pretty")
@click.option("--status", "statuses", multiple=True, type=click.Choice(list(OUTCOMES)))
@click.option("--method", "methods", multiple=True, help="HTTP method.")
@click.option("--header", help="A header's name, or NAME:VALUE.")
@click.option("--ip", "addresses", multiple=True, help="Client's address; 'self' for this one.")
@click.option("--search", help="Text in what the Worker logs.")
@click.option("--sampling-rate", type=click.FloatRange(0, 1, min_open=True))
@account_option
@state_option
def tail(script: str, form: str, account: str | None, state: Path, **asked: Any) -> None:
    """Show what a Worker does, as it does it, until Ctrl-C."""
    import orjson

    from emulator.console_log import plain
    from emulator.running_twin import NoTwin, RunningTwin, pretty

    try:
        for event in RunningTwin(state, account).tail(script, filters_of(asked)):
            lines = [orjson.dumps(event).decode()] if form == "json" else pretty(event)
            for line in lines:
                click.echo(line if form == "json" else plain(line))
    except (NoTwin, OSError) as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.argument("script", required=False)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@account_option
@state_option
def logs(script: str | None, limit: int, account: str | None, state: Path) -> None:
    """Print the newest lines that Workers have logged."""
    from emulator.console_log import shown
    from emulator.running_twin import NoTwin, RunningTwin

    try:
        for line in RunningTwin(state, account).logs(script, limit):
            click.echo(shown(line["script"], line["level"], line["text"]))
    except NoTwin as error:
        raise click.ClickException(str(error)) from None


@click.group()
def cron() -> None:
    """Schedules of Workers."""


@cron.command("list")
@account_option
@state_option
def list_crons(account: str | None, state: Path) -> None:
    """List every schedule and when it runs next."""
    from emulator.running_twin import NoTwin, RunningTwin

    try:
        for row in RunningTwin(state, account).crons():
            click.echo(f"{row['next_iso'] or 'never'}  {row['script']}  {row['cron']}")
    except NoTwin as error:
        raise click.ClickException(str(error)) from None


@cron.command("run")
@click.argument("script")
@click.option("--cron", "expression", help="Default: the script's first schedule.")
@click.option("--time", type=float, help="Epoch seconds. Default: the twin's now.")
@account_option
@state_option
def run_cron(
    script: str, expression: str | None, time: float | None, account: str | None, state: Path
) -> None:
    """Run a Worker's cron handler now."""
    from emulator.running_twin import NoTwin, RunningTwin

    try:
        ran = RunningTwin(state, account).run_cron(script, expression, time)
    except NoTwin as error:
        raise click.ClickException(str(error)) from None
    if ran["outcome"] != "ok":
        raise click.ClickException(str(ran.get("error") or ran["outcome"]))
    click.echo(f"{script}: {ran['cron']} ran")


def filters_of(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The options as the API's filters, which wrangler's are."""
    filters: list[dict[str, Any]] = []
    if asked["sampling_rate"] is not None:
        filters.append({"sampling_rate": asked["sampling_rate"]})
    if asked["statuses"]:
        outcomes = [outcome for status in asked["statuses"] for outcome in OUTCOMES[status]]
        filters.append({"outcome": outcomes})
    if asked["methods"]:
        filters.append({"method": [method.upper() for method in asked["methods"]]})
    if asked["header"] is not None:
        key, colon, value = asked["header"].partition(":")
        filters.append({"header": {"key": key, **({"query": value.strip()} if colon else {})}})
    if asked["addresses"]:
        filters.append({"client_ip": list(asked["addresses"])})
    if asked["search"] is not None:
        filters.append({"query": asked["search"]})
    return filters
