"""Every option of the suites, in one table: on the command line, or by its variable.

What is secret has a variable and no option, so that it is in no shell's history.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "fixtures" / "jobmatch"
REPORTS = ROOT / "build" / "e2e"
KINDS = ("own", "twin", "real")
ENVIRONMENTS = ("development", "staging", "production")


@dataclass(frozen=True, slots=True)
class Setting:
    """`metavar` is None for a switch; an empty `variable`: only by option, and the other way."""

    name: str
    metavar: str | None
    default: Any
    help: str
    variable: str = ""
    secret: bool = False
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] | None = None

    @property
    def option(self) -> str:
        return "" if self.secret else f"--{self.name.replace('_', '-')}"

    @property
    def destination(self) -> str:
        """Its name among all of pytest's options."""
        return f"e2e_{self.name}"


SETTINGS = (
    Setting(
        "target",
        "KIND",
        "own",
        "own: start a twin; twin: a running one; real",
        "E2E_TARGET",
        choices=KINDS,
    ),
    Setting(
        "environment",
        "NAME",
        "development",
        "development, staging or production",
        "E2E_ENVIRONMENT",
        choices=ENVIRONMENTS,
    ),
    Setting("config", "FILE", PROJECT / "wrangler.toml", "own: the project to start", read=Path),
    Setting("state", "DIR", PROJECT / ".twin", "twin: its state directory", "E2E_STATE", read=Path),
    Setting("api", "URL", None, "The Worker's address", "E2E_API"),
    Setting("site", "URL", None, "The site's address", "E2E_SITE"),
    Setting("areas", "NAMES", None, "Areas that must be there (`all`); others are skipped"),
    Setting("worker", "NAME", None, "real: the script's name at Cloudflare", "E2E_WORKER"),
    Setting("supabase_url", "URL", None, "Supabase's address", "E2E_SUPABASE_URL"),
    Setting("anon_key", None, None, "Supabase's public key", "E2E_SUPABASE_ANON_KEY", secret=True),
    Setting(
        "service_key",
        None,
        None,
        "Supabase's service key: makes and deletes users",
        "E2E_SUPABASE_SERVICE_KEY",
        secret=True,
    ),
    Setting(
        "accounts",
        None,
        None,
        "real: users that exist, `email:password,…`",
        "E2E_ACCOUNTS",
        secret=True,
    ),
    Setting(
        "cloudflare_api",
        "URL",
        "https://api.cloudflare.com/client/v4",
        "Cloudflare's API",
        "CLOUDFLARE_API_BASE_URL",
    ),
    Setting("account_id", "ID", "", "Cloudflare's account", "CLOUDFLARE_ACCOUNT_ID"),
    Setting(
        "api_token",
        None,
        "",
        "Cloudflare's token, for what has no route of its own",
        "CLOUDFLARE_API_TOKEN",
        secret=True,
    ),
    Setting(
        "pace",
        "N",
        90,
        "real: requests a minute at most; the API allows an address 100",
        "E2E_PACE",
        read=int,
    ),
    Setting("budget", "N", 2000, "real: requests of the run at most", "E2E_BUDGET", read=int),
    Setting(
        "ledger", "FILE", None, "real: where what is created is noted", "E2E_LEDGER", read=Path
    ),
    Setting("dry_run", None, False, "real: say what would be touched; only asks for /health"),
    Setting("yes_production", None, False, "real: run although it looks like production"),
    Setting("report", "FILE", REPORTS / "report.html", "The report; as JSON beside it", read=Path),
    Setting("record", "FILE", None, "Write what every API case was answered, masked", read=Path),
    Setting("compare", "FILE", None, "Compare with a target's recorded answers", read=Path),
    Setting(
        "parity_report",
        "FILE",
        REPORTS / "parity.html",
        "compare: the table; as JSON beside it",
        read=Path,
    ),
    Setting("parity_fail", None, False, "compare: a difference fails the run"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for. Members are named as in the table."""

    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("e2e", "end-to-end suites")
    for setting in SETTINGS:
        if setting.secret:
            continue
        told = f"{setting.help}{f' [{setting.variable}]' if setting.variable else ''}"
        if setting.metavar is None:
            group.addoption(
                setting.option,
                dest=setting.destination,
                action="store_true",
                default=None,
                help=told,
            )
        else:
            group.addoption(
                setting.option,
                dest=setting.destination,
                metavar=setting.metavar,
                choices=setting.choices,
                help=told,
            )


def settings_of(config: pytest.Config) -> Settings:
    return settings_from(config.option, os.environ)


def settings_from(options: Namespace, environment: Mapping[str, str]) -> Settings:
    """Options win over variables, variables over defaults."""
    return Settings(dict(chosen(options, environment)))


def chosen(options: Namespace, environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for setting in SETTINGS:
        given = getattr(options, setting.destination, None)
        if given is None and setting.variable:
            given = environment.get(setting.variable) or None
        if isinstance(given, str):
            given = value_of(setting, given)
        yield setting.name, setting.default if given is None else given


def value_of(setting: Setting, text: str) -> Any:
    name = setting.option or setting.variable
    if setting.choices and text not in setting.choices:
        raise pytest.UsageError(f"{name}: {text!r} is none of {', '.join(setting.choices)}")
    try:
        return setting.read(text)
    except ValueError:
        raise pytest.UsageError(f"{name}: {text!r} is not a number") from None


def table() -> str:
    """For the README."""
    lines = ["| option | variable | default | |", "|---|---|---|---|"]
    for one in SETTINGS:
        option = f"`{one.option}{f' {one.metavar}' if one.metavar else ''}`" if one.option else ""
        variable = f"`{one.variable}`" if one.variable else ""
        lines.append(f"| {option} | {variable} | {shown(one.default)} | {one.help} |")
    return "\n".join(lines)


def shown(default: Any) -> str:
    if default is None or default is False or default == "":
        return ""
    return f"`{default.relative_to(ROOT) if isinstance(default, Path) else default}`"
