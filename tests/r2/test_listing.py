"""Listings, against the plainest one there is: all keys sorted, grouped, cut into pages."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.r2 import listing
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import InvalidArgument, InvalidMaxKeys
from emulator.r2.models import ObjectPage

# A small alphabet, so that prefixes and groups meet; its order by bytes and by UTF-16 differs.
CHARACTERS = st.sampled_from("a/b%\0é\uffff\U00010000")
KEYS = st.sets(st.text(CHARACTERS, min_size=1, max_size=6), max_size=30)
DELIMITERS = st.sampled_from(["", "/", "a", "//", "é", "/a"])
PREFIXES = st.text(CHARACTERS, max_size=2)


@dataclass(frozen=True)
class Item:
    key: str


class Shelf:
    """Sorted keys, read as the catalogue reads them."""

    def __init__(self, keys: set[str]) -> None:
        self._keys = sorted(key.encode() for key in keys)
        self.read_items = 0

    def read(self, start: bytes, end: bytes, limit: int) -> Sequence[Item]:
        first = bisect_left(self._keys, start)
        last = bisect_left(self._keys, end)
        found = self._keys[first : min(last, first + limit)]
        self.read_items += len(found)
        return [Item(key.decode()) for key in found]


def plainly(keys: set[str], prefix: str, delimiter: str, after: str = "") -> list[str]:
    """What is listed: keys, and for groups of them their common prefix, once."""
    shown: list[str] = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= after.encode():
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        name = prefix + head + found if found else key
        if name not in shown:
            shown.append(name)
    return shown


def pages(
    shelf: Shelf, prefix: str, delimiter: str, limit: int, start: bytes = b""
) -> Iterator[list[str]]:
    """The names on each page, in their order."""
    resume: bytes | None = start
    while resume is not None:
        listed = listing.page(
            shelf.read, prefix=prefix, delimiter=delimiter, start=resume, limit=limit
        )
        names = [item.key for item in listed.items] + listed.prefixes
        yield sorted(names, key=str.encode)
        assert listed.last == (max(names, key=str.encode) if names else None)
        resume = listed.resume


@given(KEYS, PREFIXES, DELIMITERS, st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_all_pages_together_are_the_plain_listing(
    keys: set[str], prefix: str, delimiter: str, limit: int
) -> None:
    found = list(pages(Shelf(keys), prefix, delimiter, limit))

    assert [name for page in found for name in page] == plainly(keys, prefix, delimiter)
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1] or len(found) == 1


@given(KEYS, PREFIXES, DELIMITERS, st.text(CHARACTERS, min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_listing_may_begin_behind_any_key(
    keys: set[str], prefix: str, delimiter: str, after: str
) -> None:
    [found] = pages(Shelf(keys), prefix, delimiter, 1_000, after.encode() + b"\0")

    assert found == plainly(keys, prefix, delimiter, after)


def test_groups_are_leapt_over() -> None:
    keys = {f"{letter}/{number:05}" for letter in "abcdef" for number in range(2_000)}
    shelf = Shelf(keys)

    [found] = pages(shelf, "", "/", 1_000)

    assert found == ["a/", "b/", "c/", "d/", "e/", "f/"]
    assert shelf.read_items < 50


def names(page: ObjectPage) -> list[str]:
    return [stored.key for stored in page.objects]


@pytest.fixture
def filled(bucket: BucketStore) -> BucketStore:
    for key in ("a", "b/1", "b/2", "b/3", "c", "d/1"):
        bucket.write(key, b"")
    return bucket


def test_a_bucket_is_listed_in_pages(filled: BucketStore) -> None:
    first = filled.list(delimiter="/", limit=2)
    rest = filled.list(delimiter="/", cursor=first.cursor)

    assert (names(first), first.prefixes) == (["a"], ["b/"])
    assert (names(rest), rest.prefixes, rest.cursor) == (["c"], ["d/"], None)


def test_behind_a_key_of_a_group_the_group_is_shown_again(filled: BucketStore) -> None:
    assert filled.list(delimiter="/", start_after="b/1").prefixes == ["b/", "d/"]
    assert filled.list(delimiter="/", start_after="b/").prefixes == ["b/", "d/"]
    assert filled.list(delimiter="/", start_after="b/3").prefixes == ["d/"]


def test_a_marker_that_is_a_group_leaves_it_behind(filled: BucketStore) -> None:
    page = filled.list(delimiter="/", start_after="b/", skip_group=True)

    assert (names(page), page.prefixes) == (["c"], ["d/"])
    assert filled.list(delimiter="/", start_after="b/1", skip_group=True).prefixes == ["b/", "d/"]


def test_a_cursor_wins_over_a_start(filled: BucketStore) -> None:
    cursor = filled.list(limit=1).cursor

    assert names(filled.list(start_after="c", cursor=cursor, limit=1)) == ["b/1"]


def test_no_keys_are_a_page_and_the_last(filled: BucketStore) -> None:
    page = filled.list(limit=0)

    assert (names(page), page.cursor) == ([], None)
    with pytest.raises(InvalidMaxKeys):
        filled.list(limit=-1)


def test_a_page_has_at_most_1000_objects(bucket: BucketStore) -> None:
    for number in range(1_001):
        bucket.write(f"{number:04}", b"")

    page = bucket.list(limit=5_000)

    assert len(page.objects) == 1_000
    assert names(bucket.list(cursor=page.cursor)) == ["1000"]


@pytest.mark.parametrize("cursor", ["a", "é", "@@@@@"])
def test_a_made_up_cursor_is_refused(bucket: BucketStore, cursor: str) -> None:
    with pytest.raises(InvalidArgument, match="The continuation token provided is incorrect"):
        bucket.list(cursor=cursor)
