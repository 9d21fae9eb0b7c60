"""Versions, deployments and scripts as the JSON documents they are kept as, and back."""

from typing import Any

import orjson

from emulator.workers.models import (
    AssetSet,
    Deployment,
    Kind,
    Module,
    Script,
    Share,
    StartUp,
    Syntax,
    Version,
)


def document_of(item: Version | Deployment | Script) -> bytes:
    # Mappings that cannot be changed are unknown to orjson, and dict() makes them known.
    return orjson.dumps(item, default=dict)


def version_in(document: bytes) -> Version:
    fields: dict[str, Any] = orjson.loads(document)
    fields["syntax"] = Syntax(fields["syntax"])
    fields["modules"] = tuple(
        Module(**{**module, "kind": Kind(module["kind"])}) for module in fields["modules"]
    )
    if fields["assets"] is not None:
        fields["assets"] = AssetSet(**fields["assets"])
    fields["startup"] = StartUp(**fields["startup"])
    return Version(**fields)


def deployment_in(document: bytes) -> Deployment:
    fields: dict[str, Any] = orjson.loads(document)
    fields["shares"] = tuple(Share(**share) for share in fields["shares"])
    return Deployment(**fields)


def script_in(document: bytes) -> Script:
    return Script(**orjson.loads(document))
