"""`/_twin/meter`: what Cloudflare would bill for, since the twin started and in named runs."""

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import AfterValidator, BaseModel, Field

from emulator.admin import storable
from emulator.meter.told import head_json, meter_json, run_json
from emulator.twin import Account, Twin


class Start(BaseModel):
    name: Annotated[str, AfterValidator(storable), Field(min_length=1, max_length=500)]
    account_id: str | None = None
    traced: bool = False


def add_meter(app: FastAPI, twin: Twin) -> None:
    meter = twin.meter

    async def stored(account_id: str | None) -> dict[str, float]:
        total: Counter[str] = Counter()
        for record in twin.directory.accounts():
            if account_id in (None, record.id):
                account = twin.account(record.id)
                total["d1_bytes"] += await d1_bytes(account)
                total.update(await asyncio.to_thread(stored_of, account))
        return dict(total)

    @app.get("/_twin/meter")
    async def read_meter(account_id: str | None = None) -> dict[str, Any]:
        """Billable units by account, product, script and operation, and what is stored."""
        return with_logs(twin, meter_json(meter, await stored(account_id), account_id))

    @app.delete("/_twin/meter")
    async def clear_meter() -> dict[str, float]:
        """Count from nothing again; runs stay."""
        meter.clear()
        return {"since": meter.since}

    @app.get("/_twin/meter/runs")
    async def list_runs() -> dict[str, object]:
        return {"runs": [head_json(meter, run) for run in meter.runs()]}

    @app.post("/_twin/meter/runs")
    async def start_run(body: Start) -> dict[str, Any]:
        """Count apart from now on; if traced, by request, user and statement, too."""
        run = meter.start(body.name, body.account_id, traced=body.traced)
        return head_json(meter, run)

    @app.get("/_twin/meter/runs/{name:path}")
    async def read_run(name: str, account_id: str | None = None) -> dict[str, Any]:
        run = meter.run(name)
        wanted = account_id or run.account_id
        return with_logs(twin, run_json(meter, run, await stored(wanted), wanted))

    @app.put("/_twin/meter/runs/{name:path}")
    async def stop_run(name: str) -> dict[str, Any]:
        """Stop; what was counted is kept until the run is forgotten."""
        return head_json(meter, meter.stop(name))

    @app.delete("/_twin/meter/runs/{name:path}")
    async def forget_run(name: str) -> dict[str, str]:
        meter.drop(name)
        return {"forgotten": name}


async def d1_bytes(account: Account) -> int:
    databases = [account.d1.open(info.id) for info in account.d1.known_databases()]
    return sum([(await database.submit(database.size)).bytes for database in databases])


def stored_of(account: Account) -> dict[str, float]:
    """What else lies in the account now."""
    published, uploading = account.r2.usage()
    files = (*published.values(), *uploading.values())
    indexes = [account.vectorize.index(one.name).info() for one in account.vectorize.indexes()]
    return {
        "kv_bytes": account.kv.stored_bytes(),
        "r2_bytes": sum(one.payload_bytes + one.metadata_bytes for one in files),
        "stored_dimensions": sum(one.vectors * one.dimensions for one in indexes),
    }


def with_logs(twin: Twin, told: dict[str, Any]) -> dict[str, Any]:
    """Log events, of scripts that keep any: one for each request, and each line."""
    events = 0.0
    for one in told["used"]:
        if one["product"] in ("workers", "pages") and one["script"] is not None:
            units = one["units"]
            written = units.get("requests", 0) + units.get("console_lines", 0)
            events += written * sampled(twin, one["account_id"], one["script"])
    if events:
        told["units"]["log_events"] = events
    return told


def sampled(twin: Twin, account_id: str, script: str) -> float:
    """Which part of its requests a script keeps logs of."""
    found = None
    if twin.directory.knows(account_id):
        found = twin.account(account_id).workers.find_script(script)
    kept = (found.observability if found else None) or {}
    if not kept.get("enabled"):
        return 0.0
    rate = kept.get("head_sampling_rate")
    return float(rate) if isinstance(rate, int | float) else 1.0
