"""What the load would be billed: the twin's meter counts the run apart."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 30.0
NAME = "load"
# Dollars a month.
BUDGET = Decimal(15)


@contextmanager
def metered(control: str) -> Iterator[Callable[[], Mapping[str, Any] | None]]:
    """The bill can be asked for afterwards; there is none without a control plane."""
    if not control:
        yield lambda: None
        return
    with httpx.Client(base_url=control, timeout=PATIENCE, trust_env=False) as client:
        client.post("/_twin/meter/runs", json={"name": NAME}).raise_for_status()
        try:
            yield lambda: bill(control)
        finally:
            client.put(f"/_twin/meter/runs/{NAME}")


def bill(control: str) -> Mapping[str, Any]:
    """As `cftwin cost --json` tells it: a month that goes on like the run."""
    from emulator.meter.reading import counted, factor_of, monthly
    from emulator.meter.shown import bill_json

    told = counted(control, Path(), NAME, None)
    factor = factor_of(told, None)
    made = monthly(told, factor)
    above: dict[str, Any] = {"budget": str(BUDGET), "above_budget": made.dollars > BUDGET}
    return {"seconds": told["seconds"], "scale": str(factor), **bill_json(made), **above}
