"""JavaScript's values in Python."""

import json
from datetime import UTC, datetime

import pytest

from emulator.workers.python.values import (
    JsArray,
    JsDate,
    JsException,
    JsObject,
    dumps,
    parse,
    to_js,
)


def test_an_object_is_asked_by_name_by_key_and_as_a_dictionary() -> None:
    found = parse('{"a": {"b": [1, null]}}')

    assert found.a.b[0] == found["a"]["b"][0] == found.to_py()["a"]["b"][0] == 1
    assert type(found.to_py()["a"]) is dict
    with pytest.raises(AttributeError):
        found.c  # noqa: B018  # asking is what is tried


def test_an_array_under_a_methods_name_is_both() -> None:
    found = JsObject(keys=JsArray([{"name": "a"}]), items="text")

    assert found.keys[0]["name"] == "a"  # type: ignore[index]  # an array and a method
    assert list(found.keys()) == ["keys", "items"]
    assert found["items"] == "text"
    assert json.loads(json.dumps(found)) == {"keys": [{"name": "a"}], "items": "text"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1),
        ("0.5", 0.5),
        ("9007199254740993", 9007199254740992),
        ("-9007199254740991", -9007199254740991),
        ("123456789012345678901234567890", 123456789012345677877719597056),
    ],
)
def test_numbers_are_javascripts(text: str, value: float) -> None:
    assert parse(text) == value
    assert type(parse(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "Unexpected token 'h', \"hello\" is not valid JSON"),
        ("", "Unexpected end of JSON input"),
        ('{"a":', "Unexpected end of JSON input"),
        ("NaN", "Unexpected token 'N', \"NaN\" is not valid JSON"),
        ("[" * 100_000, "Unexpected token '['"),
        ("[" * 1_000 + "]" * 1_000, "Unexpected token '['"),
    ],
)
def test_json_that_is_none_is_refused_in_v8s_words(text: str, message: str) -> None:
    with pytest.raises(JsException) as refused:
        parse(text)

    assert refused.value.name == "SyntaxError"
    assert refused.value.message.startswith(message)


def test_json_holds_what_javascripts_would() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert dumps([float("nan"), 2.0, "é", "\ud800", moment]) == (
        '[null,2,"é","\\ud800","2026-01-01T00:00:00.000Z"]'.encode()
    )
    with pytest.raises(JsException):
        dumps(object())


def test_what_python_gives_becomes_javascripts_all_the_way_down() -> None:
    given = to_js({"a": ({"b": b"x"},)})

    assert given.a[0].b.to_bytes() == b"x"
    assert given.a.length == 1


def test_a_date_is_javascripts_and_pythons() -> None:
    moment = JsDate.of(1_000_000_000_123)

    assert moment.toISOString() == "2001-09-09T01:46:40.123Z"
    assert (moment.getTime(), moment.year) == (1_000_000_000_123, 2001)
