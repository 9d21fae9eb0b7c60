"""Conditions and ranges, against what RFC 9110 says in so many words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.r2.conditions import NotModified, check_read, check_write, resolve
from emulator.r2.errors import InvalidRange, PreconditionFailed
from emulator.r2.models import ByteRange, Conditions, StoredObject

# A moment within a second: HTTP's dates cannot say it.
UPLOADED_MS = 1_767_225_600_400
STORED = StoredObject(1, "key", "version", 5, "here", UPLOADED_MS)

ETAGS = st.none() | st.frozensets(st.sampled_from(["here", "there", "*"]), min_size=1)
MOMENTS = st.none() | st.sampled_from([-1_000, -400, -1, 0, 1, 600, 1_000]).map(
    lambda offset: UPLOADED_MS + offset
)
CONDITIONS = st.builds(Conditions, ETAGS, ETAGS, MOMENTS, MOMENTS, st.booleans())


def floor(moment_ms: int, to_the_second: bool) -> int:
    return moment_ms // 1000 if to_the_second else moment_ms


def verdict(conditions: Conditions) -> str:
    """What a reader of STORED is told, step by step as in RFC 9110 §13.2.2."""
    named = {"here", "*"}
    uploaded = floor(UPLOADED_MS, conditions.to_the_second)
    if conditions.match is not None:
        if not named & conditions.match:
            return "failed"
    elif conditions.unmodified_since_ms is not None:
        if uploaded > floor(conditions.unmodified_since_ms, conditions.to_the_second):
            return "failed"
    if conditions.none_match is not None:
        return "not modified" if named & conditions.none_match else "sent"
    if conditions.modified_since_ms is not None:
        if uploaded <= floor(conditions.modified_since_ms, conditions.to_the_second):
            return "not modified"
    return "sent"


@given(CONDITIONS)
def test_a_reader_is_told_what_the_rfc_says(conditions: Conditions) -> None:
    expected = verdict(conditions)
    try:
        check_read(conditions, STORED)
        found = "sent"
    except PreconditionFailed:
        found = "failed"
    except NotModified as same:
        found = "not modified" if same.stored is STORED else "another object"

    assert found == expected


@given(CONDITIONS)
def test_a_writer_is_let_through_where_a_reader_is_sent_the_object(
    conditions: Conditions,
) -> None:
    if verdict(conditions) == "sent":
        check_write(conditions, STORED)
    else:
        with pytest.raises(PreconditionFailed):
            check_write(conditions, STORED)


@given(CONDITIONS)
def test_what_is_absent_matches_nothing_and_was_never_modified(conditions: Conditions) -> None:
    if conditions.match is None and conditions.modified_since_ms is None:
        check_write(conditions, None)
    else:
        with pytest.raises(PreconditionFailed):
            check_write(conditions, None)


def test_no_conditions_are_false() -> None:
    assert not Conditions()
    assert Conditions(match=frozenset())


RANGES = st.builds(ByteRange, st.integers(0, 12), st.none() | st.integers(0, 12)) | st.builds(
    ByteRange, suffix=st.integers(0, 12)
)


@given(RANGES, st.integers(0, 10))
def test_a_range_is_what_slicing_gives(wanted: ByteRange, size: int) -> None:
    data = bytes(range(size))
    if wanted.suffix is not None:
        expected = data[max(0, size - wanted.suffix) :]
    elif wanted.length is None:
        expected = data[wanted.offset :]
    else:
        expected = data[wanted.offset : wanted.offset + wanted.length]

    if not expected:
        with pytest.raises(InvalidRange):
            resolve(wanted, size)
        return
    offset, length = resolve(wanted, size)
    assert data[offset : offset + length] == expected
    assert length == len(expected)


def test_without_a_range_it_is_all_of_it() -> None:
    assert resolve(None, 5) == (0, 5)
    assert resolve(None, 0) == (0, 0)
