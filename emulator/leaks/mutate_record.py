"""What a mutation run has found so far, in JSON: an interrupted one goes on from there."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """What became of the suite when a filter was gone."""

    UNTRIED = "untried"
    KILLED = "killed"
    SURVIVED = "survived"
    # Nothing notices that it is gone, nor its neighbours: but all of them at once.
    TOGETHER = "together"
    # Taking it away never changed what was asked of the store.
    UNMOVED = "unmoved"


@dataclass(frozen=True, slots=True)
class Trial:
    """A filter as the twin tells of it, and how its trial ended. `by` is what noticed.

    `is_sure`: it ended so with the whole suite, or with one case that failed.
    """

    id: str
    group: str
    script: str
    product: str
    resource: str
    table: str
    statement: str
    predicate: str
    request: str = ""
    count: int = 0
    cases: tuple[str, ...] = ()
    elsewhere: bool = False
    outcome: Outcome = Outcome.UNTRIED
    by: str = ""
    changed: int = 0
    seconds: float = 0.0
    is_sure: bool = False

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Trial":
        known = {one.name for one in fields(cls)}
        named = {name: value for name, value in told.items() if name in known}
        named["outcome"] = Outcome(told.get("outcome", Outcome.UNTRIED))
        return cls(**{**named, "cases": tuple(told.get("cases", ()))})

    def is_wanted(self, only: Sequence[str]) -> bool:
        """By what it is called anywhere: `d1`, a table, a script, part of a statement, its id."""
        said = (self.id, self.script, self.product, self.resource, self.table)
        text = "\n".join((*said, self.statement, self.predicate))
        return not only or any(one in text for one in only)


@dataclass(frozen=True, slots=True)
class Record:
    """`seconds`: what the suite takes with every filter in place."""

    command: tuple[str, ...]
    seconds: float
    trials: tuple[Trial, ...]
    spent: float = 0.0

    def having(self, outcome: Outcome) -> list[Trial]:
        return [one for one in self.trials if one.outcome is outcome]

    def with_trial(self, trial: Trial) -> "Record":
        trials = tuple(trial if one.id == trial.id else one for one in self.trials)
        return replace(self, trials=trials)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}")
        beside.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", "utf-8")
        beside.replace(path)


def read(path: Path) -> Record:
    """Raises ValueError for what is no record."""
    try:
        told = json.loads(path.read_text("utf-8"))
        trials = tuple(map(Trial.of, told["trials"]))
        return Record(tuple(told["command"]), told["seconds"], trials, told["spent"])
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"{path} cannot be resumed: {error}") from None
