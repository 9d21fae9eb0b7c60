"""Projects and deployments as the JSON documents they are kept as, and back."""

from typing import Any

import orjson

from emulator.pages.models import Commit, Deployment, Function, Module, Project, Stage


def document_of(item: Project | Deployment) -> bytes:
    return orjson.dumps(item, default=dict)


def project_in(document: bytes) -> Project:
    return Project(**orjson.loads(document))


def deployment_in(document: bytes) -> Deployment:
    fields: dict[str, Any] = orjson.loads(document)
    fields["stage"] = Stage(fields["stage"])
    fields["commit"] = Commit(**fields["commit"])
    if (function := fields["function"]) is not None:
        modules = tuple(Module(**module) for module in function["modules"])
        fields["function"] = Function(**{**function, "modules": modules})
    return Deployment(**fields)
