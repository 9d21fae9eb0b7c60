"""Values keep what they say: PostgreSQL's text to D1 and back, and through SQLite itself."""

import math
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.migrating.hashing import Digest, canonical
from emulator.migrating.statements import Row, Shape, batches, insert, read_page
from emulator.migrating.values import Kind, Unfit, from_d1, to_d1

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
REALS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
VALUES = st.tuples(
    st.none() | INTEGERS, st.none() | REALS, st.none() | TEXTS, st.none() | st.binary(max_size=40)
)
KINDS = (Kind.INTEGER, Kind.REAL, Kind.TEXT, Kind.BLOB)
SHAPE = Shape("t", ("i", "r", "s", "b"), KINDS, (0,))


def as_parameter(value: Any) -> Any:
    """As D1 takes a parameter of its JSON."""
    return bytes(value) if isinstance(value, list) else value


@given(st.lists(VALUES, max_size=8))
def test_rows_come_back_from_sqlite_as_they_were(rows: list[Row]) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB)")

    for piece in batches(rows):
        statement = insert(SHAPE, piece)
        connection.execute(statement.sql, [as_parameter(one) for one in statement.params])
    page = read_page(SHAPE, -(2**63), 100)
    found = [
        tuple(from_d1(value, kind) for value, kind in zip(row[1:], KINDS, strict=True))
        for row in connection.execute(page.sql, page.params)
    ]

    connection.close()
    assert found == rows
    assert Digest().with_rows(found) == Digest().with_rows(rows)


@given(INTEGERS)
def test_an_integer_is_itself(number: int) -> None:
    assert from_d1(str(to_d1(str(number), Kind.INTEGER)), Kind.INTEGER) == number


@given(REALS)
def test_a_real_is_itself(number: float) -> None:
    assert to_d1(repr(number), Kind.REAL) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_numeric_is_the_same_number_or_is_refused(number: Decimal) -> None:
    try:
        kept = to_d1(str(number), Kind.NUMERIC)
    except Unfit:
        assert Decimal(repr(float(number))) != number or math.isinf(float(number))
    else:
        assert Decimal(repr(kept)) == number


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_a_moment_is_iso_with_as_many_digits_as_it_needs(moment: datetime) -> None:
    shown = moment.isoformat(sep=" ").replace("+00:00", "+00")

    kept = to_d1(shown, Kind.MOMENT)

    assert isinstance(kept, str)
    assert datetime.fromisoformat(kept) == moment
    assert len(kept) == (27 if moment.microsecond % 1000 else 24)


@pytest.mark.parametrize(
    ("text", "kind", "kept"),
    [
        ("2026-01-05 09:00:00+00", Kind.MOMENT, "2026-01-05T09:00:00.000Z"),
        ("2026-01-05 09:00:00.5", Kind.MOMENT, "2026-01-05T09:00:00.500"),
        ("-infinity", Kind.MOMENT, "-infinity"),
        ("0044-03-15 00:00:00+00 BC", Kind.MOMENT, "0044-03-15 00:00:00+00 BC"),
        ('{"a": "x  \\" y", "b": [1, 2.50]}', Kind.JSON, '{"a":"x  \\" y","b":[1,2.50]}'),
        ("true", Kind.BOOLEAN, 1),
        ("false", Kind.BOOLEAN, 0),
        ("00ff", Kind.BLOB, b"\x00\xff"),
        ("-0", Kind.REAL, 0.0),
        (None, Kind.TEXT, None),
    ],
)
def test_a_value_is_kept_as_d1_has_it(text: str | None, kind: Kind, kept: object) -> None:
    value = to_d1(text, kind)
    assert (value, str(value)) == (kept, str(kept))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NaN", Kind.REAL),
        ("Infinity", Kind.REAL),
        ("NaN", Kind.NUMERIC),
        ("1" * 20, Kind.INTEGER),
        ("0.12345678901234567890", Kind.NUMERIC),
        ("a\0b", Kind.TEXT),
        ('"a\0"', Kind.JSON),
    ],
)
def test_what_d1_cannot_keep_is_refused(text: str, kind: Kind) -> None:
    with pytest.raises(Unfit):
        to_d1(text, kind)


@given(st.lists(VALUES, max_size=5), st.randoms(use_true_random=False))
def test_a_hash_knows_no_order(rows: list[Row], dice: random.Random) -> None:
    mixed = list(rows)
    dice.shuffle(mixed)
    assert Digest().with_rows(rows) == Digest().with_rows(mixed)


def test_rows_that_differ_are_written_differently() -> None:
    rows: list[Row] = [
        ("1",),
        (1,),
        (1.0,),
        (b"1",),
        (None,),
        ("",),
        (b"",),
        ("1", None),
        ("a", "b"),
        ("ab",),
    ]
    assert len({canonical(row) for row in rows}) == len(rows)


def test_rows_that_are_there_twice_count_twice() -> None:
    once = Digest().with_rows([(1,)])
    twice = Digest().with_rows([(1,), (1,)])
    none = Digest()
    assert len({once.hash, twice.hash, none.hash}) == 3
