"""What differs from run to run, by what it looks like: `<id>` in place of an id, and so on.

A mask says the type of what it hides: `<ms>` is a text, `<number: ms>` a number. A text that looks
like a mask is not one: `<id>` becomes `<literal id>`.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

# What `json.loads` gives.
Json = Any

UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"\d\d(?::|%3A)\d\d(?::|%3A)\d\d"
# The escaped slash of a key in a path ends with a letter and is an edge all the same.
EDGE = "(?:(?<![0-9A-Za-z])|(?<=%2F)|(?<=%2f))"
END = "(?![0-9A-Za-z])"
# A longer text is a case's letter: how long it is says enough.
LONGEST = 1000
TYPED = ("number", "number: ms", "number: s", "boolean", "list", "object", "text")

# The first that fits wins.
PATTERNS: Mapping[str, str] = {
    "token": r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*",
    "address": r"[\w.+-]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+",
    "state": f"{UUID}-[0-9a-z]{{8}}{END}",
    "id": UUID,
    "time": rf"{DAY}T{CLOCK}\.\d{{3}}Z",
    "sql time": f"{DAY} {CLOCK}{END}",
    "other time": rf"{DAY}[T ]{CLOCK}(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?",
    "http time": rf"[A-Z][a-z]{{2}}, \d\d [A-Z][a-z]{{2}} \d{{4}} {CLOCK} GMT",
    # No clock shows an earlier year: such a date is the case's own.
    "date": r"(?<!\d)(?:202[6-9]|20[3-9]\d)-\d\d-\d\d(?!\d)",
    "ms-random": r"(?<!\d)1\d{12}-[0-9a-z]{1,6}(?=\.)",
    "ms": r"(?<!\d)1\d{12}(?!\d)",
    "s": r"(?<!\d)1[6-9]\d{8}(?!\d)",
    "random": f"{EDGE}[0-9a-f]{{8,}}{END}",
    "origin": r"https?://[\w.-]+\.localhost(?::\d+)?",
}
NAMES = (*PATTERNS, *TYPED, "api", "site", "supabase")
LITERAL = rf"<(?P<literal>(?:literal )*(?:{'|'.join(NAMES)}|text of \d+ signs))>"


class Masker:
    """For one target: `origins` are its addresses by their names, such as `api`."""

    def __init__(self, origins: Mapping[str, str | None] = {}) -> None:
        self._names = {f"mask{at}": name for at, name in enumerate([*origins, *PATTERNS])}
        patterns = [*(addressed(url) for url in origins.values()), *PATTERNS.values()]
        named = zip(self._names, patterns, strict=True)
        parts = [LITERAL, *(f"(?P<{group}>{pattern})" for group, pattern in named)]
        self._pattern = re.compile("|".join(parts))

    def text(self, text: str) -> str:
        if len(text) > LONGEST:
            return f"<text of {len(text)} signs>"
        return self._pattern.sub(self._mask, text)

    def value(self, value: Json) -> Json:
        """A leaf of JSON."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return number(value)
        return value

    def _mask(self, found: re.Match[str]) -> str:
        group = str(found.lastgroup)
        if group == "literal":
            return f"<literal {found['literal']}>"
        return f"<{self._names[group]}>"


def addressed(url: str | None) -> str:
    """A URL as a pattern, plain or as a parameter of another; what never fits without one."""
    if url is None:
        return "(?!)"
    return f"(?:{re.escape(url)}|{re.escape(quote(url, safe=''))})(?![0-9A-Za-z.-])"


def number(value: int) -> Json:
    """Epoch times of this century's first half, after the project's beginning."""
    if 1_760_000_000 <= value < 2_600_000_000:
        return "<number: s>"
    if 1_760_000_000_000 <= value < 2_600_000_000_000:
        return "<number: ms>"
    return value


def by_type(value: Json) -> Json:
    """All that is told of a leaf that may be anything of its type."""
    if value is None:
        return None
    return {"string": "<text>"}.get(type_of(value), f"<{type_of(value)}>")


def type_of(value: Json) -> str:
    """A value's type in JSON, also of one that a mask hides."""
    if isinstance(value, str):
        return next((name for name in TYPES if re.fullmatch(TYPES[name], value)), "string")
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return "number" if isinstance(value, int | float) else {dict: "object"}.get(type(value), "list")


TYPES = {
    "number": r"<number(: \w+)?>",
    "boolean": "<boolean>",
    "list": "<list>",
    "object": "<object>",
}
