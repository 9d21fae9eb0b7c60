"""Values on their way: PostgreSQL's text of each, what D1 keeps of it, and back for comparing.

Everything leaves PostgreSQL as text, so nothing depends on a driver's idea of a type. A value
either arrives whole or raises `Unfit`, and its row is named in the report.
"""

import math
import re
from decimal import Decimal
from enum import Enum

Value = int | float | str | bytes | None

LARGEST_INTEGER = 2**63 - 1
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:([+-]\d\d)(?::?(\d\d))?(?::\d\d)?)?"
)
BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


class Kind(Enum):
    """How a value is kept and compared. The value is D1's type."""

    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    REAL = "REAL"
    NUMERIC = "NUMERIC"
    TEXT = "TEXT"
    JSON = "JSON"
    MOMENT = "MOMENT"
    BLOB = "BLOB"

    @property
    def d1_type(self) -> str:
        if self in (Kind.INTEGER, Kind.BOOLEAN):
            return "INTEGER"
        if self in (Kind.REAL, Kind.NUMERIC):
            return "REAL"
        return "BLOB" if self is Kind.BLOB else "TEXT"


class Unfit(ValueError):
    """D1 cannot keep this value as it is."""


def to_d1(text: str | None, kind: Kind) -> Value:
    """What D1 keeps of PostgreSQL's text. Raises `Unfit`."""
    if text is None:
        return None
    match kind:
        case Kind.INTEGER:
            return integer(text)
        case Kind.BOOLEAN:
            return int(text in ("true", "t"))
        case Kind.REAL:
            return real(text)
        case Kind.NUMERIC:
            return exact(text)
        case Kind.JSON:
            return plain(BLANKS.sub(r"\1", text))
        case Kind.MOMENT:
            return moment(text)
        case Kind.BLOB:
            return bytes.fromhex(text)
    return plain(text)


def integer(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST_INTEGER:
        raise Unfit(f"{text} is larger than D1's integers")
    return number


def real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unfit(f"{text} is no number that D1 keeps")
    # SQLite has no negative zero.
    return number + 0.0


def exact(text: str) -> float:
    """A numeric as REAL, if that says the same number."""
    number = real(text)
    if Decimal(repr(number)) != Decimal(text):
        raise Unfit(f"{text[:40]} has more digits than REAL keeps; keep numerics as text")
    return number


def plain(text: str) -> str:
    if "\0" in text:
        raise Unfit("a text with a NUL in it")
    return text


def moment(text: str) -> str:
    """`2026-01-05T09:00:00.123Z`; microseconds only where there are any. Else as it is."""
    parts = MOMENT.fullmatch(text)
    if parts is None:
        # infinity, and the years before Christ.
        return plain(text)
    day, time, fraction, hours, minutes = parts.groups()
    fraction = (fraction or "").ljust(6, "0")
    fraction = fraction[:3] if fraction.endswith("000") else fraction
    zone = "" if hours is None else "Z" if hours in ("+00", "-00") else f"{hours}:{minutes or '00'}"
    return f"{day}T{time}.{fraction}{zone}"


def from_d1(value: object, kind: Kind) -> Value:
    """What D1 answered, as `to_d1` would have it. `read_expression` says what it was asked."""
    if value is None:
        return None
    if kind in (Kind.INTEGER, Kind.BOOLEAN):
        text = str(value)
        digits = text[1:] if text.startswith("-") else text
        return int(text) if digits.isascii() and digits.isdecimal() else text
    if kind in (Kind.REAL, Kind.NUMERIC):
        try:
            return float(str(value)) + 0.0
        except ValueError:
            return str(value)
    if kind is Kind.BLOB:
        return bytes.fromhex(str(value))
    return value if isinstance(value, str) else str(value)


def read_expression(column: str, kind: Kind) -> str:
    """SQL for a column so that JSON can hold it whole: doubles cut integers, bytes are none."""
    if kind in (Kind.INTEGER, Kind.BOOLEAN):
        return f"CAST({column} AS TEXT)"
    # hex(NULL) is a text.
    return f"iif({column} IS NULL, NULL, hex({column}))" if kind is Kind.BLOB else column


def size_of(row: tuple[Value, ...]) -> int:
    """Bytes of a row, as D1's limit counts them."""
    return sum(
        len(value.encode())
        if isinstance(value, str)
        else len(value)
        if isinstance(value, bytes)
        else 8
        for value in row
    )
