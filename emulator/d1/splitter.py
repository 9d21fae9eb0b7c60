"""SQL text into its statements, without a database: strings, comments, trigger bodies.

A semicolon ends a statement unless it is inside quotes, a comment or a trigger's body,
which ends at `; END;` as SQLite's own shell has it. The cost is linear in the text.
"""

import re
from collections.abc import Iterator

SPACE = r"(?:[ \t\n\f\r]+|--[^\n]*|/\*.*?(?:\*/|\Z))*+"
QUOTED = r"""'[^']*(?:'|\Z)|"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z)|\[[^\]]*(?:\]|\Z)"""
COMMENT = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
FLAGS = re.DOTALL | re.IGNORECASE

BLANK = re.compile(r"(?:[ \t\n\f\r;]+|--[^\n]*|/\*.*?(?:\*/|\Z))*+", FLAGS)
TRIGGER = re.compile(
    rf"(?:EXPLAIN{SPACE}(?:QUERY{SPACE}PLAN{SPACE})?)?"
    rf"CREATE{SPACE}(?:TEMP(?:ORARY)?{SPACE})?TRIGGER\b",
    FLAGS,
)
END_OF_STATEMENT = re.compile(rf"{QUOTED}|{COMMENT}|(?P<end>;)", FLAGS)
END_OF_TRIGGER = re.compile(rf"{QUOTED}|{COMMENT}|;{SPACE}END{SPACE}(?P<end>;)|;", FLAGS)


def statements_in(text: str) -> Iterator[str]:
    """Each statement of the text, without the semicolon that ends it; blank ones left out."""
    start = 0
    while (first := after_blank(text, start)) < len(text):
        end = end_of_statement(text, first)
        # The engine counts error offsets from where the last statement ended, but for spaces.
        yield text[start:end].lstrip(" \n") if start else text[:end]
        start = end + 1


def end_of_statement(text: str, first: int) -> int:
    """Where its semicolon is, or the end of the text."""
    ending = END_OF_TRIGGER if TRIGGER.match(text, first) else END_OF_STATEMENT
    for token in ending.finditer(text, first):
        if token["end"] is not None:
            return token.start("end")
    return len(text)


def after_blank(text: str, start: int) -> int:
    """The first character that is not space, comment or semicolon."""
    blank = BLANK.match(text, start)
    return blank.end() if blank else start
