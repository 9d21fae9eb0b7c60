"""The routes of an API: from a plain list, or from an OpenAPI 3 document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
LINE = re.compile(r"(GET|POST|PUT|PATCH|DELETE)\s+(/\S*)")
SEARCH = re.compile(r"q|query|search|filter|term|keywords?|text", re.IGNORECASE)
DEPTH = 6
Json = dict[str, Any]


class RoutesError(Exception):
    """The text says what is wrong with the list or the document."""


@dataclass(frozen=True, slots=True)
class Route:
    """`body`, `form`, `files` and `query` are templates that a document tells of; `search` is a
    parameter that may be left out and takes a word to look for.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    is_public: bool = False
    search: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(re.findall(r":(\w+)", self.path))

    @property
    def reads(self) -> bool:
        return self.method == "GET"


def from_list(text: str) -> tuple[Route, ...]:
    """`GET /api/jobs/:id`, a line each; `{id}` will do, too. Raises `RoutesError`."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.partition("#")[0].strip()
        if not plain:
            continue
        matched = LINE.fullmatch(plain)
        if matched is None:
            raise RoutesError(f"line {number} is no route: {plain}")
        found.append(Route(matched[1], colons(matched[2])))
    return tuple(found)


def colons(path: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", r":\1", path)


def from_openapi(document: Mapping[str, Any]) -> tuple[Route, ...]:
    """Raises `RoutesError`."""
    if not str(document.get("openapi", "")).startswith("3"):
        raise RoutesError("this is no OpenAPI 3 document")
    return tuple(operations(document))


def operations(document: Mapping[str, Any]) -> Iterator[Route]:
    secured = bool(document.get("security"))
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", ())
                yield route_of(document, method, path, item[method], shared, secured)


def route_of(
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Json,
    shared: Any,
    secured: bool,
) -> Route:
    parameters = [resolved(document, one) for one in (*shared, *operation.get("parameters", ()))]
    asked_for = [one for one in parameters if one.get("in") == "query"]
    query = {
        one["name"]: text_of(template(document, one.get("schema", {}), one["name"]))
        for one in asked_for
        if one.get("required")
    }
    search = next((one["name"] for one in asked_for if SEARCH.fullmatch(one["name"])), "")
    if search in query:
        query, search = {**query, search: "{term}"}, ""
    content = resolved(document, operation.get("requestBody", {})).get("content", {})
    told = operation.get("security")
    public = told == [] or (told is None and secured is False and "security" in document)
    body, form, files = None, {}, []
    if asked := content.get("application/json"):
        body = asked.get("example") or template(document, asked.get("schema", {}), "")
    elif asked := content.get("multipart/form-data"):
        for name, schema in properties(document, asked.get("schema", {})).items():
            if schema.get("format") == "binary" or "contentMediaType" in schema:
                files.append(name)
            else:
                form[name] = text_of(template(document, schema, name))
    return Route(method.upper(), colons(path), query, body, form, tuple(files), public, search)


def properties(document: Mapping[str, Any], schema: Json) -> dict[str, Json]:
    whole = resolved(document, schema)
    return {name: resolved(document, one) for name, one in whole.get("properties", {}).items()}


def resolved(document: Mapping[str, Any], node: Json) -> Json:
    """What a `$ref` within the document names."""
    for _ in range(DEPTH):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return node
        found: Any = document
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
        node = found
    return {}


def template(document: Mapping[str, Any], schema: Json, name: str, depth: int = DEPTH) -> Any:
    """A value that a schema takes, with a marker wherever text may stand."""
    schema = resolved(document, schema)
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("examples") or schema.get("enum"):
        return (schema.get("examples") or schema["enum"])[0]
    for key in ("allOf", "anyOf", "oneOf"):
        if choices := schema.get(key):
            parts = [template(document, one, name, depth - 1) for one in choices]
            if key == "allOf" and all(isinstance(part, dict) for part in parts):
                return {member: value for part in parts for member, value in part.items()}
            return next((part for part in parts if part is not None), None)
    return by_type(document, schema, name, depth)


def by_type(document: Mapping[str, Any], schema: Json, name: str, depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object" and depth:
        members = properties(document, schema)
        return {key: template(document, one, key, depth - 1) for key, one in members.items()}
    if kind == "array" and depth:
        return [template(document, schema.get("items", {}), name, depth - 1)]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if kind == "boolean":
        return True
    return BY_FORMAT.get(schema.get("format", ""), "{marker}") if kind == "string" else None


BY_FORMAT = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "email": "{marker}@example.com",
    "uri": "https://example.com/{marker}",
    "url": "https://example.com/{marker}",
}


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()
