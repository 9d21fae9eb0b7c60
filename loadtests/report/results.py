"""The figures of one run, as its JSON holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import PlainSerializer, PlainValidator, TypeAdapter, ValidationError

from emulator.core.histogram import Histogram
from loadtests.report.sides import SIDES

FORMAT = 1


class ResultsError(Exception):
    """The text names the file."""


def as_histogram(told: object) -> Histogram:
    if isinstance(told, Histogram):
        return told
    if isinstance(told, Mapping):
        return Histogram.of(told)
    raise ValueError("this is no histogram")


Times = Annotated[Histogram, PlainValidator(as_histogram), PlainSerializer(Histogram.json)]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the figures depend on besides the code. `data`: the seed of the application's data,
    `pacing`: how users wait, `processes`: of Locust that made load.
    """

    machine: str
    cpus: int
    versions: Mapping[str, str]
    seed: int
    commit: str = ""
    memory_mb: int = 0
    data: str = ""
    pacing: str = ""
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """A latency profile. `digest` is of its file: one name may stand for two. `guesses`: how many
    of its figures have no source.
    """

    name: str
    digest: str = ""
    note: str = ""
    seed: int | None = None
    guesses: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One operation of one side in one round of `seconds`; warm-up rounds are left out.

    `histogram` has the answers that were right; `errors` counts the others by their text. `start`
    counts how often all was started anew, and has `round`s of its own.
    """

    round: int
    side: str
    operation: str
    histogram: Times
    seconds: float
    errors: Mapping[str, int] = field(default_factory=dict)
    bytes: int = 0
    start: int = 1

    @property
    def when(self) -> tuple[int, int]:
        return self.start, self.round

    @property
    def failed(self) -> int:
        return sum(self.errors.values())

    @property
    def requests(self) -> int:
        return self.histogram.count + self.failed


@dataclass(frozen=True, slots=True)
class Moment:
    """One second. `queue`: how many waited in the twin for a database, where it was asked."""

    second: int
    side: str
    requests: int
    errors: int = 0
    users: int = 0
    queue: int | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The server's own time of an operation, and what a latency profile added to it: `waited` in a
    queue, `network` and `service`.

    `operation` is the client's name of it where both count the same requests, or the server's.
    What came in by the door `binding` is part of an operation of the door `edge`.
    """

    side: str
    operation: str
    histogram: Times
    waited: Times | None = None
    network: Times | None = None
    service: Times | None = None
    door: str = "rest"


@dataclass(frozen=True, slots=True)
class Busy:
    """How much of one core a process used while a side ran. `process`: client, twin, worker, …;
    `most`: what it can use at all, which is 1 for a process that has one thread.
    """

    side: str
    process: str
    cores: float
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Memory:
    """`process` as `Busy` has it."""

    second: int
    process: str
    megabytes: float


@dataclass(frozen=True, slots=True)
class Cache:
    name: str
    hits: int
    misses: int

    @property
    def rate(self) -> float:
        return self.hits / max(1, self.hits + self.misses)


@dataclass(frozen=True, slots=True)
class Writes:
    """What was acknowledged, and what was there afterwards."""

    what: str
    acknowledged: int
    stored: int

    @property
    def lost(self) -> int:
        return self.acknowledged - self.stored


@dataclass(frozen=True, slots=True)
class Run:
    """`started_at` in ISO 8601; `users` of each side; `notes`: what the sides lack, what was not
    measured and why; `bill`: as `cftwin cost --json` tells it.
    """

    started_at: str
    seconds: float
    users: int
    target: Literal["twin", "real"]
    environment: Environment
    profile: Profile | None = None
    kind: str = "load"
    cells: tuple[Cell, ...] = ()
    moments: tuple[Moment, ...] = ()
    served: tuple[Served, ...] = ()
    busy: tuple[Busy, ...] = ()
    memory: tuple[Memory, ...] = ()
    caches: tuple[Cache, ...] = ()
    writes: tuple[Writes, ...] = ()
    notes: tuple[str, ...] = ()
    bill: Mapping[str, Any] | None = None
    format: int = FORMAT

    @property
    def sides(self) -> tuple[str, ...]:
        """In the order of `SIDES`, and then others."""
        found = dict.fromkeys(one.side for one in self.cells)
        return (
            *(one for one in SIDES if one in found),
            *(one for one in found if one not in SIDES),
        )

    @property
    def rounds(self) -> int:
        """Of all starts together."""
        return len({one.when for one in self.cells})

    @property
    def starts(self) -> int:
        return len({one.start for one in self.cells})


RUN = TypeAdapter(Run)


def load(path: Path) -> Run:
    """Raises `ResultsError`."""
    try:
        run = RUN.validate_json(path.read_bytes())
    except OSError as error:
        raise ResultsError(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ResultsError(f"{path}: {where}: {first['msg']}") from None
    if run.format != FORMAT:
        raise ResultsError(f"{path}: format {run.format}; this version reads {FORMAT}")
    return run


def save(run: Run, path: Path, told: Mapping[str, Any] | None = None) -> None:
    """`told` is what was made of it, for machines; `load` does not need it."""
    whole = RUN.dump_python(run, mode="json") | ({"told": dict(told)} if told else {})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(whole, option=orjson.OPT_APPEND_NEWLINE))
