"""What the doors of Pages share: paths, permissions, who is asked, bodies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.pages.errors import BodyInvalid
from emulator.pages.models import Deployment, Project
from emulator.pages.running import Runtime
from emulator.pages.shapes import Shape, deployment_shape, project_shape
from emulator.pages.store import PagesStore
from emulator.wire.call import Call

PROJECTS = "/accounts/{account_id}/pages/projects"
PROJECT = f"{PROJECTS}/{{project_name}}"
READ, WRITE = "pages:read", "pages:write"


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every handler of Pages."""

    runtime: Runtime
    clock: Clock
    ids: Ids

    def project_shape(self, store: PagesStore, project: Project) -> Shape:
        newest = store.newest(project.name)
        live = store.at(project, None)
        domains = store.domains(project.name)
        return project_shape(project, live, newest, domains, self.runtime.site_url)

    def deployment_shape(self, project: Project, deployment: Deployment) -> Shape:
        return deployment_shape(project, deployment, self.runtime.site_url)


def store_of(call: Call) -> PagesStore:
    return call.account.pages


def project_in(call: Call) -> Project:
    """The project that the path names. Raises `ProjectNotFound`."""
    return store_of(call).get_project(call.params["project_name"])


def body_of(call: Call) -> Mapping[str, Any]:
    """The JSON object of the body; wrangler sends it as text/plain. Raises `BodyInvalid`."""
    try:
        value = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise BodyInvalid(reason=error) from None
    if not isinstance(value, dict):
        raise BodyInvalid(reason="it must be an object")
    try:
        # It is to be kept and shown.
        orjson.dumps(value)
    except TypeError as error:
        raise BodyInvalid(reason=error) from None
    return value


def text_in(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """Raises `BodyInvalid`."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BodyInvalid(reason=f"{name} must be a text")
    return value


def object_in(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Raises `BodyInvalid`."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BodyInvalid(reason=f"{name} must be an object")
    return value
