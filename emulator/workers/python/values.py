"""JavaScript's values as Python sees them in a Python Worker.

An object can be asked as a mapping, by attribute, and by `to_py()`, as the proxies of Pyodide
and the dictionaries of Cloudflare's SDK can. `null` and `undefined` are both `None`.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import orjson

MAX_SAFE = 2**53
MAX_QUOTED = 40
# More digits than any number that is exact.
LONGEST_EXACT = 20
METHODS = frozenset(dir(dict))
# What is the same in both languages, and most of what there is.
ATOMS = frozenset({str, int, float, bool, type(None)})


class JsProxy:
    """What everything that comes from JavaScript is an instance of."""


class JsException(Exception):
    """An error thrown in JavaScript: `name`, `message`, and `cause` if it has one."""

    def __init__(self, name: str, message: str, cause: "JsException | None" = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.cause = cause


class JsObject(dict[str, Any], JsProxy):
    """A plain object. A dictionary's methods come before what it holds: `row["items"]`. Only an
    array is both, such as KV's `found.keys` and `found.keys()`.
    """

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") or not dict.__contains__(self, name):
            return super().__getattribute__(name)
        value = dict.__getitem__(self, name)
        if name not in METHODS:
            return value
        method = super().__getattribute__(name)
        return CallableArray(value, method) if isinstance(value, list) else method

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def to_py(self, **_: Any) -> dict[str, Any]:
        return {key: plain(value) for key, value in dict.items(self)}

    def object_keys(self) -> "JsArray":
        return JsArray(self)

    def object_values(self) -> "JsArray":
        return JsArray(dict.values(self))

    def object_entries(self) -> "JsArray":
        return JsArray(JsArray(pair) for pair in dict.items(self))

    def as_object_map(self, **_: Any) -> Self:
        return self


class JsArray(list[Any], JsProxy):
    """An array."""

    @property
    def length(self) -> int:
        return len(self)

    def to_py(self, **_: Any) -> list[Any]:
        return [plain(value) for value in self]

    def push(self, *values: Any) -> int:
        self.extend(values)
        return len(self)


class CallableArray(JsArray):
    """An array under a name that is a method's too."""

    def __init__(self, values: Iterable[Any], method: Callable[..., Any]) -> None:
        super().__init__(values)
        self._method = method

    def __call__(self, *given: Any) -> Any:
        return self._method(*given)


class JsBuffer(bytes, JsProxy):
    """Bytes: an `ArrayBuffer` or a view of one."""

    @property
    def byteLength(self) -> int:  # JavaScript's name
        return len(self)

    length = byteLength

    @property
    def buffer(self) -> Self:
        return self

    def to_py(self, **_: Any) -> memoryview:
        return memoryview(self)

    def to_memoryview(self) -> memoryview:
        return memoryview(self)

    def to_bytes(self) -> bytes:
        return bytes(self)

    def to_string(self, encoding: str = "utf-8") -> str:
        return self.decode(encoding)

    def slice(self, start: int = 0, end: int | None = None) -> "JsBuffer":
        return JsBuffer(self[start:end])


class JsDate(datetime, JsProxy):
    """A moment, as `Date` and as `datetime`, in UTC."""

    @classmethod
    def of(cls, milliseconds: float) -> "JsDate":
        return cls.fromtimestamp(milliseconds / 1000, UTC)

    def getTime(self) -> int:
        return round(self.timestamp() * 1000)

    def toISOString(self) -> str:
        return self.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.microsecond // 1000:03d}Z"

    def toJSON(self) -> str:
        return self.toISOString()


def pairs(value: Mapping[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """Keys and values, whatever they are called."""
    return dict.items(value) if isinstance(value, dict) else value.items()


def plain(value: Any) -> Any:
    """The value as Python's own containers."""
    if type(value) in ATOMS:
        return value
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in pairs(value)}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def to_js(
    value: Any,
    *,
    dict_converter: Callable[[Iterable[Any]], Any] | None = None,
    depth: int = -1,
    **_: Any,
) -> Any:
    """Python's containers as JavaScript's. There is no difference between Map and Object here."""
    if isinstance(value, JsProxy) or depth == 0:
        return value
    if isinstance(value, Mapping):
        return JsObject({key: to_js(one, depth=depth - 1) for key, one in pairs(value)})
    if isinstance(value, list | tuple | set | frozenset):
        return JsArray(to_js(one, depth=depth - 1) for one in value)
    if isinstance(value, bytes | bytearray | memoryview):
        return JsBuffer(value)
    return value


def parse(text: str | bytes) -> Any:
    """JSON's value. Raises `JsException` with V8's text."""
    try:
        return from_json(orjson.loads(text))
    except (orjson.JSONDecodeError, RecursionError):
        return parse_anything(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def from_json(value: Any) -> Any:
    """What a parser of JSON has made, as JavaScript has it: its own objects, and numbers."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        return JsObject({key: from_json(one) for key, one in value.items()})
    if kind is list:
        return JsArray([from_json(one) for one in value])
    return number(value)


def number(value: int | float) -> int | float:
    """A number as JavaScript has it: whole ones are `int`, large ones lose digits."""
    if type(value) is int and -MAX_SAFE <= value <= MAX_SAFE:
        return value
    inexact = float(value)
    return int(inexact) if inexact.is_integer() else inexact


def parse_anything(text: str) -> Any:
    """By the slower parser, which takes lone surrogates and says where it stopped."""
    try:
        return from_json(json.loads(text, parse_int=whole, parse_constant=refused))
    except (ValueError, RecursionError) as error:
        position = error.pos if isinstance(error, json.JSONDecodeError) else 0
        raise JsException("SyntaxError", complaint(text, position)) from None


def whole(text: str) -> int | float:
    """Digits by the hundred are no `int` for Python, and no number is that exact."""
    return int(text) if len(text) <= LONGEST_EXACT else float(text)


def refused(constant: str) -> Any:
    raise ValueError(constant)


def complaint(text: str, position: int) -> str:
    if not text[position:].strip():
        return "Unexpected end of JSON input"
    quoted = f'"{text}"' if len(text) <= MAX_QUOTED else f'..."{text[position : position + 20]}"...'
    return f"Unexpected token '{text[position]}', {quoted} is not valid JSON"


def dumps(value: Any) -> bytes:
    """JSON, as `JSON.stringify` writes it. Raises `JsException` for what it cannot hold."""
    try:
        text = json.dumps(sendable(value), ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise JsException("TypeError", str(error)) from None
    # A lone surrogate becomes its escape, as in JavaScript; DEL, which no header holds, too.
    return text.replace("\x7f", "\\u007f").encode("utf-8", "backslashreplace")


def sendable(value: Any) -> Any:
    """The value with only what JSON has: NaN is null, a date its text."""
    if isinstance(value, Mapping):
        return {str(key): sendable(one) for key, one in pairs(value)}
    if isinstance(value, datetime):
        return JsDate.of(value.timestamp() * 1000).toISOString()
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    if isinstance(value, list | tuple | set) or hasattr(value, "tolist"):
        return [sendable(one) for one in value]
    return value


def is_bytes(value: Any) -> bool:
    return isinstance(value, bytes | bytearray | memoryview)


def options_of(given: Any, named: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call: an object, keyword arguments, or both. `None` stands for absent."""
    merged = {**(given if isinstance(given, Mapping) else {}), **named}
    return {name: value for name, value in merged.items() if value is not None}


def is_header_safe(text: str) -> bool:
    return re.search(r"[\r\n\0]", text) is None
