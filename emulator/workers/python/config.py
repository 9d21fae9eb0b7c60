"""A program as the configuration of a Python Worker's process: JSON. Pure."""

from typing import Any

import orjson

from emulator.workers.runtime.program import (
    AbsentBinding,
    Binding,
    BlobBinding,
    FetcherBinding,
    JsonBinding,
    KVBinding,
    ModuleKind,
    Program,
    R2Binding,
    ServiceBinding,
    TextBinding,
    WrappedBinding,
    Wrapping,
)

WRAPPED = {Wrapping.AI: "ai", Wrapping.D1: "d1", Wrapping.VECTORIZE: "vectorize"}


def render(program: Program, listener: str) -> bytes:
    """The configuration. `listener` is where bindings are served (`unix:/…`)."""
    return orjson.dumps(
        {
            "name": program.name,
            "listener": listener.removeprefix("unix:"),
            "outbound": program.outbound,
            "cache": program.cache,
            "tail": program.tail,
            "flags": list(program.compatibility_flags),
            "modules": [
                {
                    "name": one.name,
                    "python": one.kind is ModuleKind.PYTHON,
                    "path": str(one.path.absolute()),
                }
                for one in program.modules
            ],
            "bindings": [bound(one) for one in program.bindings],
            "entrypoints": {one.name: one.entrypoint for one in program.entrances},
        }
    )


def bound(binding: Binding) -> dict[str, Any]:
    """One binding: its name, its kind, and what its kind needs."""
    match binding:
        case TextBinding():
            return {"name": binding.name, "kind": "text", "text": binding.text}
        case JsonBinding():
            return {"name": binding.name, "kind": "json", "text": binding.json}
        case KVBinding():
            return {"name": binding.name, "kind": "kv", "token": binding.token}
        case R2Binding():
            return {"name": binding.name, "kind": "r2", "token": binding.token}
        case WrappedBinding():
            kind = WRAPPED[binding.wrapping]
            return {"name": binding.name, "kind": kind, "token": binding.token}
        case FetcherBinding():
            return {"name": binding.name, "kind": "fetcher", "token": binding.token}
        case ServiceBinding():
            return {"name": binding.name, "kind": "service", "path": str(binding.path)}
        case AbsentBinding():
            return {"name": binding.name, "kind": "absent", "text": binding.kind}
        case BlobBinding():
            return {"name": binding.name, "kind": "absent", "text": "blob"}
        case _:
            text = f"{type(binding).__name__.removesuffix('Binding').lower()} of a Python Worker"
            return {"name": binding.name, "kind": "absent", "text": text}
