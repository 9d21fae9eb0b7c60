"""The deployment that the settings name: asked once what it is, then a target like any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from e2e.real.guard import Guard
from e2e.real.ledger import Run
from e2e.real.newcomers import Account, accounts_in
from e2e.real.pacing import MAX_PER_MINUTE
from e2e.settings import Settings
from e2e.target import SECONDS, Loopback, Target

PATIENCE_SECONDS = 90.0
NEEDED = {
    "api": "E2E_API",
    "supabase_url": "E2E_SUPABASE_URL",
    "anon_key": "E2E_SUPABASE_ANON_KEY",
}


class Unusable(Exception):
    """The settings do not name a deployment to run against; the text says why."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a deployment says of itself; `now` by its own clock."""

    environment: str
    now: str


def health_of(api: str) -> Health:
    """Raises `Unusable`."""
    try:
        with httpx.Client(timeout=SECONDS, transport=Loopback()) as client:
            told: Mapping[str, Any] = client.get(f"{api}/health").raise_for_status().json()
        return Health(str(told["environment"]), str(told["timestamp"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{api}/health does not answer as JobMatch does: {error!r}") from None


def checked(settings: Settings) -> None:
    """Raises `Unusable`."""
    missing = [variable for name, variable in NEEDED.items() if not getattr(settings, name)]
    if missing:
        raise Unusable(f"--target real needs {', '.join(missing)}")
    if not 1 <= settings.pace <= MAX_PER_MINUTE:
        raise Unusable(f"--pace {settings.pace}: from 1 to {MAX_PER_MINUTE} requests a minute")
    if settings.budget < 1:
        raise Unusable(f"--budget {settings.budget}: at least one request")
    accounts_of(settings)


def accounts_of(settings: Settings) -> tuple[Account, ...]:
    """Raises `Unusable`."""
    try:
        return accounts_in(settings.accounts)
    except ValueError as error:
        raise Unusable(str(error)) from None


def api_of(settings: Settings) -> str:
    return str(settings.api).rstrip("/")


def run_of(settings: Settings, health: Health) -> Run:
    return Run(
        api=api_of(settings),
        supabase=str(settings.supabase_url).rstrip("/"),
        environment=health.environment,
        worker=settings.worker or "",
        started=health.now,
    )


def target_at(run: Run, settings: Settings, guard: Guard) -> Target:
    """Where the run is, with the keys that the settings have."""
    return Target(
        kind="real",
        environment=run.environment,
        api=run.api,
        site=settings.site and settings.site.rstrip("/"),
        supabase=run.supabase,
        anon_key=settings.anon_key,
        worker=run.worker,
        service_key=settings.service_key,
        cloudflare_api=settings.cloudflare_api,
        account_id=settings.account_id,
        api_token=settings.api_token,
        patience=PATIENCE_SECONDS,
        guard=guard,
    )
