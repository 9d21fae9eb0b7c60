"""The command line's part for moving to Cloudflare: `migrate supabase-to-d1`."""

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emulator.migrating.run import Job, Migration

BAR_WIDTH = 20
# Of a thing on its way, in a log.
LINES_EVERY = 2_000
CLOUDFLARE = "https://api.cloudflare.com/client/v4"


@click.group()
def migrate() -> None:
    """Move a project to Cloudflare."""


@migrate.command("supabase-to-d1")
@click.option(
    "--dsn",
    envvar="SUPABASE_DB_URL",
    required=True,
    help="PostgreSQL: postgresql://…",
    show_envvar=True,
)
@click.option("--schema", default="public", show_default=True)
@click.option("--include", multiple=True, metavar="TABLE", help="Only these tables.")
@click.option("--exclude", multiple=True, metavar="TABLE", help="All tables but these.")
@click.option("--skip-column", "skipped", multiple=True, metavar="TABLE.COLUMN")
@click.option(
    "--numeric",
    type=click.Choice(["real", "text"]),
    default="real",
    show_default=True,
    help="What numeric becomes. REAL refuses numbers with more digits than it keeps.",
)
@click.option(
    "--api",
    envvar="CLOUDFLARE_API_BASE_URL",
    default=CLOUDFLARE,
    show_default=True,
    show_envvar=True,
)
@click.option(
    "--account", "account_id", envvar="CLOUDFLARE_ACCOUNT_ID", required=True, show_envvar=True
)
@click.option(
    "--token",
    envvar="CLOUDFLARE_API_TOKEN",
    required=True,
    help="May edit what is filled.",
    show_envvar=True,
)
@click.option("--database", required=True, metavar="NAME|ID", help="D1's, which is there.")
@click.option(
    "--supabase-url", envvar="SUPABASE_URL", default="", help="For --bucket.", show_envvar=True
)
@click.option(
    "--service-key",
    envvar="SUPABASE_SERVICE_ROLE_KEY",
    default="",
    help="For --bucket.",
    show_envvar=True,
)
@click.option("--bucket", "buckets", multiple=True, metavar="STORAGE=R2", help="Files to move.")
@click.option(
    "--s3-endpoint",
    "s3",
    envvar="AWS_ENDPOINT_URL_S3",
    default="",
    help="R2's S3 API.",
    show_envvar=True,
)
@click.option(
    "--vectors",
    multiple=True,
    metavar="TABLE.COLUMN=INDEX;id=…;namespace=…;metadata=…",
    help="A pgvector column to move, as 'chunks.embedding=docs;id=chunk:{id}'.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be done, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def supabase_to_d1(plan_only: bool, as_json: bool, **given: Any) -> None:
    """Move PostgreSQL's tables to D1, Storage's files to R2, pgvector's columns to Vectorize.

    Only what differs is written: a run that was killed is gone on with by running it again, and
    one more run changes nothing. Ends with 1 when both sides are not alike.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError:
        text = "this needs psycopg: pip install 'cloudflare-twin[supabase]'"
        raise click.ClickException(text) from None
    from emulator.migrating.http_client import Refusal, Unreachable
    from emulator.migrating.run import Faulty, Migration
    from emulator.migrating.source_client import SourceFailed
    from emulator.migrating.vectors import SpecError

    try:
        job = job_of(given)
        with Migration(job, bar if sys.stderr.isatty() else line) as migration:
            alike = show_plan(migration, as_json) if plan_only else show_run(migration, as_json)
    except (SourceFailed, Refusal, Unreachable, SpecError, Faulty, ValueError) as error:
        raise click.ClickException(masked(str(error), given)) from None
    if not alike:
        raise SystemExit(1)


def job_of(given: dict[str, Any]) -> "Job":
    """The command line's words as a job. Raises `SpecError`, `ValueError`."""
    from emulator.migrating.plan import Options
    from emulator.migrating.run import Cloudflare, Job, pairs
    from emulator.migrating.vectors import spec_of

    if given["buckets"] and not (given["supabase_url"] and given["service_key"]):
        raise ValueError("--bucket needs --supabase-url and --service-key")
    vectors = tuple(map(spec_of, given["vectors"]))
    options = Options(
        frozenset(given["include"]),
        frozenset(given["exclude"]),
        frozenset(given["skipped"]),
        frozenset(spec.source for spec in vectors),
        given["numeric"],
    )
    s3 = given["s3"]
    if not s3 and given["api"] == CLOUDFLARE:
        s3 = f"https://{given['account_id']}.r2.cloudflarestorage.com"
    target = Cloudflare(
        given["api"].rstrip("/"), given["account_id"], given["token"], s3.rstrip("/")
    )
    return Job(
        given["dsn"],
        given["schema"],
        given["database"],
        target,
        options,
        given["supabase_url"],
        given["service_key"],
        pairs(given["buckets"]),
        vectors,
    )


def show_plan(migration: "Migration", as_json: bool) -> bool:
    """Whether the plan has no faults."""
    import orjson

    plan = migration.plan
    if as_json:
        click.echo(orjson.dumps(plan.to_json()).decode())
    else:
        click.echo("\n".join(plan.lines()))
    return not plan.faults


def show_run(migration: "Migration", as_json: bool) -> bool:
    """Whether both sides are alike now."""
    import orjson

    report = migration.run()
    if as_json:
        click.echo(orjson.dumps(report.to_json()).decode())
    else:
        click.echo("\n".join(report.lines()))
    return report.alike


def masked(text: str, given: dict[str, Any]) -> str:
    """A message without the secrets that were given, should one be in it."""
    secrets = [given["token"], given["service_key"], given["dsn"], password_of(given["dsn"])]
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text


def password_of(dsn: str) -> str:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        return str(conninfo_to_dict(dsn).get("password") or "")
    except ProgrammingError:
        return ""


def bar(what: str, done: int, total: int) -> None:
    """Progress where somebody looks on: one line that is written over until it is full."""
    if not total:
        click.echo(f"\r{what} {done:,}", err=True, nl=False)
        return
    filled = BAR_WIDTH * min(done, total) // total
    drawn = "#" * filled + "-" * (BAR_WIDTH - filled)
    click.echo(f"\r{what} [{drawn}] {done:,} of {total:,}", err=True, nl=done >= total)


def line(what: str, done: int, total: int) -> None:
    """Progress in a log: a line when a thing is done, and now and then on the way."""
    if (total and done >= total) or (done and done % LINES_EVERY == 0):
        click.echo(f"{what} {done:,}", err=True)
