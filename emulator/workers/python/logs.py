"""What a script says: lines of JSON on standard output, as workerd writes them."""

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from emulator.workers.python.values import JsException, plain

# Level and text.
Say = Callable[[str, str], None]
MAX_LINE_CHARACTERS = 131_072


def milliseconds() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


def line_of(level: str, text: str) -> str:
    entry = {"timestamp": milliseconds(), "level": level, "message": text[:MAX_LINE_CHARACTERS]}
    return json.dumps(entry) + "\n"


def writer() -> Say:
    """Writes to the real standard output, a line at a time."""
    out = sys.__stdout__
    assert out is not None

    def say(level: str, text: str) -> None:
        out.write(line_of(level, text))
        out.flush()

    return say


class Lines(io.TextIOBase):
    """A stream for `print` whose lines are said."""

    def __init__(self, level: str, say: Say) -> None:
        self._level = level
        self._say = say
        self._begun = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base says it may be absent
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._say(self._level, line)
        return len(text)

    def flush(self) -> None:
        if len(self._begun) > MAX_LINE_CHARACTERS:
            begun, self._begun = self._begun, ""
            self._say(self._level, begun)


class Console:
    """`console`, as JavaScript has it."""

    def __init__(self, say: Say) -> None:
        for level in ("log", "info", "warn", "error", "debug"):
            setattr(self, level, lambda *given, level=level: say(level, shown(given)))
        self.trace = self.debug  # type: ignore[attr-defined]  # set just above


def shown(given: tuple[Any, ...]) -> str:
    return " ".join(one if isinstance(one, str) else text_of(one) for one in given)


def text_of(value: Any) -> str:
    if isinstance(value, JsException):
        return str(value)
    try:
        return json.dumps(plain(value), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)
