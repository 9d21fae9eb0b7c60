"""Results as D1's JSON: numbers are JavaScript's, a BLOB is an array of its bytes."""

import re
from collections.abc import Sequence
from decimal import Decimal

import orjson

from emulator.d1.models import Value

# Floats that JavaScript writes without a fraction.
INTEGRAL = re.compile(rb"\.0[,\]}]")
MAX_SAFE_INTEGER = 2**53 - 1
# What the encoder can write as an integer.
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1


def objects(columns: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> orjson.Fragment:
    """`[{column: value}]`; of columns with one name the last counts."""
    if not rows:
        return orjson.Fragment(b"[]")
    data = encode([dict(zip(columns, row, strict=True)) for row in rows])
    if data is None:
        exact = (map(as_javascript, row) for row in rows)
        data = orjson.dumps([dict(zip(columns, row, strict=True)) for row in exact])
    return orjson.Fragment(data)


def arrays(columns: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> orjson.Fragment:
    """`{columns: […], rows: [[…]]}`."""
    data = encode({"columns": columns, "rows": rows})
    if data is None:
        exact = [list(map(as_javascript, row)) for row in rows]
        data = orjson.dumps({"columns": columns, "rows": exact})
    return orjson.Fragment(data)


def encode(results: object) -> bytes | None:
    """The JSON, or None if there are numbers that JavaScript would write otherwise."""
    try:
        data = orjson.dumps(results, default=list, option=orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError:
        return None
    return None if b".0" in data and INTEGRAL.search(data) else data


def as_javascript(value: Value) -> Value | list[int]:
    """The value as a double: `1.0` is `1`, and 9007199254740993 is 9007199254740992."""
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        # The shortest digits that name the double, then zeros, as JavaScript does.
        digits = int(Decimal(repr(value)))
        return digits if SMALLEST_INTEGER <= digits <= LARGEST_INTEGER else value
    return value
