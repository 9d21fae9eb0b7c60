"""SQL text into its statements, without a database: strings, comments, trigger bodies.

A semicolon ends a statement unless it is inside quotes, a comment or a trigger's body;
of the last SQLite itself is asked.
"""

import re
from collections.abc import Iterator

import apsw

from emulator.d1.limits import MAX_SQL_BYTES

TOKEN = re.compile(
    r"""'[^']*(?:'|\Z) | "[^"]*(?:"|\Z) | `[^`]*(?:`|\Z) | \[[^\]]*(?:\]|\Z)
      | --[^\n]* | /\*.*?(?:\*/|\Z) | ;""",
    re.VERBOSE | re.DOTALL,
)
BLANK = re.compile(r"(?:[ \t\n\f\r;]+|--[^\n]*|/\*.*?(?:\*/|\Z))*", re.DOTALL)


def statements_in(text: str) -> Iterator[str]:
    """Each statement of the text, without the semicolon that ends it; blank ones left out."""
    start = 0
    for token in TOKEN.finditer(text):
        if token[0] == ";" and is_complete(text, start, token.end()):
            yield from piece(text, start, token.start())
            start = token.end()
    yield from piece(text, start, len(text))


def is_complete(text: str, start: int, end: int) -> bool:
    """Whether the text is a statement and not the inside of a trigger."""
    if end - start > MAX_SQL_BYTES:
        # Too long whatever it is, and asking for every semicolon would take for ever.
        return True
    statement = text[start:end]
    return "\0" in statement or apsw.complete(statement)


def piece(text: str, start: int, end: int) -> Iterator[str]:
    if not is_blank(text, start, end):
        # The engine counts error offsets from where the last statement ended, spaces skipped.
        yield text[start:end].lstrip(" \n") if start else text[:end]


def is_blank(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether there are only spaces, comments and semicolons."""
    match = BLANK.match(text, start, len(text) if end is None else end)
    return match is not None and match.end() == (len(text) if end is None else end)
