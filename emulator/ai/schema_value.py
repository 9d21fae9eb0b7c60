"""A value that a JSON Schema describes, the same for the same seed.

Draft 2020-12 as people write it: types, enums, objects, arrays, numbers, strings with formats
and patterns, local `$ref`s, combinations. `schema_check` has the last word on the result.
"""

import math
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any
from urllib.parse import unquote

from emulator.ai.models import Json
from emulator.ai.pattern_text import NoText, text_for

# Below this optional properties and spare items are left out, below the other nothing is made.
SHALLOW = 6
MAX_DEPTH = 40
MAX_VALUES = 20_000
USUAL_ITEMS = 2
TRIES = 40

FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-{day:02}T09:30:00Z",
    "date": "2026-01-{day:02}",
    "time": "09:{day:02}:00Z",
    "duration": "P{day}D",
    "email": "person{day}@example.com",
    "idn-email": "person{day}@example.com",
    "hostname": "host{day}.example.com",
    "idn-hostname": "host{day}.example.com",
    "ipv4": "192.0.2.{day}",
    "ipv6": "2001:db8::{day}",
    "uri": "https://example.com/{day}",
    "uri-reference": "/{day}",
    "iri": "https://example.com/{day}",
    "url": "https://example.com/{day}",
    "uuid": "00000000-0000-4000-8000-0000000000{day:02}",
    "json-pointer": "/{day}",
    "regex": "[a-z]{{{day}}}",
}
# What a schema without a type is about, by the keywords it has.
TYPE_BY_KEYWORD = (
    ("properties", "object"),
    ("required", "object"),
    ("additionalProperties", "object"),
    ("minProperties", "object"),
    ("items", "array"),
    ("prefixItems", "array"),
    ("minItems", "array"),
    ("contains", "array"),
    ("pattern", "string"),
    ("format", "string"),
    ("minLength", "string"),
    ("maxLength", "string"),
    ("multipleOf", "number"),
    ("minimum", "number"),
    ("maximum", "number"),
    ("exclusiveMinimum", "number"),
    ("exclusiveMaximum", "number"),
)


# What keywords that hold what they must not lead to, and schemas that contain themselves.
MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class Unsatisfiable(Exception):
    """No value, or none that this can make."""


def value_for(schema: Json, seed: str) -> Json:
    """Raises `Unsatisfiable`."""
    try:
        return Maker(schema, Random(seed)).make(schema, "value", 0)
    except MALFORMED as error:
        raise Unsatisfiable from error


