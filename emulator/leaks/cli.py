"""`cftwin leaks`: the command line's part of the lab."""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.leaks.mutate_command import mutate

if TYPE_CHECKING:
    from emulator.leaks.lab import Extra
    from emulator.leaks.observations import Observations
    from emulator.leaks.routes import Route

SHOWN = 200


@click.group()
def leaks() -> None:
    """Prove that no user of an API sees another's data."""


leaks.add_command(mutate)


class CannotRun(click.ClickException):
    """Nothing is known of the API, which is not the same as that nothing leaks."""

    exit_code = 2


@leaks.command()
@click.option("--api", required=True, help="Base URL of the API.")
@click.option("--openapi", help="OpenAPI 3 document: a file or a URL.")
@click.option(
    "--routes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Routes, one a line: GET /api/notes/:id.",
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--control", default="", help="Control plane of the twin behind it, if there is one.")
@click.option("--seed", help="The same seed makes the same markers. Default: a new one.")
@click.option("--pace", type=float, default=0.0, show_default=True, help="Seconds per request.")
@click.option("--max-requests", type=int, default=20_000, show_default=True)
@click.option("--max-seconds", type=float, default=1_800.0, show_default=True)
@click.option("--timing/--no-timing", default=True, help="Compare how long answers take.")
@click.option("--attacks", is_flag=True, help="Send hostile input, too.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
@click.option("--sarif", type=click.Path(dir_okay=False, path_type=Path), help="Write SARIF.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Findings that are accepted, each with a reason and a date.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def run(
    api: str,
    openapi: str | None,
    routes: Path | None,
    config: Path | None,
    control: str,
    seed: str | None,
    pace: float,
    max_requests: int,
    max_seconds: float,
    timing: bool,
    attacks: bool,
    report: Path | None,
    sarif: Path | None,
    baseline: Path | None,
    as_json: bool,
) -> None:
    """Call every route as every user, and look for others' data in every answer.

    Ends with 1 when something leaks that is not accepted, and with 2 when it could not be run,
    when a route could not be called, or when the run ended before it was through.
    """
    import httpx

    from emulator.leaks import settings as leaks_settings
    from emulator.leaks.auth import SignInFailed
    from emulator.leaks.lab import Lab, Plan
    from emulator.leaks.report.baseline import BaselineError
    from emulator.leaks.report.ending import Ending
    from emulator.leaks.routes import RoutesError
    from emulator.leaks.wire import Limits

    try:
        ending = Ending.prepared(report, sarif, baseline, source=str(routes or openapi))
        known = routes_of(openapi, routes)
        plan = Plan(
            api=api,
            settings=leaks_settings.read(config, known),
            seed=seed or secrets.token_hex(4),
            limits=Limits(max_requests, max_seconds, pace),
            control=control,
            measure_times=timing,
            extras=extras_of(attacks),
        )
        seen = Lab(plan, lambda line: click.echo(line, err=True)).run()
    except (RoutesError, leaks_settings.SettingsError, SignInFailed, BaselineError) as error:
        raise CannotRun(str(error)) from None
    except httpx.TransportError as error:
        raise CannotRun(f"{api} does not answer: {error}") from None
    click.echo(seen.to_json() if as_json else "\n".join(lines(seen)))
    raise SystemExit(ending.told(lambda line: click.echo(line, err=True), seen, control=control))


def extras_of(attacks: bool) -> "tuple[Extra, ...]":
    if not attacks:
        return ()
    from emulator.leaks.attacks.campaign import attack

    return (attack,)


def routes_of(openapi: str | None, routes: Path | None) -> tuple["Route", ...]:
    """Raises `RoutesError`, `httpx.TransportError`."""
    import httpx

    from emulator.leaks.routes import RoutesError, from_list, from_openapi

    if routes is not None:
        return from_list(routes.read_text(encoding="utf-8"))
    if openapi is None:
        raise click.UsageError("--openapi or --routes is needed")
    try:
        if openapi.startswith(("http://", "https://")):
            text = httpx.get(openapi, follow_redirects=True, trust_env=False).text
        else:
            text = Path(openapi).read_text(encoding="utf-8")
        return from_openapi(json.loads(text))
    except (OSError, ValueError) as error:
        raise RoutesError(f"{openapi}: {error}") from None


def lines(seen: "Observations") -> list[str]:
    """For people: what was found, the worst first."""
    rank = {"error": 0, "warning": 1, "note": 2}
    told = []
    for one in sorted(seen.found, key=lambda one: rank[one.severity]):
        told.append(f"{one.severity.upper()} {one.rule} {one.route}: {one.message}")
        if one.request is not None:
            told.append(f"  {one.request.curl()[:SHOWN]}")
    told += [f"left behind: {one}" for one in seen.left_behind]
    if seen.stopped:
        told.append(f"stopped early: {seen.stopped}")
    routes, count = len(seen.matrix.rows), len(seen.above_note)
    told.append(
        f"{count} findings above note on {routes} routes,"
        f" {seen.requests} requests in {seen.seconds:.1f} s, seed {seen.seed}"
    )
    return told


leaks.add_command(mutate)
