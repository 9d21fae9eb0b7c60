"""What a test may use of what Cloudflare bills: a run of the meter's, and its limits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from emulator.meter.prices import load

MAX_SHOWN = 3
RUNS = "/_twin/meter/runs"


def unknown_in(limits: Mapping[str, float]) -> str:
    """What is wrong with a limit's name; nothing if all are good."""
    known = [unit for unit, price in load().units.items() if not price.stored]
    wrong = next((unit for unit in limits if unit not in known), None)
    return f"nothing is billed by {wrong!r}; there are {', '.join(known)}" if wrong else ""


class Budget:
    """`limits` by unit, as the prices name them."""

    def __init__(
        self,
        control: httpx.Client,
        name: str,
        limits: Mapping[str, float],
        account_id: str | None = None,
    ) -> None:
        self._control = control
        self._name = name
        self._limits = limits
        self._account_id = account_id
        self._told: Mapping[str, Any] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        path = f"{RUNS}/{quote(self._name)}"
        body = {"name": self._name, "account_id": self._account_id, "traced": True}
        self._control.post(RUNS, json=body).raise_for_status()
        try:
            yield
            self._told = self._control.get(path).raise_for_status().json()
        finally:
            self._control.delete(path).raise_for_status()

    def exceeded(self) -> str:
        """What was used beyond the limits, and by which statements; nothing if they hold."""
        units = self._told["units"]
        lines = [
            f"budget exceeded: {unit} is {units[unit]:,.0f}, more than {limit:,}"
            for unit, limit in self._limits.items()
            if units.get(unit, 0) > limit
        ]
        for unit in self._limits:
            if lines and unit in ("rows_read", "rows_written"):
                lines += self._statements(unit)
        return "\n".join(lines)

    def _statements(self, unit: str) -> list[str]:
        """Those that have most of it."""
        told = self._told["statements"]
        found = sorted(told, key=lambda one: one["units"].get(unit, 0), reverse=True)
        return [
            f"  {one['units'][unit]:,} in {one['calls']} call{'s' if one['calls'] > 1 else ''}"
            f" of {one['sql']}"
            for one in found[:MAX_SHOWN]
            if one["units"].get(unit, 0)
        ]
