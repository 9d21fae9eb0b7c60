"""A latency profile: a TOML file of distributions, each with where its figures are from.

[profile]
name = "europe-to-us"
date = "2026-11-26"
note = "Clients in Europe, databases in the east of North America."
client = "WEUR"
home = "ENAM"

[[network]]                       # a round trip; `*` is any product or region
product = "d1"
door = "binding"                  # rest, binding, replica, edge
client = "WEUR"
home = "ENAM"
p50 = 90.0                        # milliseconds; or `fixed = 90.0`
p95 = 110.0
source = "guess: …"

[[service]]
product = "d1"
operation = "read"
queue = "database"
p50 = 0.5
p95 = 1.0
source = "https://developers.cloudflare.com/d1/platform/limits/"

[queue.database]
servers = 1
source = "https://…"
"""

import tomllib
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emulator.latency.spread import Spread

ANY = "*"
# Of others it is not known what they say when a queue is full.
QUEUEING = ("d1", "supabase")
Door = Literal["rest", "binding", "replica", "edge"]


class Row(BaseModel):
    """One distribution: `fixed`, or a lognormal one by `p50` and `p95`. Milliseconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    product: str
    fixed: float | None = Field(default=None, ge=0)
    p50: float | None = Field(default=None, gt=0)
    p95: float | None = Field(default=None, gt=0)
    source: str = Field(min_length=5)

    @model_validator(mode="after")
    def check(self) -> "Row":
        if (self.fixed is None) == (self.p50 is None) or (self.p50 is None) != (self.p95 is None):
            raise ValueError("a distribution is `fixed`, or `p50` and `p95`")
        if self.p50 is not None and self.p95 is not None and self.p95 < self.p50:
            raise ValueError("p95 is not below p50")
        return self

    @property
    def spread(self) -> Spread:
        if self.p50 is None or self.p95 is None:
            return Spread(self.fixed or 0.0)
        return Spread(self.p50, self.p95)

    @property
    def is_guess(self) -> bool:
        return self.source.startswith("guess")


class Network(Row):
    door: Door
    client: str
    home: str


class Service(Row):
    operation: str
    queue: str | None = None

    @model_validator(mode="after")
    def check_queue(self) -> "Service":
        if self.queue is not None and self.product not in QUEUEING:
            raise ValueError(f"only {' and '.join(QUEUEING)} have queues")
        return self


class QueueRow(BaseModel):
    """`seconds`: after which a call that waits is given up; None: only the length counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    servers: int = Field(ge=1)
    seconds: float | None = Field(default=None, gt=0)
    source: str = Field(min_length=5)


class Head(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    note: str = ""
    client: str
    home: str


class Profile(BaseModel):
    """`text` is the file itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Head
    network: tuple[Network, ...] = ()
    service: tuple[Service, ...] = ()
    queue: dict[str, QueueRow] = {}
    text: str = ""

    @model_validator(mode="after")
    def check(self) -> "Profile":
        known = self.queue.keys()
        unknown = {row.queue for row in self.service if row.queue} - known
        if unknown:
            raise ValueError(f"there is no [queue.{min(unknown)}]")
        return self

    @property
    def name(self) -> str:
        return self.profile.name

    @cached_property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()[:16]

    @property
    def guesses(self) -> int:
        """How many of its figures have no source."""
        return sum(row.is_guess for row in (*self.network, *self.service))

    def network_of(self, product: str, door: str) -> Network | None:
        """The first row that fits the profile's own regions, a product's own before any's."""
        client, home = self.profile.client, self.profile.home
        fitting = [
            row
            for row in self.network
            if row.door == door and row.client in (client, ANY) and row.home in (home, ANY)
        ]
        own = [row for row in fitting if row.product == product]
        return next(iter(own or [row for row in fitting if row.product == ANY]), None)

    def service_of(self, product: str, operation: str) -> Service | None:
        wanted = (product, operation)
        return next((row for row in self.service if (row.product, row.operation) == wanted), None)


def parse(text: str) -> Profile:
    """Raises ValueError, which says where the profile is wrong."""
    try:
        return Profile.model_validate({**tomllib.loads(text), "text": text})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"latency profile: {where}: {first['msg']}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"latency profile: {error}") from None


def names() -> list[str]:
    """The profiles that come with the twin."""
    found = (item.name for item in files("emulator.latency").joinpath("profiles").iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def is_file(name: str) -> bool:
    return name.endswith(".toml")


def load(name: str) -> Profile:
    """A profile by its name, or from a file `….toml`. Raises ValueError."""
    if is_file(name):
        try:
            return parse(Path(name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"latency profile {name}: {error}") from None
    if name not in names():
        known = ", ".join(names())
        raise ValueError(f"no latency profile {name!r}; there are {known}, and files ….toml")
    item = files("emulator.latency").joinpath("profiles", f"{name}.toml")
    return parse(item.read_text(encoding="utf-8"))
