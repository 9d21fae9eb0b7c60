"""What a process runs: a script's modules, and what it finds in `env`, all resolved.

A program knows no store: a binding to a resource is the token by which the runtime's
listener knows it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class ModuleKind(StrEnum):
    """As workerd's configuration names them."""

    ES = "esModule"
    COMMON_JS = "commonJsModule"
    TEXT = "text"
    DATA = "data"
    WASM = "wasm"
    JSON = "json"
    # Of a program that runs on CPython; workerd never sees it.
    PYTHON = "pythonModule"


@dataclass(frozen=True, slots=True)
class Module:
    """`name` is what other modules import it by; `path` is where its bytes are."""

    name: str
    kind: ModuleKind
    path: Path


class Wrapping(StrEnum):
    """The module of workerd's that makes a binding of a plain service."""

    AI = "cloudflare-internal:ai-api"
    D1 = "cloudflare-internal:d1-api"
    VECTORIZE = "cloudflare-internal:vectorize-api"


@dataclass(frozen=True, slots=True)
class TextBinding:
    """A variable or a secret."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class JsonBinding:
    name: str
    json: str


@dataclass(frozen=True, slots=True)
class KVBinding:
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class R2Binding:
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class WrappedBinding:
    """`index` is the Vectorize index's name."""

    name: str
    wrapping: Wrapping
    token: str
    index: str | None = None


@dataclass(frozen=True, slots=True)
class FetcherBinding:
    """Something to `fetch` from: static assets."""

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class ServiceBinding:
    """Another script, behind the Unix socket that `path` names: `fetch` and RPC."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A `CryptoKey`: `format` as workerd names it, `data` in it (base64 but for JWK)."""

    name: str
    format: str
    data: str
    algorithm: str
    usages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlobBinding:
    """A part of a script in the old syntax, found in a global variable."""

    name: str
    kind: ModuleKind
    path: Path


@dataclass(frozen=True, slots=True)
class AbsentBinding:
    """One of a product that the twin has not: whatever is done with it throws and says so."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ObjectBinding:
    """A namespace of the script's own Durable Objects."""

    name: str
    class_name: str


Binding = (
    TextBinding
    | JsonBinding
    | KVBinding
    | R2Binding
    | WrappedBinding
    | FetcherBinding
    | ServiceBinding
    | KeyBinding
    | BlobBinding
    | AbsentBinding
    | ObjectBinding
)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A socket by which another script calls this one: a named entry point, `props` as JSON."""

    name: str
    entrypoint: str | None = None
    props: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """One version of a script. The first module is the main one.

    `service_worker` is the text of a script in the old syntax, which has no modules. The
    tokens of `outbound` and `cache` stand for what `fetch` and `caches` reach, that of `tail`
    for who is told what the script does, if anybody is.
    """

    name: str
    compatibility_date: str
    outbound: str
    cache: str
    modules: tuple[Module, ...] = ()
    service_worker: Path | None = None
    compatibility_flags: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    objects: tuple[str, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    tail: str | None = None
    cpu_seconds: float = field(default=30.0)

    @property
    def is_python(self) -> bool:
        return bool(self.modules) and self.modules[0].kind is ModuleKind.PYTHON
