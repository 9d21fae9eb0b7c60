"""Scripts, versions and deployments in the shapes Cloudflare's answers have."""

from typing import Any

from emulator.core.clock import iso
from emulator.workers.bindings import shown
from emulator.workers.models import Binding, Deployment, Namespace, Script, Syntax, Version

Shape = dict[str, Any]

NO_OBSERVABILITY: Shape = {"enabled": False}


def script_shape(script: Script, version: Version | None) -> Shape:
    """A script as lists and uploads show it; `version` is the one that is shown with it."""
    shape: Shape = {
        "id": script.name,
        "tag": script.tag,
        "tags": list(script.tags),
        "logpush": script.logpush,
        "observability": script.observability or NO_OBSERVABILITY,
        "tail_consumers": list(script.tail_consumers),
        "migration_tag": script.migration_tag,
        "created_on": iso(script.created_at),
        "modified_on": iso(script.modified_at),
    }
    return shape if version is None else shape | version_facts(version)


def version_facts(version: Version) -> Shape:
    """What a script's own shape says of its version. Start-up is there if somebody looked."""
    shape: Shape = {
        "etag": version.etag,
        "handlers": list(version.startup.handlers or ()),
        "named_handlers": named_handlers(version),
        "has_assets": version.assets is not None,
        "has_modules": version.syntax is Syntax.MODULES,
        "entry_point": version.main,
        "usage_model": version.usage_model,
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": list(version.compatibility_flags),
        "last_deployed_from": version.source,
    }
    return shape | startup_time(version)


def startup_time(version: Version) -> Shape:
    milliseconds = version.startup.milliseconds
    return {} if milliseconds is None else {"startup_time_ms": milliseconds}


def named_handlers(version: Version) -> list[Shape]:
    exports = version.startup.exports or {}
    return [{"name": name, "handlers": list(handlers)} for name, handlers in exports.items()]


def version_summary(version: Version) -> Shape:
    """A version as lists show it."""
    shape: Shape = {
        "id": version.id,
        "number": version.number,
        "metadata": {
            "created_on": iso(version.created_at),
            "modified_on": iso(version.created_at),
            "source": version.source,
            "author_email": version.author_email,
            # Versions have no addresses of their own here.
            "has_preview": False,
            "hasPreview": False,
        },
    }
    if version.annotations:
        shape["annotations"] = dict(version.annotations)
    return shape


def version_shape(version: Version) -> Shape:
    """A version with all that it is made of."""
    runtime: Shape = {
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": list(version.compatibility_flags),
        "usage_model": version.usage_model,
        "limits": version.options.get("limits") or {},
    }
    if version.migration_tag is not None:
        runtime["migration_tag"] = version.migration_tag
    script: Shape = {
        "etag": version.etag,
        "handlers": list(version.startup.handlers or ()),
        "named_handlers": named_handlers(version),
        "last_deployed_from": version.source,
        "placement_mode": (version.options.get("placement") or {}).get("mode"),
    }
    resources = {
        "bindings": bindings_shape(version),
        "script": script,
        "script_runtime": runtime,
    }
    return version_summary(version) | {"resources": resources} | startup_time(version)


def bindings_shape(version: Version) -> list[Shape]:
    return [shown(binding) for binding in version.bindings]


def secret_shape(secret: Binding) -> Shape:
    return shown(secret)


def deployment_shape(deployment: Deployment) -> Shape:
    return {
        "id": deployment.id,
        "source": deployment.source,
        "strategy": "percentage",
        "author_email": deployment.author_email,
        "annotations": dict(deployment.annotations),
        "versions": [
            {"version_id": share.version_id, "percentage": share.percentage}
            for share in deployment.shares
        ],
        "created_on": iso(deployment.created_at),
    }


def namespace_shape(namespace: Namespace) -> Shape:
    return {
        "id": namespace.id,
        "name": f"{namespace.script}_{namespace.class_name}",
        "script": namespace.script,
        "class": namespace.class_name,
        "use_sqlite": namespace.sqlite,
    }
