"""Templates as requests: ids, markers and claims in path, query, body, form and files."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from emulator.leaks.settings import Spec

BOUNDARY = "cftwin-leak-lab-7f3a"
HOLE = re.compile(r"\{(marker|me|email|term|n|id:[^{}]+)\}")
# What an API may take for the owner of what is made, and should not.
CLAIMS = (
    *("user_id", "userId", "uid", "owner_id", "ownerId", "owner", "account_id", "accountId"),
    *("tenant_id", "tenantId", "created_by", "createdBy"),
)
CLAIM_HEADERS = (
    *("x-user-id", "x-user", "x-owner-id", "x-account-id", "x-tenant-id", "x-forwarded-user"),
    "x-auth-request-user",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a route takes an id: `place` is `path` or `template`, `name` a variable or a kind."""

    place: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Filling:
    """What holes become. `ids` gives an id of a kind, `marker` a new word for a place."""

    ids: Callable[[Slot], str]
    marker: Callable[[str], str]
    me: str = ""
    email: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A request without a host and without a caller."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def slots_of(spec: Spec) -> tuple[Slot, ...]:
    """Every place of a route where somebody else's id could stand."""
    found = [Slot("path", name, spec.ids.get(name, "")) for name in spec.route.variables]
    holes = HOLE.finditer(repr((spec.query, spec.body, spec.form)))
    kinds = {hole[1][3:] for hole in holes if hole[1].startswith("id:")}
    return (*found, *(Slot("template", kind, kind) for kind in sorted(kinds)))


def is_search(spec: Spec) -> bool:
    """Whether it takes a word to look for."""
    holes = HOLE.finditer(repr((spec.query, spec.body, spec.form)))
    return any(hole[1] == "term" for hole in holes)


def call_of(spec: Spec, filling: Filling, claim: str = "") -> Call:
    """`claim`: the id of a user that the request says it is of, in every way there is."""
    body = spec.body
    path = spec.route.path
    for name in spec.route.variables:
        value = filling.ids(Slot("path", name, spec.ids.get(name, "")))
        path = path.replace(f":{name}", quote(value, safe=""), 1)
    asked = {name: filled(text, filling, f"query {name}") for name, text in spec.query.items()}
    headers: dict[str, str] = {}
    if claim:
        asked |= dict.fromkeys(CLAIMS, claim)
        headers |= dict.fromkeys(CLAIM_HEADERS, claim)
        if isinstance(body, dict):
            body = {**dict.fromkeys(CLAIMS, claim), **body}
    target = f"{path}?{urlencode(asked)}" if asked else path
    if spec.files:
        headers["content-type"] = f"multipart/form-data; boundary={BOUNDARY}"
        return Call(spec.route.method, target, headers, multipart(spec, filling, claim))
    if body is None:
        return Call(spec.route.method, target, headers)
    headers["content-type"] = "application/json"
    return Call(spec.route.method, target, headers, json.dumps(filled(body, filling)).encode())


def filled(value: Any, filling: Filling, place: str = "body") -> Any:
    if isinstance(value, dict):
        return {name: filled(one, filling, f"{place}.{name}") for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, filling, place) for one in value]
    if not isinstance(value, str):
        return value
    return HOLE.sub(lambda hole: hole_of(hole[1], filling, place), value)


def hole_of(name: str, filling: Filling, place: str) -> str:
    if name.startswith("id:"):
        return filling.ids(Slot("template", name[3:], name[3:]))
    if name == "marker":
        return filling.marker(place)
    return {"me": filling.me, "email": filling.email, "term": filling.term}.get(name, "1")


def multipart(spec: Spec, filling: Filling, claim: str) -> bytes:
    """Names of files and bytes hold markers as well."""
    fields = {name: filled(text, filling, f"form {name}") for name, text in spec.form.items()}
    if claim:
        fields = {**dict.fromkeys(CLAIMS, claim), **fields}
    parts = []
    for name, text in fields.items():
        head = f'content-disposition: form-data; name="{name}"'
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n{text}\r\n".encode())
    for name, file in spec.files.items():
        called = filled(file.get("name", "{marker}.txt"), filling, f"file {name} name")
        head = f'content-disposition: form-data; name="{name}"; filename="{called}"'
        kind = f"content-type: {file.get('type', 'application/octet-stream')}"
        data = bytes.fromhex(file.get("hex", ""))
        data += str(filled(file.get("text", "{marker}"), filling, f"file {name}")).encode()
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n{kind}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join((*parts, f"--{BOUNDARY}--\r\n".encode()))
