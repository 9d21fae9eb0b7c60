"""What a run has created at a deployment, noted line by line as it happens.

The file outlives a process that is killed: each line is one write. It has no secrets, and says
of a fixed account what its profile was.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Where things were created, and since when by the deployment's own clock."""

    api: str
    supabase: str
    environment: str
    worker: str
    started: str

    def as_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Thing:
    """`path`: the route of the application that deletes it; else it has none. `owner`: the id of
    the user it belongs to.

    | kind | id |
    |---|---|
    | row, file | its id or key |
    | vector | its id in Vectorize |
    | posting | its hash in the registry of postings |
    | counter | its key in KV |
    | state | of LinkedIn's dance |
    | session | its id |
    | address | the e-mail address of somebody who is about to sign up |
    | user | their id in Auth; `more` has the address |
    | data | the same id: what is kept of them behind the application |
    | account | of a user who was there before; `more` has address and profile |
    """

    kind: str
    id: str
    owner: str = ""
    path: str = ""
    more: Json = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.id


class Ledger:
    """Many processes may write to the file at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, run: Run) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._write({"run": run.as_json()})

    def note(self, *things: Thing) -> None:
        for thing in things:
            self._write({"thing": asdict(thing)})

    def gone(self, *things: Thing) -> None:
        for thing in things:
            self._write({"gone": thing.key})

    def run(self) -> Run:
        """Raises `ValueError` for a file that is no ledger."""
        for line in self._lines():
            if "run" in line:
                return Run(**line["run"])
        raise ValueError(f"{self.path} is not a ledger of a run")

    def noted(self) -> list[Thing]:
        """Everything that was noted once, in its order."""
        things = (Thing(**line["thing"]) for line in self._lines() if "thing" in line)
        return list({thing.key: thing for thing in things}.values())

    def left(self) -> list[Thing]:
        """What was noted and is not gone."""
        things: dict[tuple[str, str], Thing] = {}
        for line in self._lines():
            if "thing" in line:
                thing = Thing(**line["thing"])
                things.setdefault(thing.key, thing)
            elif "gone" in line:
                things.pop((line["gone"][0], line["gone"][1]), None)
        return list(things.values())

    def _lines(self) -> Iterator[Json]:
        for line in self.path.read_text("utf-8").splitlines():
            # The last one may have been cut short.
            if line.startswith("{") and line.endswith("}"):
                yield json.loads(line)

    def _write(self, line: Mapping[str, Any]) -> None:
        """One write at the end of the file: lines of others are before it or after it."""
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)
