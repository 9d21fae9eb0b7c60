"""`/_twin/cron`: when which schedule runs next, and a run at once. `/_twin/logs`: what was said."""

from dataclasses import asdict
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

from emulator.console_log import ConsoleLog
from emulator.core.clock import iso
from emulator.core.errors import InvalidBody, NotPermitted
from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.hosting.scheduler import Scheduler
from emulator.twin import Twin

# The end of the year 9999.
MAX_TIME = 253_402_300_799


class Run(BaseModel):
    """Without `cron` the script's first schedule, without `time` (epoch seconds) now."""

    script: str = Field(min_length=1, max_length=255)
    account_id: str | None = None
    cron: str | None = Field(default=None, max_length=256)
    time: float | None = Field(default=None, ge=0, le=MAX_TIME, allow_inf_nan=False)


def add_cron(app: FastAPI, twin: Twin, scheduler: Scheduler) -> None:
    @app.get("/_twin/cron")
    async def timetables(account_id: str | None = None) -> dict[str, object]:
        """Every schedule, and when it runs next by the twin's clock."""
        found = [
            asdict(one) | {"next_iso": None if one.next_at is None else iso(one.next_at)}
            for one in scheduler.timetables(account_id)
        ]
        return {"now": twin.clock.now(), "schedules": found}

    @app.post("/_twin/cron")
    async def run(body: Run) -> dict[str, object]:
        """Run a script's cron handler now: `outcome` is `ok` or what went wrong."""
        account_id = body.account_id or DEFAULT_ACCOUNT_ID
        if all(record.id != account_id for record in twin.directory.accounts()):
            raise NotPermitted()
        workers = twin.account(account_id).workers
        workers.get_script(body.script)
        schedules = workers.triggers.schedules(body.script)
        if body.cron is None and not schedules:
            raise InvalidBody(reason=f"{body.script} has no schedule: say which cron to run")
        cron = schedules[0][1].cron if body.cron is None else body.cron
        at = twin.clock.now() if body.time is None else body.time
        ran = await scheduler.run(account_id, body.script, cron, at)
        return {"script": body.script, "cron": cron, "time": at, **ran}


def add_logs(app: FastAPI, log: ConsoleLog) -> None:
    @app.get("/_twin/logs")
    async def logs(
        account_id: str | None = None,
        script: str | None = None,
        level: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 100,
    ) -> dict[str, object]:
        """The newest lines that Workers have logged, the oldest of them first."""
        found = log.recent(limit, account_id=account_id, script=script, level=level)
        return {"lines": [asdict(line) for line in found]}
