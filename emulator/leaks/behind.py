"""What a twin's stores tell of a finding: statements, mails, calls. Without a twin, nothing."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx

from emulator.leaks.observations import Observation

MOST = 5
SECONDS = 5.0
Json = dict[str, Any]


class Behind:
    """`control` is where a twin's `/_twin/` is; empty where there is none."""

    def __init__(self, control: str) -> None:
        self._control = control.rstrip("/")

    def told(self, found: Sequence[Observation]) -> tuple[Observation, ...]:
        if not self._control:
            return tuple(found)
        with httpx.Client(base_url=self._control, timeout=SECONDS, trust_env=False) as client:
            events = self._ask(client, "/_twin/events?limit=100000").get("events", [])
            guarded = self._ask(client, "/_twin/guard").get("findings", [])
            return tuple(self._with(client, one, events, guarded) for one in found)

    def _with(
        self, client: httpx.Client, one: Observation, events: Sequence[Json], guarded: Any
    ) -> Observation:
        lines = [*self._outside(client, one.marker), *operations(one, events)]
        lines += statements(one, guarded if isinstance(guarded, list) else [])
        return replace(one, behind=tuple(lines)) if lines else one

    def _outside(self, client: httpx.Client, marker: str) -> list[str]:
        """Calls and mails that the marker has left by."""
        if not marker:
            return []
        asked = urlencode({"text": marker, "limit": MOST})
        calls = self._ask(client, f"/_twin/outbox?{asked}").get("calls", [])
        return [f"outbox: {one.get('method')} {one.get('url')}" for one in calls]

    def _ask(self, client: httpx.Client, path: str) -> Json:
        with suppress(httpx.HTTPError, json.JSONDecodeError):
            answer = client.get(path)
            found = answer.json() if answer.is_success else {}
            return found if isinstance(found, dict) else {}
        return {}


def operations(one: Observation, events: Sequence[Json]) -> list[str]:
    """What the request did in the stores, by the ray of its answer."""
    headers = dict(one.answer.headers) if one.answer else {}
    ray = headers.get("cf-ray", "").partition("-")[0]
    if not ray:
        return []
    found = [event for event in events if str(event.get("ray", "")).startswith(ray)]
    return [
        f"{event.get('operation')} {event.get('path')} {event.get('detail') or ''}".strip()
        for event in found[:MOST]
    ]


def statements(one: Observation, guarded: Sequence[Json]) -> list[str]:
    """What the tenancy audit has against requests of the same route."""
    method, _, path = one.route.partition(" ")
    pattern = re.compile(re.sub(r":\w+", "[^/]+", path))
    found = [
        f"{finding.get('rule')}: {finding.get('statement')}"
        for finding in guarded
        for asked in finding.get("requests", ())
        if asked.get("method") == method
        and pattern.fullmatch(str(asked.get("path")).partition("?")[0])
    ]
    return list(dict.fromkeys(found))[:MOST]
