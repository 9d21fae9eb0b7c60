"""A text that a regular expression matches, for the patterns people write in schemas.

Built from Python's own parse of the pattern. Look-arounds and back-references are left out;
whoever asks checks the text against the pattern anyway.
"""

from importlib import import_module
from random import Random
from typing import Any

# How often a part that may repeat without end does so.
REPEATS = 3
PRINTABLE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_"
CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": "abcdefghijklmnopqrstuvwxyz0123456789_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "abcdefghijklmnopqrstuvwxyz",
    "CATEGORY_NOT_WORD": " -.",
    "CATEGORY_NOT_SPACE": "abcdefghijklmnopqrstuvwxyz",
}
MAX_CHARACTERS = 10_000


class NoText(Exception):
    """The pattern has something this cannot write."""


def text_for(pattern: str, random: Random) -> str:
    """Raises `NoText`."""
    parser = import_module("re._parser")
    try:
        parsed = parser.parse(pattern)
    except (parser.error, RecursionError, OverflowError):
        raise NoText from None
    return write(parsed, random, [MAX_CHARACTERS])


def write(parsed: Any, random: Random, room: list[int]) -> str:
    return "".join(part(str(name), value, random, room) for name, value in parsed)


def part(name: str, value: Any, random: Random, room: list[int]) -> str:
    room[0] -= 1
    if room[0] < 0:
        raise NoText
    if name == "LITERAL":
        return chr(value)
    if name == "ANY":
        return random.choice(PRINTABLE)
    if name == "IN":
        return random.choice(choices(value))
    if name == "NOT_LITERAL":
        return next(one for one in PRINTABLE if one != chr(value))
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = value
        times = min(int(most), max(int(least), REPEATS if int(least) == 0 else int(least)))
        return "".join(write(inner, random, room) for _ in range(times))
    if name == "SUBPATTERN":
        return write(value[-1], random, room)
    if name == "ATOMIC_GROUP":
        return write(value, random, room)
    if name == "BRANCH":
        return write(random.choice(value[1]), random, room)
    if name == "AT":
        return ""
    raise NoText


def choices(items: Any) -> str:
    """The characters of a class such as `[a-z0-9_]`."""
    negated, found = False, ""
    for name, value in items:
        kind = str(name)
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            found += chr(value)
        elif kind == "RANGE":
            found += "".join(map(chr, range(value[0], min(value[1], value[0] + 99) + 1)))
        elif kind == "CATEGORY":
            found += CATEGORIES.get(str(value), "")
    if negated:
        found = "".join(one for one in PRINTABLE if one not in found)
    if not found:
        raise NoText
    return found
