"""What Pages holds, in our words. Times are epoch seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]

SHORT_ID = 8


class Stage(StrEnum):
    """Of environments, and of the configurations a project has for each."""

    PRODUCTION = "production"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Project:
    """`subdomain` is the host name below pages.dev, `live` the deployment in production."""

    id: str
    name: str
    subdomain: str
    created_at: float
    production_branch: str
    configs: Mapping[str, Json]
    build_config: Json = field(default_factory=dict)
    live: str | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """One module of a Function: its content type says what it is; its bytes are the blob."""

    name: str
    content_type: str
    blob: str


@dataclass(frozen=True, slots=True)
class Function:
    """What answers in a deployment before its files. `bindings` are as Workers spell them."""

    main: str
    modules: Sequence[Module]
    compatibility_date: str
    compatibility_flags: Sequence[str]
    bindings: Sequence[Json]
    # `_routes.json`; None: every path is the Function's.
    routes: Json | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    hash: str = ""
    message: str = ""
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """Files and Function that never change again. `files` is by path the hash of a file."""

    id: str
    project: str
    number: int
    created_at: float
    stage: Stage
    branch: str
    commit: Commit
    files: Mapping[str, str]
    env_vars: Json
    headers: str = ""
    redirects: str = ""
    function: Function | None = None

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file: which blob, how long, and its type."""

    blob: str
    size_bytes: int
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Domain:
    """A host name of the project's beside its own."""

    id: str
    project: str
    name: str
    created_at: float
