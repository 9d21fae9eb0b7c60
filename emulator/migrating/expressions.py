"""PostgreSQL's expressions in D1's SQL: defaults, checks and what indexes are limited to.

Only what is understood word for word is translated. Anything else is None, and the plan says
that it is left out.
"""

import re
from collections.abc import Iterable, Iterator

from emulator.migrating.models import Column
from emulator.migrating.values import Kind, to_d1

NOW = "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"
RANDOM_UUID = (
    "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2))"
    " || '-4' || substr(hex(randomblob(2)), 2)"
    " || '-' || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2)"
    " || '-' || hex(randomblob(6))))"
)
NOWS = ("now()", "current_timestamp", "transaction_timestamp()", "clock_timestamp()")
UUIDS = ("gen_random_uuid()", "uuid_generate_v4()", "extensions.uuid_generate_v4()")
LITERAL = r"'(?:[^']|'')*'"
TYPE = (
    r"(?:[a-z_][\w.]*|\"[^\"]+\")(?: varying| precision| with(?:out)? time zone)?"
    r"(?:\(\d+(?:, *\d+)?\))?(?:\[\])?"
)
CONSTANT = re.compile(
    rf"({LITERAL}|-?\d+(?:\.\d+)?|\(-\d+(?:\.\d+)?\)|true|false|NULL)(?:::{TYPE})*"
)
TOKEN = re.compile(
    rf"\s*(?:(?P<text>{LITERAL})|(?P<cast>::{TYPE})|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<quoted>\"[^\"]+\")|(?P<sign><>|<=|>=|!=|[-+*/<>=(),\[\]]))"
)
WORDS = {"and", "or", "not", "is", "null", "in", "between"}
FUNCTIONS = {
    "length": "length",
    "char_length": "length",
    "lower": "lower",
    "upper": "upper",
    "abs": "abs",
}
FUNCTIONS |= {"coalesce": "coalesce"}
CAST = r"(?:::[\w ]+(?:\[\])?)?"
ANY_ARRAY = re.compile(
    r"(=|<>) (ANY|ALL) \("
    rf"(?:ARRAY\[([^\[\]]*)\]{CAST}|\(ARRAY\[([^\[\]]*)\]\){CAST})\)"
)


def default_of(column: Column, kind: Kind) -> str | None:
    """D1's words for a column's default; None if there are none."""
    text = (column.default or "").strip()
    if text.lower() in NOWS:
        return NOW if kind in (Kind.MOMENT, Kind.TEXT) else None
    if text.lower() in UUIDS:
        return RANDOM_UUID
    parts = CONSTANT.fullmatch(text)
    if parts is None:
        return "'[]'" if re.fullmatch(rf"ARRAY\[\](::{TYPE})?", text) else None
    constant = parts[1]
    if constant == "NULL":
        return "NULL"
    if constant.startswith("'"):
        return default_literal(constant[1:-1].replace("''", "'"), column, kind)
    if constant in ("true", "false"):
        return str(int(constant == "true"))
    return constant if kind is not Kind.TEXT else quoted(constant)


def default_literal(text: str, column: Column, kind: Kind) -> str | None:
    if column.is_array:
        return "'[]'" if text == "{}" else None
    if kind is Kind.BLOB:
        return f"x'{text[2:]}'" if re.fullmatch(r"\\x(?:[0-9a-f]{2})*", text) else None
    try:
        value = to_d1(text, kind)
    except ValueError:
        return None
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def condition_of(expression: str, columns: Iterable[Column]) -> str | None:
    """A check or a predicate in SQLite's words; None if any part of it is not understood."""
    known = {column.name: column for column in columns}
    text = ANY_ARRAY.sub(as_list, expression)
    try:
        words = list(translated(text, known))
    except ValueError:
        return None
    return " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",") or None


def as_list(match: "re.Match[str]") -> str:
    """`= ANY (ARRAY[…])` is `IN (…)`; `<> ALL (…)` is `NOT IN (…)`."""
    pair = (match[1], match[2])
    if pair not in (("=", "ANY"), ("<>", "ALL")):
        return "?"
    return f"{'IN' if pair == ('=', 'ANY') else 'NOT IN'} ({match[3] or match[4]})"


def translated(text: str, columns: dict[str, Column]) -> Iterator[str]:
    """Word for word. Raises `ValueError` at the first that is not understood."""
    at = 0
    while at < len(text.rstrip()):
        token = TOKEN.match(text, at)
        if token is None:
            raise ValueError(text[at:])
        at = token.end()
        if token["cast"]:
            continue
        yield word(token, columns, text[at : at + 1] == "(")


def word(token: "re.Match[str]", columns: dict[str, Column], is_call: bool) -> str:
    if token["text"] or token["number"] or token["sign"]:
        if token["sign"] in ("[", "]"):
            raise ValueError("an array")
        return (token["text"] or token["number"] or token["sign"]).strip()
    name = (token["name"] or token["quoted"]).strip('"')
    if token["name"] and name.lower() in WORDS:
        return name.upper()
    if token["name"] and is_call and name.lower() in FUNCTIONS:
        return FUNCTIONS[name.lower()]
    if token["name"] and name in ("true", "false"):
        return str(int(name == "true"))
    if name in columns and not is_call:
        return '"' + name.replace('"', '""') + '"'
    raise ValueError(name)
