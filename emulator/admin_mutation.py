"""`/_twin/guard/mutation`: take filters away, one at a time, to see what notices."""

from typing import TYPE_CHECKING

from fastapi import FastAPI
from pydantic import BaseModel

from emulator.guard.modes import Mode
from emulator.twin import Twin

if TYPE_CHECKING:
    from emulator.guard.mutating import Mutation


class Taken(BaseModel):
    filters: list[str] = []


class Case(BaseModel):
    name: str
    runs: bool


def add_mutation(app: FastAPI, twin: Twin) -> None:
    watch = twin.watch

    @app.get("/_twin/guard/mutation")
    async def filters() -> dict[str, object]:
        """The owner filters that Workers have used since this began, and which are taken away."""
        mutation = current(twin)
        if mutation is None:
            return {"on": False, "taken": [], "filters": []}
        known = [one.json() for one in mutation.filters.all()]
        return {"on": True, "taken": sorted(mutation.taken), "filters": known}

    @app.put("/_twin/guard/mutation")
    async def take(body: Taken) -> dict[str, object]:
        """Take these filters away and give all others back; none: only look what is used."""
        mutation = current(twin) or begun(twin)
        mutation.take(body.filters)
        return {"taken": sorted(mutation.taken)}

    @app.post("/_twin/guard/mutation/cases")
    async def case(body: Case) -> dict[str, object]:
        """A case of the suite begins or ends: what is used meanwhile may be used by it."""
        mutation = current(twin)
        if mutation is not None:
            mutation.filters.running(body.name, body.runs)
        return {"on": mutation is not None}

    @app.delete("/_twin/guard/mutation")
    async def end() -> dict[str, object]:
        """Give all filters back, and forget them."""
        if watch.guard is not None:
            watch.guard.mutation = None
        return {"on": False}


def current(twin: Twin) -> "Mutation | None":
    return twin.watch.guard.mutation if twin.watch.guard is not None else None


def begun(twin: Twin) -> "Mutation":
    """The guard looks on from now on, if it does not yet."""
    from emulator.guard.mutating import Mutation

    if twin.watch.guard is None:
        twin.watch.turn(Mode.OBSERVE)
    guard = twin.watch.guard
    assert guard is not None
    guard.mutation = Mutation(guard.declared, guard.requests)
    return guard.mutation
