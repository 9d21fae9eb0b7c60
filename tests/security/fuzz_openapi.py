"""OpenAPI documents of a running twin, and the calls that schemathesis makes up from them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from emulator.wire.routing import Route
from tests.security.raw import ask
from tests.security.stage import Stage
from tests.security.test_tenants import ROUTES

Document = dict[str, Any]

FIELDS = (
    "name sql params title key keys value metadata expiration_ttl vector topK filter ids messages"
    " prompt text input action etag cursor prefix batch rules config dimensions metric pattern"
    " script hostname schedules enabled pathname manifest hashes description"
).split()
# It starts a database server, or empties the account that has to stay as it was.
LEFT_OUT = ("/_twin/supabase", "/_twin/reset")


def documents(stage: Stage) -> tuple[Document, Document]:
    """The control plane's own, and one of the API's table of routes."""
    control: Document = orjson.loads(ask(stage.api, "GET", "/_twin/openapi.json").body)
    control["paths"] = {
        path: methods for path, methods in control["paths"].items() if path not in LEFT_OUT
    }
    return control, document_of(stage, ROUTES)


def document_of(stage: Stage, routes: Iterable[Route]) -> Document:
    known = {"account_id": stage.account_id} | stage.things
    paths: dict[str, Document] = {}
    for route in routes:
        path = "/client/v4" + re.sub(r"\{(\w+):path\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = operation(route, path, known)
    return {"openapi": "3.0.3", "info": {"title": "API v4", "version": "4"}, "paths": paths}


def operation(route: Route, path: str, known: dict[str, str]) -> Document:
    names = re.findall(r"\{(\w+)\}", path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": value_of(known.get(name))}
        for name in names
    ] + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in FIELDS[5:12]]
    described: Document = {
        "operationId": f"{route.method} {path}",
        "parameters": parameters,
        "responses": {"default": {"description": "any"}},
    }
    if route.method not in ("GET", "HEAD", "DELETE"):
        body = {"type": "object", "properties": {name: {} for name in FIELDS}}
        content = {"application/json": {"schema": {"anyOf": [body, {}]}}}
        described["requestBody"] = {"content": content}
    return described


def value_of(known: str | None) -> Document:
    """What is there; anything where the twin has nothing of the kind."""
    return (
        {"type": "string", "minLength": 1, "maxLength": 60} if known is None else {"enum": [known]}
    )


def operations(document: Document) -> Iterator[Any]:
    """Each operation, from which schemathesis makes calls up."""
    import schemathesis

    found: Iterable[Any] = schemathesis.openapi.from_dict(document).get_all_operations()
    yield from (one.ok() for one in found)
