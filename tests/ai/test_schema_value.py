"""Values for JSON schemas: the jsonschema library says whether they are what was asked for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emulator.ai.pattern_text import NoText, text_for
from emulator.ai.schema_check import is_valid
from emulator.ai.schema_value import Unsatisfiable, value_for

NODE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}
SCHEMAS: list[Any] = [
    True,
    {},
    {"type": "string", "minLength": 40, "maxLength": 50},
    {"type": "string", "maxLength": 0},
    {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}(x|yz)?$"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"enum": [None, 3, "x", {"a": 1}]},
    {"const": {"a": [1, 2]}},
    {"type": "integer", "minimum": 3, "maximum": 3},
    {"type": "integer", "multipleOf": 7, "minimum": 50},
    {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 2},
    {"type": "integer", "maximum": -5},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "minimum": 0.25, "maximum": 0.26},
    {"type": "number", "multipleOf": 0.5, "maximum": 0},
    {"type": ["null", "boolean"]},
    {"type": "array", "items": {"type": "integer"}, "minItems": 5},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}], "items": False},
    {"type": "array", "contains": {"const": 9}, "minItems": 2, "items": {"type": "integer"}},
    {"properties": {"a": {"type": "string"}}, "required": ["a", "b"]},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {
        "allOf": [
            {"properties": {"a": {"type": "integer", "minimum": 5}}, "required": ["a"]},
            {"properties": {"a": {"maximum": 9}, "b": {"type": "string"}}, "required": ["b"]},
        ],
        "type": "object",
    },
    {"oneOf": [{"type": "integer", "minimum": 10, "maximum": 1}, {"type": "string"}]},
    {"anyOf": [{"type": "null"}, {"type": "string", "format": "email"}]},
    {"type": "object", "properties": {"never": False, "a": {"type": "integer"}}},
    NODE,
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_value_is_what_its_schema_says(schema: Any) -> None:
    for seed in ("a", "b", "c"):
        Draft202012Validator(schema).validate(value_for(schema, seed))


def inner(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.text("abcdef", min_size=1, max_size=3)
    objects = st.dictionaries(names, children, max_size=3).flatmap(
        lambda properties: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(properties),
                "required": st.just(sorted(properties)) | st.just([]),
                "additionalProperties": st.booleans(),
            }
        )
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": children, "minItems": st.integers(0, 4)}
    )
    return objects | arrays | st.fixed_dictionaries({"anyOf": st.lists(children, min_size=1)})


numbers = st.integers(-1000, 1000).flatmap(
    lambda low: st.fixed_dictionaries(
        {
            "type": st.sampled_from(["integer", "number"]),
            "minimum": st.just(low),
            "maximum": st.integers(low, low + 50),
        }
    )
)
texts = st.integers(0, 30).flatmap(
    lambda least: st.fixed_dictionaries(
        {
            "type": st.just("string"),
            "minLength": st.just(least),
            "maxLength": st.integers(least, least + 30),
        }
    )
)
leaves = numbers | texts | st.sampled_from([{"type": "boolean"}, {"type": "null"}, True])


@settings(max_examples=200, deadline=None)
@given(schema=st.recursive(leaves, inner, max_leaves=8), seed=st.text(max_size=5))
def test_any_value_is_what_its_schema_says(schema: Any, seed: str) -> None:
    value = value_for(schema, seed)

    assert is_valid(schema, value)
    assert value == value_for(schema, seed)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"$ref": "#"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs/none"},
        {"allOf": [{"$ref": "#"}]},
        {"enum": []},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "array", "items": False, "minItems": 1},
        {"type": "array", "items": {"const": 1}, "minItems": 2, "uniqueItems": True},
        {"type": "string", "minLength": 10**9},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "pattern": "("},
        {"type": "string", "pattern": "(?=a)b"},
        {"type": "string", "pattern": "a{1000000000}"},
        {"properties": 5},
        {"minimum": "x"},
        {"type": "object", "required": 7},
        7,
        None,
    ],
    ids=str,
)
def test_what_cannot_be_is_said_so(schema: Any) -> None:
    with pytest.raises(Unsatisfiable):
        value_for(schema, "seed")


def test_a_schema_that_multiplies_is_given_up() -> None:
    doubling: dict[str, Any] = {
        f"n{number}": {"type": "array", "prefixItems": [{"$ref": f"#/$defs/n{number + 1}"}] * 2}
        for number in range(30)
    }
    schema = {"$defs": {**doubling, "n30": True}, "$ref": "#/$defs/n0"}

    with pytest.raises(Unsatisfiable):
        value_for(schema, "seed")


@pytest.mark.timeout(20)
def test_a_check_that_multiplies_is_given_up() -> None:
    doubling = {
        f"n{number}": {"allOf": [{"$ref": f"#/$defs/n{number + 1}"}] * 2} for number in range(40)
    }
    schema = {"$defs": {**doubling, "n40": {}}, "$ref": "#/$defs/n0"}

    assert not is_valid(schema, 1)


@pytest.mark.timeout(20)
def test_a_pattern_cannot_hang_a_check() -> None:
    hostile = "a" * 50_000 + "!"

    assert not is_valid({"pattern": "(a+)+$"}, hostile)
    assert not is_valid({"patternProperties": {"(a+)+!$": False}}, {hostile: 1})


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"pattern": "^a+$"}, "aa", True),
        ({"pattern": "^a+$"}, "b", False),
        ({"pattern": "^a+$"}, 7, True),
        ({"patternProperties": {"^n": {"type": "integer"}}}, {"n1": 1, "x": "y"}, True),
        ({"patternProperties": {"^n": {"type": "integer"}}}, {"n1": "1"}, False),
        ({"$ref": "https://example.com/schema.json"}, 1, False),
        ({"type": "nonsense"}, 1, False),
    ],
)
def test_a_check_knows(schema: Any, value: Any, valid: bool) -> None:
    assert is_valid(schema, value) is valid


@pytest.mark.parametrize("pattern", ["(?<=a)b", r"(a)\1", "[", "(?!x)"])
def test_a_pattern_beyond_it_has_no_text(pattern: str) -> None:
    from random import Random

    with pytest.raises(NoText):
        text_for(pattern, Random(1))
