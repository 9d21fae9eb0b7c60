"""`/_twin/guard`: the tenancy audit, what it has found and what becomes of that."""

from fastapi import FastAPI
from pydantic import BaseModel

from emulator.guard.modes import Mode
from emulator.twin import Twin


class Turn(BaseModel):
    mode: Mode


def add_guard(app: FastAPI, twin: Twin) -> None:
    watch = twin.watch

    @app.get("/_twin/guard")
    async def findings(account_id: str | None = None) -> dict[str, object]:
        """What the audit has found, the worst first, and its mode."""
        found = [one.json() for one in watch.findings.all(account_id)]
        return {"mode": watch.mode, "findings": found, "dropped": watch.findings.dropped}

    @app.put("/_twin/guard")
    async def turn(body: Turn) -> dict[str, object]:
        """off, observe, warn (answers say what was found in them), enforce (it is refused)."""
        watch.turn(body.mode)
        return {"mode": watch.mode}

    @app.delete("/_twin/guard")
    async def forget(account_id: str | None = None) -> dict[str, object]:
        """Forget what was found, of one account or of all."""
        watch.findings.clear(account_id)
        return {"mode": watch.mode}
