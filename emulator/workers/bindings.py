"""The rules of bindings: which fields a kind must have, what is inherited, what must exist."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson

from emulator.core.errors import CloudflareError
from emulator.workers.errors import (
    BindingNameTaken,
    BindingUnnamed,
    BucketMissing,
    ClassNotConfigured,
    ClassNotExported,
    DatabaseMissing,
    EnvironmentMissing,
    IndexMissing,
    InheritInvalid,
    NamespaceInvalid,
    NamespaceMissing,
    ScriptInvalid,
    ServiceMissing,
    TooManyVariables,
    VariableTooLarge,
)
from emulator.workers.limits import MAX_VARIABLE_BYTES, MAX_VARIABLES
from emulator.workers.models import SECRETS, Binding
from emulator.workers.running import Resources

# By type, the fields that must be there and, but for `json`, hold something. Types that are
# not here are kept as they come: wrangler adds some every few weeks.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "analytics_engine": ("dataset",),
    "d1": ("id",),
    "data_blob": ("part",),
    "dispatch_namespace": ("namespace",),
    "durable_object_namespace": ("class_name",),
    "hyperdrive": ("id",),
    "kv_namespace": ("namespace_id",),
    "mtls_certificate": ("certificate_id",),
    "queue": ("queue_name",),
    "r2_bucket": ("bucket_name",),
    "ratelimit": ("namespace_id",),
    "secrets_store_secret": ("store_id", "secret_name"),
    "service": ("service",),
    "text_blob": ("part",),
    "vectorize": ("index_name",),
    "wasm_module": ("part",),
    "workflow": ("workflow_name",),
}
# Those of a text that may be empty.
TEXTS = ("plain_text", "secret_text")
VARIABLES = (*TEXTS, "json", "secret_key")
LATEST = "latest"
PRODUCTION = "production"


def checked(bindings: Iterable[object]) -> list[Binding]:
    """The bindings of an upload. Raises what Cloudflare says of one that cannot be."""
    found: dict[str, Binding] = {}
    for index, given in enumerate(bindings):
        binding = dict(given) if isinstance(given, Mapping) else {}
        name = binding.get("name")
        if not isinstance(name, str) or not name:
            raise BindingUnnamed(index=index)
        if name in found:
            raise BindingNameTaken(name=name)
        found[name] = checked_fields(name, binding)
    count = sum(1 for binding in found.values() if binding["type"] in VARIABLES)
    if count > MAX_VARIABLES:
        raise TooManyVariables(limit=MAX_VARIABLES)
    return list(found.values())


def checked_fields(name: str, binding: dict[str, object]) -> Binding:
    kind = binding.get("type")
    if not isinstance(kind, str) or not kind:
        raise ScriptInvalid(reason=f"binding {name} must have a valid `type` specified")
    if kind == "d1":
        # wrangler says `id`, the SDKs `database_id`.
        binding["id"] = binding["database_id"] = binding.get("id") or binding.get("database_id")
    for field in FIELDS.get(kind, ()):
        if not isinstance(binding.get(field), str) or not binding[field]:
            raise invalid_field(name, kind, field)
    if kind in TEXTS and not isinstance(binding.get("text"), str):
        raise invalid_field(name, kind, "text")
    if kind == "json" and "json" not in binding:
        raise invalid_field(name, kind, "json")
    if kind in VARIABLES and variable_bytes(binding) > MAX_VARIABLE_BYTES:
        raise VariableTooLarge(name=name)
    return binding


def invalid_field(name: str, kind: str, field: str) -> ScriptInvalid:
    reason = f"binding {name} of type {kind} must have a valid `{field}` specified"
    return ScriptInvalid(reason=reason)


def variable_bytes(binding: Binding) -> int:
    text = binding.get("text")
    if isinstance(text, str):
        return len(text.encode("utf-8", "surrogatepass"))
    value = binding.get("json") or binding.get("key_jwk") or binding.get("key_base64")
    return len(orjson.dumps(value))


def resolved(
    bindings: Sequence[Binding], previous: Sequence[Binding], keep: frozenset[str], *, strict: bool
) -> list[Binding]:
    """With what is inherited or kept from the version before.

    Raises `InheritInvalid`, one for each binding that cannot be inherited, if `strict`; else
    those are left out.
    """
    known = {binding["name"]: binding for binding in previous}
    found: list[Binding] = []
    refused: list[CloudflareError] = []
    for binding in bindings:
        if binding["type"] != "inherit":
            found.append(binding)
            continue
        try:
            found.append(inherited(binding, known))
        except InheritInvalid as error:
            refused.append(error)
    if refused and strict:
        refused[0].others = tuple(refused[1:])
        raise refused[0]
    names = {binding["name"] for binding in bindings}
    kept = [one for one in previous if one["type"] in keep and one["name"] not in names]
    return found + kept


def inherited(binding: Binding, known: Mapping[str, Binding]) -> Binding:
    name, version = binding["name"], binding.get("version_id") or LATEST
    if version != LATEST:
        raise InheritInvalid(
            name=name,
            reason=f"'version_id' value '{version}' is invalid,"
            f" only the literal '{LATEST}' is supported by this API",
        )
    old_name = binding.get("old_name") or name
    if old_name not in known:
        reason = f"previous version does not have binding named '{old_name}'"
        raise InheritInvalid(name=name, reason=reason)
    return {**known[old_name], "name": name}


def check_existence(
    bindings: Iterable[Binding],
    script: str,
    resources: Resources,
    scripts: Callable[[str], bool],
    classes: Callable[[str], set[str]],
) -> None:
    """That all they name is there; `scripts` and `classes` know this account's.

    Raises Cloudflare's refusal for the kind. Of products that the twin has not, nobody asks.
    """
    for binding in bindings:
        kind, name = binding["type"], binding["name"]
        if kind == "service":
            check_service(binding, script, scripts)
        elif kind == "durable_object_namespace":
            owner = binding.get("script_name") or script
            if binding["class_name"] not in classes(owner):
                refusal = ClassNotConfigured if owner == script else ClassNotExported
                raise refusal(name=binding["class_name"], script=owner)
        elif kind in MISSING:
            field, missing = MISSING[kind]
            resource = binding[field]
            if not resources.has(kind, resource, binding.get("jurisdiction")):
                raise missing(resource)(name=name, resource=resource)


def check_service(binding: Binding, script: str, scripts: Callable[[str], bool]) -> None:
    service, environment = binding["service"], binding.get("environment") or PRODUCTION
    if service != script and not scripts(service):
        raise ServiceMissing(name=binding["name"], resource=service)
    if environment != PRODUCTION:
        raise EnvironmentMissing(name=binding["name"], resource=service, environment=environment)


def missing_namespace(namespace_id: str) -> type[CloudflareError]:
    is_id = len(namespace_id) == 32 and set(namespace_id) <= set("0123456789abcdef")
    return NamespaceMissing if is_id else NamespaceInvalid


# By type: the field that names the resource, and the refusal if there is none of that name.
MISSING: Mapping[str, tuple[str, Callable[[str], type[CloudflareError]]]] = {
    "d1": ("id", lambda _: DatabaseMissing),
    "kv_namespace": ("namespace_id", missing_namespace),
    "r2_bucket": ("bucket_name", lambda _: BucketMissing),
    "vectorize": ("index_name", lambda _: IndexMissing),
}


def shown(binding: Binding) -> dict[str, object]:
    """As answers show it: of a secret, never what it holds."""
    hidden = ("text", "key_jwk", "key_base64") if binding["type"] in SECRETS else ()
    return {field: value for field, value in binding.items() if field not in hidden}
