"""A version of a script as the program a process runs: modules as files, bindings as tokens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from emulator.core.clock import iso
from emulator.hosting.functions import PREFIX
from emulator.wire.binding import Binding as Opened
from emulator.workers.models import Kind, Module, Syntax, Version
from emulator.workers.runtime.program import (
    AbsentBinding,
    Binding,
    BlobBinding,
    Entrance,
    FetcherBinding,
    JsonBinding,
    KeyBinding,
    KVBinding,
    ModuleKind,
    ObjectBinding,
    Program,
    R2Binding,
    ServiceBinding,
    TextBinding,
    WrappedBinding,
    Wrapping,
)
from emulator.workers.runtime.program import Module as File

# What Cloudflare takes for a script that names none.
DEFAULT_DATE = "2021-11-02"
DEFAULT_CPU_SECONDS = 30.0
MAX_CPU_MS = 300_000
KINDS: Mapping[Kind, ModuleKind] = {
    Kind.ES_MODULE: ModuleKind.ES,
    Kind.SCRIPT: ModuleKind.COMMON_JS,
    Kind.WASM: ModuleKind.WASM,
    Kind.TEXT: ModuleKind.TEXT,
    Kind.DATA: ModuleKind.DATA,
    Kind.PYTHON: ModuleKind.PYTHON,
}
PARTS = ("wasm_module", "text_blob", "data_blob")
# As workerd's configuration names the formats of keys, and where an upload has their data.
KEY_FORMATS: Mapping[str, tuple[str, str]] = {
    "raw": ("base64", "key_base64"),
    "pkcs8": ("pkcs8", "key_base64"),
    "spki": ("spki", "key_base64"),
    "jwk": ("jwk", "key_jwk"),
}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a program finds around it.

    `token` opens one resource to it, `path` is where another script's entrance is (None: there
    is no such script); `newest` is the newest compatibility date that the runtime knows.
    """

    account_id: str
    token: Callable[[Opened], str]
    path: Callable[[str, Entrance], Path | None]
    newest: str | None
    entrances: tuple[Entrance, ...] = ()
    tailed: bool = False


def program_of(
    script: str, version: Version, path: Callable[[Module], Path], around: Surroundings
) -> Program:
    """The program of one version; `path` says where a module's bytes are."""
    wanted = [module for module in version.code if module.kind in KINDS]
    main = [module for module in wanted if module.name == version.main]
    others = [module for module in wanted if module.name != version.main]
    is_old = version.syntax is Syntax.SERVICE_WORKER
    files = {module.name: (module, path(module)) for module in wanted}

    def opened(kind: str, resource: str, jurisdiction: str | None = None, name: str = "") -> str:
        jurisdiction = jurisdiction or "default"
        account_id = around.account_id
        return around.token(Opened(account_id, kind, resource, jurisdiction, script, name))

    def bound(one: Json) -> Binding:
        if one["type"] in PARTS and one["part"] in files:
            module, file = files[one["part"]]
            return BlobBinding(one["name"], KINDS[module.kind], file)
        return binding_of(one, script, version, opened, around)

    return Program(
        script,
        served_date(version.compatibility_date, around.newest),
        opened("outbound", script),
        opened("cache", script),
        modules=()
        if is_old
        else tuple(File(one.name, KINDS[one.kind], path(one)) for one in (*main, *others)),
        service_worker=path(main[0]) if is_old else None,
        compatibility_flags=tuple(version.compatibility_flags),
        bindings=tuple(bound(one) for one in version.bindings),
        objects=objects_in(version.bindings, script),
        entrances=around.entrances,
        tail=opened("tail", script) if around.tailed else None,
        cpu_seconds=cpu_seconds(version.options.get("limits")),
    )


def served_date(wanted: str, newest: str | None) -> str:
    """The compatibility date, no later than the runtime knows: it would not start."""
    day = wanted or DEFAULT_DATE
    return min(day, newest) if newest else day


