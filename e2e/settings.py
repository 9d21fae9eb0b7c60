"""Every option of the suites, in one table: on the command line, or by its variable.

What is secret has a variable and no option, so that it is in no shell's history.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[1] / "fixtures" / "jobmatch"
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
    Setting("state", "DIR", PROJECT / ".twin", "twin: its state directory", read=Path),
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
            group.addoption(setting.option, action="store_true", default=None, help=told)
        else:
            group.addoption(
                setting.option, metavar=setting.metavar, choices=setting.choices, help=told
            )


def settings_of(config: pytest.Config, environment: Mapping[str, str] = os.environ) -> Settings:
    """Options win over variables, variables over defaults."""
    return Settings(dict(chosen(config, environment)))


def chosen(config: pytest.Config, environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for setting in SETTINGS:
        given = None if setting.secret else config.getoption(setting.option)
        if given is None and setting.variable:
            given = environment.get(setting.variable) or None
        if isinstance(given, str):
            given = setting.read(given)
            if setting.choices and given not in setting.choices:
                wanted = ", ".join(setting.choices)
                raise pytest.UsageError(f"{setting.variable}={given}: one of {wanted}")
        yield setting.name, setting.default if given is None else given
