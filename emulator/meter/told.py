"""The meter as JSON: what `/_twin/meter` answers, and `cftwin cost` reads."""

from collections.abc import Mapping
from typing import Any

from emulator.meter.ledger import Key, Ledger, Used, total_of
from emulator.meter.meter import Meter
from emulator.meter.runs import Run

Json = dict[str, Any]
Stored = Mapping[str, float]

MAX_TOLD = 100


def meter_json(meter: Meter, stored: Stored, account_id: str | None) -> Json:
    meter.look()
    used = of_account(meter.callers, account_id)
    return {
        "since": meter.since,
        "seconds": meter.seconds(None),
        "units": total_of(used),
        "stored": stored,
        "used": [caller_json(one) for one in used],
    }


def run_json(meter: Meter, run: Run, stored: Stored, account_id: str | None) -> Json:
    """Of requests, users and statements those that took the most."""
    if run.stopped_at is None:
        meter.look()
    used = of_account(run.callers, account_id)
    return {
        **head_json(meter, run),
        "units": total_of(used),
        "stored": stored,
        "used": [caller_json(one) for one in used],
        "requests": most("request", run.requests),
        "users": most("user", run.users),
        "statements": most("sql", run.statements),
    }


def head_json(meter: Meter, run: Run) -> Json:
    return {
        "name": run.name,
        "account_id": run.account_id,
        "traced": run.traced,
        "started_at": run.started_at,
        "stopped_at": run.stopped_at,
        "seconds": meter.seconds(run),
    }


def of_account(callers: Ledger[Key], account_id: str | None) -> list[Used[Key]]:
    return [one for one in callers.used() if account_id in (None, one.key.account_id)]


def caller_json(used: Used[Key]) -> Json:
    return {
        "product": used.key.product,
        **used.key._asdict(),
        "calls": used.calls,
        "units": used.units,
    }


def most(name: str, ledger: Ledger[str]) -> list[Json]:
    def weight(one: Used[str]) -> tuple[float, int]:
        return sum(one.units.values()), one.calls

    found = sorted(ledger.used(), key=weight, reverse=True)[:MAX_TOLD]
    return [{name: one.key, "calls": one.calls, "units": one.units} for one in found]
