"""What a run has made, in a file: cleaning up needs nothing else, also after a crash."""

from dataclasses import dataclass, field
from pathlib import Path

import orjson


@dataclass(slots=True)
class Ledger:
    """One line of JSON says the run; each further one a person."""

    path: Path
    run: str
    people: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.people:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(orjson.dumps({"run": self.run}) + b"\n")

    def person(self, id: str) -> None:
        self.people.append(id)
        with self.path.open("ab") as file:
            file.write(orjson.dumps({"person": id}) + b"\n")

    @property
    def prefix(self) -> str:
        """Of keys in KV and R2."""
        return prefix_of(self.run)

    @property
    def bucket(self) -> str:
        """Supabase Storage's."""
        return bucket_of(self.run)


def prefix_of(run: str) -> str:
    return f"load/{run}/"


def bucket_of(run: str) -> str:
    return f"load-{run}"


def read(path: Path) -> Ledger:
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line]
    run = next(line["run"] for line in lines if "run" in line)
    ledger = Ledger.__new__(Ledger)
    ledger.path, ledger.run = path, run
    ledger.people = [line["person"] for line in lines if "person" in line]
    return ledger
