"""Whether a value is what a JSON Schema (draft 2020-12) describes: the jsonschema library's word.

Nothing is fetched for a `$ref`, patterns cannot hang (`regex.py`), and a schema whose
references multiply is given up. Imported when a schema is first checked.
"""

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from emulator.ai.models import Json
from emulator.ai.regex import matcher

MAX_REFERENCES = 20_000

Errors = Iterator[ValidationError]


class TooComplex(Exception):
    """The schema's references multiply."""


def pattern(validator: Any, wanted: str, value: Json, schema: Json) -> Errors:
    if isinstance(value, str) and not matcher(wanted)(value):
        yield ValidationError(f"{value!r} does not match {wanted!r}")


def pattern_properties(validator: Any, wanted: Json, value: Json, schema: Json) -> Errors:
    if not isinstance(value, dict):
        return
    for expression, inner in wanted.items():
        for name, item in value.items():
            if matcher(expression)(name):
                yield from validator.descend(item, inner, path=name, schema_path=expression)


def counting(budget: list[int], follow: Callable[..., Errors | None]) -> Callable[..., Errors]:
    """The same reference keyword, until the budget is spent."""

    def keyword(validator: Any, reference: str, value: Json, schema: Json) -> Errors:
        budget[0] -= 1
        if budget[0] < 0:
            raise TooComplex
        yield from follow(validator, reference, value, schema) or ()

    return keyword


def is_valid(schema: Json, value: Json) -> bool:
    """False also for a schema that is none, or that cannot be followed."""
    budget = [MAX_REFERENCES]
    plain = Draft202012Validator.VALIDATORS
    checked = extend(
        Draft202012Validator,
        {
            "pattern": pattern,
            "patternProperties": pattern_properties,
            "$ref": counting(budget, plain["$ref"]),
            "$dynamicRef": counting(budget, plain["$dynamicRef"]),
        },
    )
    try:
        Draft202012Validator.check_schema(schema)
        validator = checked(schema, registry=Registry())
        return next(validator.iter_errors(value), None) is None
    except (SchemaError, Unresolvable, TooComplex, RecursionError, ValueError, TypeError):
        return False
