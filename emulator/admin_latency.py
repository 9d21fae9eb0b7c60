"""`/_twin/latency`: the latency profile. `/_twin/timings`: how long the twin takes, and queues."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, model_validator

from emulator.core.errors import InvalidBody
from emulator.latency.delays import Delays
from emulator.latency.profile import Profile, is_file, load, names, parse
from emulator.twin import Twin

Json = dict[str, Any]


class Turn(BaseModel):
    """A profile by its name, or the text of one."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None = None
    text: str | None = None
    seed: int | None = None

    @model_validator(mode="after")
    def check(self) -> "Turn":
        if (self.profile is None) == (self.text is None):
            raise ValueError("a profile's name, or its text")
        return self


def add_latency(app: FastAPI, twin: Twin) -> None:
    latency = twin.latency

    @app.get("/_twin/latency")
    async def profile() -> Json:
        """Which latency profile runs, its figures with their sources, and which there are."""
        return {"profile": described(latency.delays), "profiles": names()}

    @app.put("/_twin/latency")
    async def turn(body: Turn) -> Json:
        """Add a profile's latency from now on: one of the twin's by name, or a file's text."""
        latency.turn(wanted(body), body.seed)
        return {"profile": described(latency.delays)}

    @app.delete("/_twin/latency")
    async def off() -> Json:
        """Add none any more."""
        latency.off()
        return {"profile": None}

    add_timings(app, twin)


def add_timings(app: FastAPI, twin: Twin) -> None:
    latency = twin.latency

    @app.get("/_twin/timings")
    async def timings() -> Json:
        """A histogram per door and operation since the beginning, what a profile added, queues."""
        kept = latency.timings
        return {
            "since": kept.started if kept else None,
            "operations": kept.json() if kept else [],
            "queues": queues_of(twin),
            "profile": head_of(latency.delays),
        }

    @app.get("/_twin/timings/queues")
    async def queues() -> Json:
        """How many wait now, for each database and pool: little enough to ask each second."""
        return {"queues": queues_of(twin)}

    @app.put("/_twin/timings")
    async def measure() -> Json:
        """Keep times from now on; those from before are forgotten."""
        latency.measure()
        return {"since": latency.timings.started if latency.timings else None}

    @app.delete("/_twin/timings")
    async def ignore() -> Json:
        """Keep none any more."""
        latency.ignore()
        return {"since": None}


def wanted(body: Turn) -> Profile:
    try:
        if body.text is not None:
            return parse(body.text)
        if is_file(body.profile or ""):
            raise ValueError("a file's profile is put as its text")
        return load(body.profile or "")
    except ValueError as error:
        raise InvalidBody(reason=str(error)) from None


def head_of(delays: Delays | None) -> Json | None:
    """What a report says of the profile: unlike digests or seeds are unlike runs."""
    if delays is None:
        return None
    profile = delays.profile
    return {**profile.profile.model_dump(), "digest": profile.digest, "seed": delays.seed}


def described(delays: Delays | None) -> Json | None:
    if delays is None:
        return None
    told = delays.profile.model_dump(exclude={"profile", "text"}, exclude_none=True)
    return {**told, **(head_of(delays) or {}), "guesses": delays.profile.guesses}


def queues_of(twin: Twin) -> list[Json]:
    """Those of the profile, and those of the twin's own engines."""
    delays = twin.latency.delays
    own = [
        {"queue": "engine", "account_id": account_id, "resource": database_id, "length": length}
        for account_id, database_id, length in twin.waiting()
    ]
    return [*(delays.queues() if delays else ()), *own]
