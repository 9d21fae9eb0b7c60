"""A Function out of what was uploaded, and what it finds in `env`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.pages.errors import DeploymentInvalid
from emulator.pages.files import Files
from emulator.pages.models import Function, Json, Module
from emulator.sites.first import parse_routes

DEFAULT_DATE = "2021-11-02"
ES_MODULE = "application/javascript+module"
# The maps of a project's configuration: the type as Workers spell it, and the field of each.
KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ai_bindings": ("ai", {}),
    "analytics_engine_datasets": ("analytics_engine", {"dataset": "dataset"}),
    "browsers": ("browser", {}),
    "d1_databases": ("d1", {"id": "id"}),
    "durable_object_namespaces": ("durable_object_namespace of another script", {}),
    "hyperdrive_bindings": ("hyperdrive", {"id": "id"}),
    "kv_namespaces": ("kv_namespace", {"namespace_id": "namespace_id"}),
    "mtls_certificates": ("mtls_certificate", {}),
    "queue_producers": ("queue", {"queue_name": "name"}),
    "r2_buckets": ("r2_bucket", {"bucket_name": "name", "jurisdiction": "jurisdiction"}),
    "services": ("service", {"service": "service", "entrypoint": "entrypoint"}),
    "vectorize_bindings": ("vectorize", {"index_name": "index_name"}),
}
# What a binding is nothing without.
REQUIRED: Mapping[str, str] = {
    "d1": "id",
    "kv_namespace": "namespace_id",
    "plain_text": "text",
    "r2_bucket": "bucket_name",
    "secret_text": "text",
    "service": "service",
    "vectorize": "index_name",
}
ASSETS: Json = {"name": "ASSETS", "type": "assets"}


@dataclass(frozen=True, slots=True)
class Code:
    """A bundle as it was uploaded: name, content type and bytes of each module."""

    main: str
    modules: Sequence[tuple[str, str, bytes]]
    metadata: Json


def function_of(
    code: Code, config: Json, variables: Iterable[Json], routes: object, files: Files
) -> Function:
    """The Function, its modules on disk. Raises `DeploymentInvalid`.

    Bindings that the bundle names itself go before those of the project's configuration.
    """
    if code.main not in [name for name, _, _ in code.modules]:
        raise DeploymentInvalid(reason=f"the bundle has no module {code.main}")
    try:
        if routes is not None:
            parse_routes(routes)
    except ValueError as error:
        raise DeploymentInvalid(reason=error) from None
    given = code.metadata.get("bindings")
    own = [one for one in given if is_binding(one)] if isinstance(given, list) else []
    named = {one["name"] for one in own}
    more = [one for one in (*bindings_of(config), *variables) if one["name"] not in named]
    for one in (*own, *more):
        if (field := REQUIRED.get(one["type"])) and not isinstance(one.get(field), str):
            raise DeploymentInvalid(reason=f"the binding {one['name']} needs its {field}")
    return Function(
        code.main,
        tuple(Module(name, kind, files.write(data)) for name, kind, data in code.modules),
        text(code.metadata, "compatibility_date") or text(config, "compatibility_date"),
        tuple(flags(code.metadata) or flags(config)),
        (*own, *more, ASSETS),
        routes if isinstance(routes, Mapping) else None,
    )


def bindings_of(config: Json) -> list[Json]:
    """Of a project's configuration, as Workers spell them."""
    found: list[Json] = []
    for group, (kind, fields) in KINDS.items():
        for name, given in (config.get(group) or {}).items():
            values: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
            chosen = {ours: values[theirs] for ours, theirs in fields.items() if values.get(theirs)}
            found.append({"name": name, "type": kind, **chosen})
    return found


def variables_of(env_vars: Json) -> list[Json]:
    return [
        {
            "name": name,
            "type": "secret_text" if given.get("type") == "secret_text" else "plain_text",
            "text": str(given.get("value", "")),
        }
        for name, given in env_vars.items()
        if isinstance(given, Mapping)
    ]


def is_binding(one: object) -> bool:
    return isinstance(one, Mapping) and isinstance(one.get("name"), str) and "type" in one


def text(values: Json, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def flags(values: Json) -> list[str]:
    given = values.get("compatibility_flags")
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
