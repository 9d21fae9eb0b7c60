"""Reads the meter of a running twin, and makes a month of it."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from emulator.meter.bill import MONTH_SECONDS, Bill, bill_of, month_of
from emulator.meter.prices import load
from emulator.ready import FILE_NAME, Ready

API = "/client/v4"
TIMEOUT_SECONDS = 60

Told = Mapping[str, Any]


class Unreadable(Exception):
    """No twin answers, or it has not counted that."""


def counted(control: str | None, state: Path, run: str | None, account: str | None) -> Told:
    """What the twin has counted. Raises `Unreadable`."""
    url = control or control_of(state)
    path = "/_twin/meter" if run is None else f"/_twin/meter/runs/{quote(run)}"
    query = {} if account is None else {"account_id": account}
    try:
        reply = httpx.get(
            url.rstrip("/") + path, params=query, timeout=TIMEOUT_SECONDS, trust_env=False
        )
    except httpx.HTTPError as error:
        raise Unreadable(f"no twin answers at {url}: {error}") from None
    if reply.is_error:
        raise Unreadable(f"the twin says {reply.status_code}: {reply.text}")
    told: Told = reply.json()
    return told


def control_of(state: Path) -> str:
    """Where the twin that runs on the directory is reached. Raises `Unreadable`."""
    path = state / FILE_NAME
    if not path.is_file():
        raise Unreadable(f"no twin runs on {state}; name one with --control")
    return Ready.from_json(path.read_bytes()).api.removesuffix(API)


def factor_of(told: Told, scale: float | None) -> Decimal:
    """How often what was counted fits into a month. Raises `Unreadable` for no time at all."""
    if scale is not None:
        return Decimal(str(scale))
    if told["seconds"] <= 0:
        raise Unreadable("nothing was counted yet; --scale says how often it fits into a month")
    return MONTH_SECONDS / Decimal(str(told["seconds"]))


def monthly(told: Told, factor: Decimal) -> Bill:
    return bill_of(month_of(told["units"], told["stored"], factor), load())
