"""What Workers hold, in our words. Times are epoch seconds; bindings are as clients spell them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any

# `{"name": …, "type": …, …}`: kinds are many, and new ones come every few weeks.
Binding = Mapping[str, Any]
Json = Mapping[str, Any]

NOTHING: Json = MappingProxyType({})
SECRETS = ("secret_text", "secret_key")


class Kind(StrEnum):
    """What a part of an upload is to the runtime."""

    ES_MODULE = "esm"
    # CommonJS, or a whole script in service-worker syntax.
    SCRIPT = "script"
    WASM = "wasm"
    TEXT = "text"
    DATA = "data"
    PYTHON = "python"
    PYTHON_REQUIREMENT = "python_requirement"
    # Kept for stack traces; not a module.
    SOURCE_MAP = "source_map"


class Syntax(StrEnum):
    """How the code is written; a Worker of static assets alone has none."""

    MODULES = "modules"
    SERVICE_WORKER = "service-worker"
    ASSETS_ONLY = "assets"


@dataclass(frozen=True, slots=True)
class Module:
    """One part of a script. Its bytes are the blob of that name."""

    name: str
    kind: Kind
    content_type: str
    sha256: str
    size_bytes: int
    blob: str


@dataclass(frozen=True, slots=True)
class AssetSet:
    """The static files of a version: `manifest` names the set, `config` says how it is served."""

    manifest: str
    config: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartUp:
    """What was seen when the script was started to check it. None: nobody has looked.

    `handlers` are the default export's or those listened for, `exports` the named ones': by the
    name of the class or entry point, its handlers.
    """

    milliseconds: int | None = None
    handlers: Sequence[str] | None = None
    exports: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Code and configuration that never change again. `number` counts the script's from 1."""

    id: str
    number: int
    created_at: float
    source: str
    author_email: str
    syntax: Syntax
    # The name of the module that is the entry point.
    main: str | None
    modules: Sequence[Module]
    bindings: Sequence[Binding]
    compatibility_date: str
    compatibility_flags: Sequence[str] = ()
    usage_model: str = "standard"
    migration_tag: str | None = None
    assets: AssetSet | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    # Kept as they came: limits, placement, cache_options, exports.
    options: Json = field(default_factory=dict)
    startup: StartUp = StartUp()

    @property
    def code(self) -> Sequence[Module]:
        """What the runtime loads."""
        return [module for module in self.modules if module.kind is not Kind.SOURCE_MAP]

    @property
    def etag(self) -> str:
        """The same for the same code."""
        lines = [f"{module.name}\0{module.sha256}" for module in self.modules]
        return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def secrets(self) -> Mapping[str, Binding]:
        return {one["name"]: one for one in self.bindings if one["type"] in SECRETS}


@dataclass(frozen=True, slots=True)
class Share:
    """A version and how much of the traffic is its, in percent."""

    version_id: str
    percentage: float


@dataclass(frozen=True, slots=True)
class Deployment:
    id: str
    created_at: float
    source: str
    author_email: str
    shares: Sequence[Share]
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """A Worker by its name. What is set here holds for all of its versions."""

    name: str
    # Its id, which is never given again.
    tag: str
    created_at: float
    modified_at: float
    logpush: bool = False
    tags: Sequence[str] = ()
    tail_consumers: Sequence[Json] = ()
    observability: Json | None = None
    migration_tag: str | None = None
    # Whether it is reached below the account's subdomain, and its versions by their ids.
    on_subdomain: bool = False
    previews: bool = False


@dataclass(frozen=True, slots=True)
class Namespace:
    """A class of Durable Objects that a migration has made."""

    id: str
    script: str
    class_name: str
    sqlite: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A version without a number, and what else changes when it gets one."""

    script: str
    version: Version
    # None: as they are.
    namespaces: Sequence[Namespace] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    cron: str
    created_at: float
    modified_at: float


@dataclass(frozen=True, slots=True)
class Domain:
    """A host name whose requests a script answers."""

    id: str
    hostname: str
    script: str
    zone_id: str
    zone_name: str


@dataclass(frozen=True, slots=True)
class Route:
    """A pattern of host and path whose requests a script answers; of none, nobody does."""

    id: str
    pattern: str
    script: str | None
    # None for one that was set by its script and not in a zone.
    zone_id: str | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """A name that somebody has asked for: there is no DNS here, so it is one of the account's."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Tail:
    """Somebody who wants to see a script's log. The id is all that opens it."""

    id: str
    script: str
    expires_at: float
    filters: Sequence[Json] = field(default=())


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file: which blob, how long, and the type it was uploaded with, if any."""

    blob: str
    size_bytes: int
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who uploads, and with what: wrangler, api, terraform."""

    source: str = "api"
    email: str = ""
