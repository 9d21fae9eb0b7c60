"""Why a body or a query does not fit, in the words Cloudflare's validator (zod) has for it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

# pydantic's kinds of error -> zod's names of what was expected.
EXPECTED = {
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "int_type": "number",
    "int_parsing": "number",
    "int_from_float": "integer",
    "float_type": "number",
    "float_parsing": "number",
    "string_type": "string",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
}
BOUNDS = {
    "greater_than_equal": ("Number must be greater than or equal to {ge}"),
    "less_than_equal": ("Number must be less than or equal to {le}"),
}
KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}


def reason_of(error: ValidationError) -> str:
    """The first thing that is wrong, and [guess] behind it where that is."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if isinstance(part, str | int))
    what = text_of(first["type"], first.get("ctx", {}), first["input"], first["msg"])
    return f"{what} ({where})" if where else what


def text_of(kind: str, facts: Mapping[str, Any], given: object, otherwise: str) -> str:
    if kind == "missing":
        return "Required"
    if kind == "json_invalid":
        return "Malformed JSON in request body"
    if kind == "literal_error":
        known = str(facts["expected"]).replace(" or ", " | ").replace(", ", " | ")
        return f"Invalid enum value. Expected {known}, received '{str(given)[:100]}'"
    if kind in BOUNDS:
        return BOUNDS[kind].format(**facts)
    if kind in EXPECTED:
        received = "null" if given is None else KINDS.get(type(given), "object")
        return f"Expected {EXPECTED[kind]}, received {received}"
    return otherwise