class Maker:
    """Makes values for the schema `root` and those inside it."""

    def __init__(self, root: Json, random: Random) -> None:
        self._root = root
        self._random = random
        self._left = MAX_VALUES

    def make(self, schema: Json, name: str, depth: int) -> Json:
        """A value for `schema`; `name` is the property's, which texts are made of."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH or schema is False:
            raise Unsatisfiable
        if schema is True:
            schema = {}
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._one_of(schema, keyword, name, depth)
        return self._of_type(type_of(schema), schema, name, depth)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with what it refers to and all of `allOf` taken in."""
        for _ in range(MAX_DEPTH):
            if "$ref" in schema:
                target = self._target(schema["$ref"])
                schema = merged({k: v for k, v in schema.items() if k != "$ref"}, target)
            elif "allOf" in schema:
                parts = schema["allOf"]
                schema = {key: value for key, value in schema.items() if key != "allOf"}
                for part in parts:
                    schema = merged(schema, self._resolved(part))
            else:
                return schema
        raise Unsatisfiable

    def _target(self, reference: str) -> dict[str, Any]:
        if not reference.startswith("#"):
            raise Unsatisfiable
        found = self._root
        for step in reference[1:].split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found if isinstance(found, dict) else {}

    def _one_of(self, schema: dict[str, Any], keyword: str, name: str, depth: int) -> Json:
        """By the first alternative that can be; null is the last resort."""
        rest = {key: value for key, value in schema.items() if key != keyword}
        options = sorted(schema[keyword], key=lambda option: option == {"type": "null"})
        for option in options:
            try:
                whole = merged(rest, option) if isinstance(option, dict) else rest
                return self.make(whole, name, depth + 1)
            except Unsatisfiable:
                continue
        raise Unsatisfiable

    def _of_type(self, kind: str, schema: dict[str, Any], name: str, depth: int) -> Json:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return self._number(schema, whole=kind == "integer")
        if kind == "boolean":
            return self._random.random() < 0.5
        if kind == "null":
            return None
        return self._string(schema, name)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Json]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        made: dict[str, Json] = {}
        for key, inner in properties.items():
            if key in required:
                made[key] = self.make(inner, key, depth + 1)
            elif depth < SHALLOW and inner is not False:
                try:
                    made[key] = self.make(inner, key, depth + 1)
                except Unsatisfiable:
                    continue
        other = schema.get("additionalProperties", True)
        spare = (f"extra{number}" for number in range(schema.get("minProperties", 0)))
        for key in (*required, *spare):
            missing = len(made) < schema.get("minProperties", 0)
            if key not in made and (key in required or missing):
                made[key] = self.make(other, key, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Json]:
        prefix = schema.get("prefixItems", [])
        made = [self.make(inner, name, depth + 1) for inner in prefix]
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        usual = USUAL_ITEMS if depth < SHALLOW else 0
        wanted = min(max(least, len(made), usual), most)
        if "contains" in schema and len(made) < wanted:
            made.append(self.make(schema["contains"], name, depth + 1))
        items = schema.get("items", True)
        for _ in range(TRIES + wanted):
            if len(made) >= wanted:
                break
            try:
                item = self.make(items, name, depth + 1)
            except Unsatisfiable:
                break
            if not (schema.get("uniqueItems") and item in made):
                made.append(item)
        if len(made) < least:
            raise Unsatisfiable
        return made[: int(min(most, len(made)))]

    def _number(self, schema: dict[str, Any], *, whole: bool) -> int | float:
        step = schema.get("multipleOf", 1 if whole else None)
        low = bound(max, schema, "minimum", "exclusiveMinimum", step or 0.5)
        high = bound(min, schema, "maximum", "exclusiveMaximum", -(step or 0.5))
        if low is None:
            low = 1 if high is None else min(1, high)
        high = low + 99 * (step or 1) if high is None else high
        if whole and step is not None and not float(step).is_integer():
            step = 1
        if step is None:
            return round(low + (high - low) * self._random.random(), 2) if high > low else low
        first, last = math.ceil(low / step), math.floor(high / step)
        if last < first:
            raise Unsatisfiable
        value = self._random.randint(first, last) * step
        return int(value) if whole or float(value).is_integer() else value

    def _string(self, schema: dict[str, Any], name: str) -> str:
        if "pattern" in schema:
            try:
                return text_for(schema["pattern"], self._random)
            except NoText:
                raise Unsatisfiable from None
        if (form := FORMATS.get(schema.get("format", ""))) is not None:
            return form.format(day=self._random.randint(1, 28))
        text = f"{name} {self._random.randint(1, 999)}"
        least = schema.get("minLength", 0)
        if least > MAX_VALUES:
            raise Unsatisfiable
        while len(text) < least:
            text += f" {name} {self._random.randint(1, 999)}"
        most = schema.get("maxLength")
        return text if most is None else text[: max(int(most), 0)]


def type_of(schema: Mapping[str, Any]) -> str:
    """The type to make; of several the first that is not null."""
    given = schema.get("type")
    if isinstance(given, list):
        given = next((one for one in given if one != "null"), "null")
    if given is None:
        given = next((kind for key, kind in TYPE_BY_KEYWORD if key in schema), "string")
    return str(given)


def merged(one: dict[str, Any], other: Json) -> dict[str, Any]:
    """Both schemas at once, near enough: properties together, the narrower of two bounds."""
    if other is False:
        raise Unsatisfiable
    if other is True:
        return one
    result = {**one, **other}
    for name in ("properties", "$defs", "definitions"):
        if name in one and name in other:
            ours, theirs = one[name], other[name]
            both = {key: conjunction(ours[key], theirs[key]) for key in ours if key in theirs}
            result[name] = {**ours, **theirs, **both}
    if "required" in one and "required" in other:
        result["required"] = [*one["required"], *other["required"]]
    if "enum" in one and "enum" in other:
        result["enum"] = [value for value in one["enum"] if value in other["enum"]]
    for key in one.keys() & other.keys():
        if key.startswith(("min", "exclusiveMin")):
            result[key] = max(one[key], other[key])
        elif key.startswith(("max", "exclusiveMax")):
            result[key] = min(one[key], other[key])
    return result


def conjunction(one: Json, other: Json) -> Json:
    """Two schemas of one property."""
    return merged(one, other) if isinstance(one, dict) else one and other


def bound(
    narrower: Any, schema: Mapping[str, Any], inclusive: str, exclusive: str, step: float
) -> float | None:
    """The bound a number has to keep, the exclusive one a step further in."""
    found: Iterable[float] = [
        *([schema[inclusive]] if inclusive in schema else []),
        *([schema[exclusive] + step] if exclusive in schema else []),
    ]
    values = list(found)
    return float(narrower(values)) if values else None
