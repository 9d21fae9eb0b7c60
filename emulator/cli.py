"""The command line: parse, call, print. Noun and verb as in wrangler; the work is elsewhere."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

import emulator
from emulator import cli_migrate, cli_workers, config, wrangler
from emulator.cli_workers import STATE_DIRECTORY, state_option
from emulator.core.settings import Settings, environment_source, settings_from
from emulator.leaks.cli import leaks
from emulator.meter.cli import cost
from emulator.ready import FILE_NAME, Ready, assignments, exports

BAR_WIDTH = 20
ROWS_A_LINE = 2_000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(emulator.__version__, prog_name="cftwin")
def main() -> None:
    """Cloudflare Twin: a small Cloudflare account on your machine."""


@main.command()
@click.option(
    "--config",
    "-c",
    "configs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="wrangler.toml or wrangler.jsonc; several may be given. Default: the one here.",
)
@click.option("--env", "environment", help="Environment to provision; '*' for all of them.")
@click.option("--seed", help="Seed data: a name the project knows, or a directory.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Data directory.")
@click.option("--ephemeral", is_flag=True, help="Keep data in a temporary directory.")
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--api-port", type=int, help="Cloudflare API. Default: 8788; 0 = a free one.")
@click.option("--edge-port", type=int, help="Workers and Pages. Default: 8787.")
@click.option("--s3-port", type=int, help="R2's S3 API. Default: 8789.")
@click.option(
    "--latency",
    "latency_profile",
    help="Latency to add: same-region, europe-to-us, loopback, or a file ….toml.",
)
@click.option("--guard", "guard_mode", help="Tenancy audit: off, observe, warn or enforce.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def up(
    configs: tuple[Path, ...],
    environment: str | None,
    seed: str | None,
    state: Path | None,
    ephemeral: bool,
    as_json: bool,
    **options: object,
) -> None:
    """Run the twin, with what wrangler's configuration names in it, until Ctrl-C."""
    import uvloop

    from emulator.core.state import StateInUse
    from emulator.up import serve
    from emulator.world import Plan

    paths = configs or tuple(filter(None, [wrangler.find(Path.cwd())]))
    home = paths[0].parent if paths else Path.cwd()
    try:
        twin_toml = config.read(home / config.FILE_NAME)
        sources: list[Mapping[str, Any]] = [
            {**options, "state": state},
            environment_source(os.environ),
            config.placed(twin_toml.settings, home),
            {"state": home / STATE_DIRECTORY, "supabase_migrations": migrations_in(home)},
        ]
        settings = settings_from(*(without_state(one) if ephemeral else one for one in sources))
        projects = tuple(wrangler.read(path, environment) for path in paths)
        plan = Plan(settings, twin_toml, projects, seed)
        progress = bar if sys.stderr.isatty() else line
        uvloop.run(serve(plan, report, progress, announce_json if as_json else announce_table))
    except (wrangler.ConfigError, StateInUse, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@state_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["shell", "dotenv"]),
    default="shell",
    help="For `eval`, or as .env files and GitHub's runner take them. Default: shell.",
)
def env(state: Path, form: str) -> None:
    """Print the running twin's variables: eval "$(cftwin env)"."""
    path = state / FILE_NAME
    if not path.is_file():
        raise click.ClickException(f"no twin runs on {state}; start one with 'cftwin up'")
    variables = Ready.from_json(path.read_bytes()).environment()
    click.echo(exports(variables) if form == "shell" else assignments(variables))


@main.command("settings")
def list_settings() -> None:
    """List every setting with its default."""
    from dataclasses import fields

    for item in fields(Settings):
        click.echo(f"{item.name:<18} {item.default!s:<12} {item.metadata['help']}")


main.add_command(cli_workers.tail)
main.add_command(cli_workers.logs)
main.add_command(cli_workers.cron)
main.add_command(cli_migrate.migrate)
main.add_command(leaks)
main.add_command(cost)


def migrations_in(home: Path) -> Path | None:
    """Where Supabase's own command line keeps a project's migrations, if there are any."""
    directory = home / "supabase" / "migrations"
    return directory if directory.is_dir() else None


def without_state(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source of settings that leaves the directory to chance."""
    return {name: value for name, value in source.items() if name != "state"}


def report(line: str) -> None:
    """Progress goes to standard error: standard output belongs to scripts."""
    click.echo(line, err=True)


def bar(what: str, done: int, total: int) -> None:
    """Progress where somebody looks on: one line that is written over until it is full."""
    filled = BAR_WIDTH * done // max(1, total)
    drawn = "#" * filled + "-" * (BAR_WIDTH - filled)
    click.echo(f"\r{what} [{drawn}] {done:,} of {total:,}", err=True, nl=done >= total)


def line(what: str, done: int, total: int) -> None:
    """Progress in a log: a line when a thing is done, and now and then on the way."""
    if done >= total or done % ROWS_A_LINE == 0:
        report(f"{what} {done:,}")


def announce_json(ready: Ready) -> None:
    sys.stdout.buffer.write(ready.to_json() + b"\n")
    sys.stdout.flush()


def announce_table(ready: Ready) -> None:
    click.echo(f"Cloudflare Twin {emulator.__version__} is ready. Ctrl-C stops it.\n")
    click.echo(ready.table())


if __name__ == "__main__":
    main()
