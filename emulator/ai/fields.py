"""Reads the fields of a JSON object; what is wrong is said as Workers AI says it.

Its validator tries each form of a model's input and lists what each lacks: `oneOf at '/' not
met, 0 matches: required properties at '/' are 'prompt', …` (`cloudflare-behaviour` §8.4). Some
of the single complaints are quoted in public bug reports, the others are [guess].
"""

import math
from collections.abc import Sequence
from typing import cast

import orjson

from emulator.ai.errors import BadInput, IncompleteRequest
from emulator.ai.limits import MAX_DEPTH
from emulator.ai.models import Json, JsonObject

KINDS = (
    (bool, "boolean"),
    (str, "string"),
    (int, "number"),
    (float, "number"),
    (dict, "object"),
    (list, "array"),
)


def kind_of(value: Json) -> str:
    return next((name for kind, name in KINDS if isinstance(value, kind)), "null")


def object_in(body: bytes) -> JsonObject:
    """The body as a JSON object. Raises `IncompleteRequest`, `BadInput`."""
    if not body.strip():
        raise IncompleteRequest(what="body")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(reason=f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInput(reason=f"Type mismatch of '/', '{kind_of(value)}' not in 'object'")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        check_depth(value)
    return value


def check_depth(value: JsonObject) -> None:
    """orjson reads deeper than it writes, and what is read here is written again."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for values in inner for one in values if isinstance(one, dict | list)]
        if not level:
            return
    raise BadInput(reason=f"the body nests deeper than {MAX_DEPTH} levels")


class Fields:
    """The fields of one object. null is as good as absent."""

    def __init__(self, body: JsonObject, at: str = "") -> None:
        self._body = body
        self._at = at
        self.wrong: list[str] = []

    def has(self, name: str) -> bool:
        return self._body.get(name) is not None

    def mistyped(self, name: str, expected: str) -> None:
        kind = kind_of(self._body.get(name))
        self.wrong.append(f"Type mismatch of '{self._at}/{name}', '{kind}' not in '{expected}'")

    def text(self, name: str, default: str = "", *, most: int | None = None) -> str:
        value = self._body.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.mistyped(name, "string")
            return default
        if most is not None and len(value) > most:
            self.wrong.append(f"Length of '{self._at}/{name}' must be <= {most}")
        return value

    def flag(self, name: str) -> bool:
        value = self._body.get(name)
        if value is not None and not isinstance(value, bool):
            self.mistyped(name, "boolean")
        return value is True

    def number(
        self, name: str, low: float, high: float, *, whole: bool = False
    ) -> float | int | None:
        """A finite number within its bounds, else None."""
        value = self._body.get(name)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            self.mistyped(name, "integer" if whole else "number")
            return None
        if whole and value != int(value):
            self.wrong.append(f"Type mismatch of '{self._at}/{name}', 'number' not in 'integer'")
            return None
        if value < low:
            self.wrong.append(f"'{self._at}/{name}' must be >= {low:g}")
        elif value > high:
            self.wrong.append(f"'{self._at}/{name}' must be <= {high:g}")
        return int(value) if whole else cast("float | int", value)

    def rows(self, name: str) -> list[Json]:
        """A list; None is an empty one."""
        value = self._body.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.mistyped(name, "array")
            return []
        return value

    def object(self, name: str) -> JsonObject:
        value = self._body.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.mistyped(name, "object")
            return {}
        return value

    def require(self, name: str) -> None:
        if not self.has(name):
            at = self._at or "/"
            self.wrong.append(f"required properties at '{at}' are '{name}'")

    def check(self) -> None:
        """Raises `BadInput` if anything was wrong."""
        if self.wrong:
            raise BadInput(reason=none_matches(self.wrong))


def none_matches(wrong: Sequence[str]) -> str:
    return f"oneOf at '/' not met, 0 matches: {', '.join(dict.fromkeys(wrong))}"