def newest_date(version_line: str) -> str | None:
    """`workerd 2026-01-15`, as the runtime tells it."""
    day = version_line.strip().rpartition(" ")[2]
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        return None


def cpu_seconds(limits: object) -> float:
    given = limits.get("cpu_ms") if isinstance(limits, Mapping) else None
    if isinstance(given, int | float) and 0 < given <= MAX_CPU_MS:
        return given / 1000
    return DEFAULT_CPU_SECONDS


def binding_of(
    one: Json, script: str, version: Version, opened: Callable[..., str], around: Surroundings
) -> Binding:
    """What the program has of a binding that is not a part of the upload."""
    name = one["name"]
    match one["type"]:
        case "plain_text" | "secret_text":
            return TextBinding(name, one["text"])
        case "json":
            return JsonBinding(name, orjson.dumps(one["json"]).decode())
        case "version_metadata":
            return JsonBinding(name, metadata_of(version))
        case "secret_key":
            return key_of(one)
        case "kv_namespace":
            return KVBinding(name, opened("kv", one["namespace_id"], name=name))
        case "r2_bucket":
            return R2Binding(name, opened("r2", one["bucket_name"], one.get("jurisdiction"), name))
        case "d1":
            return WrappedBinding(name, Wrapping.D1, opened("d1", one["id"], name=name))
        case "vectorize":
            index = one["index_name"]
            token = opened("vectorize", index, name=name)
            return WrappedBinding(name, Wrapping.VECTORIZE, token, index)
        case "ai":
            return WrappedBinding(name, Wrapping.AI, opened("ai", "ai", name=name))
        case "assets":
            return FetcherBinding(name, opened(*assets_of(script, version)))
        case "service":
            path = around.path(one["service"], entrance_of(one))
            return AbsentBinding(name, "service") if path is None else ServiceBinding(name, path)
        case "durable_object_namespace" if one.get("script_name", script) == script:
            return ObjectBinding(name, one["class_name"])
        case "durable_object_namespace":
            return AbsentBinding(name, "durable_object_namespace of another script")
        case kind:
            return AbsentBinding(name, kind)


def assets_of(script: str, version: Version) -> tuple[str, str]:
    """The kind of door that has the static files, and what it knows them by."""
    if script.startswith(PREFIX):
        return "pages_assets", f"{script.removeprefix(PREFIX)}:{version.id}"
    return "assets", f"{script}:{version.id}"


def metadata_of(version: Version) -> str:
    tag = version.annotations.get("workers/tag", "")
    made = {"id": version.id, "tag": tag, "timestamp": iso(version.created_at)}
    return orjson.dumps(made).decode()


def key_of(one: Json) -> Binding:
    name, known = one["name"], KEY_FORMATS.get(str(one.get("format")))
    if known is None or known[1] not in one:
        return AbsentBinding(name, f"secret_key of format {one.get('format')}")
    data = one[known[1]]
    text = data if isinstance(data, str) else orjson.dumps(data).decode()
    algorithm = orjson.dumps(one.get("algorithm")).decode()
    return KeyBinding(name, known[0], text, algorithm, tuple(map(str, one.get("usages") or ())))


def objects_in(bindings: Iterable[Json], script: str) -> tuple[str, ...]:
    """The classes of Durable Objects that the script binds to and has itself."""
    own = [
        one["class_name"]
        for one in bindings
        if one["type"] == "durable_object_namespace" and one.get("script_name", script) == script
    ]
    return tuple(dict.fromkeys(own))


def entrance_of(service: Json) -> Entrance:
    """By which socket a service binding calls its script."""
    entrypoint, props = service.get("entrypoint"), service.get("props")
    text = None if props is None else orjson.dumps(props, option=orjson.OPT_SORT_KEYS).decode()
    entrypoint = None if entrypoint in (None, "", "default") else str(entrypoint)
    return Entrance(entrance_name(entrypoint, text), entrypoint, text)


def entrance_name(entrypoint: str | None, props: str | None) -> str:
    return "to-" + sha256(orjson.dumps([entrypoint, props])).hexdigest()[:12]
