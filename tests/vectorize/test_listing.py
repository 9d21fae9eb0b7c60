"""Listings: every id once, in pages of one snapshot."""

from base64 import urlsafe_b64encode

import pytest

from emulator.core.clock import ManualClock
from emulator.vectorize.errors import InvalidCursor
from emulator.vectorize.index import IndexStore
from emulator.vectorize.limits import CURSOR_SECONDS
from tests.vectorize.asking import insert, upsert, vector


def rest_of(index: IndexStore, cursor: str | None, count: int = 2) -> list[str]:
    """All ids behind the cursor."""
    ids: list[str] = []
    while cursor is not None:
        page = index.list_ids(count, cursor)
        ids += page.ids
        cursor = page.cursor
    return ids


@pytest.fixture
def filled(index: IndexStore) -> IndexStore:
    upsert(index, *(vector(id) for id in "fdbeca"))
    return index


def test_pages_together_hold_every_id_once(filled: IndexStore) -> None:
    first = filled.list_ids(4)

    assert (first.ids, first.total) == (["a", "b", "c", "d"], 6)
    assert rest_of(filled, first.cursor, 4) == ["e", "f"]


@pytest.mark.parametrize("count", [6, 7, 1_000])
def test_a_listing_that_fits_has_one_page(filled: IndexStore, count: int) -> None:
    page = filled.list_ids(count)

    assert len(page.ids) == 6
    assert (page.cursor, page.expires_at) == (None, None)


def test_an_empty_index_lists_nothing(index: IndexStore) -> None:
    page = index.list_ids(10)

    assert (page.ids, page.total, page.cursor) == ([], 0, None)


def test_what_is_inserted_after_the_first_page_is_not_listed(filled: IndexStore) -> None:
    first = filled.list_ids(2)

    insert(filled, vector("bb"), vector("g"))

    assert rest_of(filled, first.cursor) == ["c", "d", "e", "f"]
    assert filled.list_ids(10).total == 8


def test_what_is_deleted_after_the_first_page_is_still_listed(filled: IndexStore) -> None:
    first = filled.list_ids(2)

    filled.delete(["c", "e"])

    assert rest_of(filled, first.cursor) == ["c", "d", "e", "f"]
    assert filled.list_ids(10).ids == ["a", "b", "d", "f"]


def test_what_is_replaced_after_the_first_page_is_listed_once(filled: IndexStore) -> None:
    first = filled.list_ids(2)

    upsert(filled, vector("c"), vector("d"))
    upsert(filled, vector("d"))
    filled.delete(["e"])
    upsert(filled, vector("e"))

    assert rest_of(filled, first.cursor) == ["c", "d", "e", "f"]


def test_every_listing_is_a_snapshot_of_its_own(filled: IndexStore) -> None:
    old = filled.list_ids(1)
    filled.delete(["b"])
    middle = filled.list_ids(1)
    insert(filled, vector("b"))
    new = filled.list_ids(1)

    assert rest_of(filled, old.cursor) == ["b", "c", "d", "e", "f"]
    assert rest_of(filled, middle.cursor) == ["c", "d", "e", "f"]
    assert rest_of(filled, new.cursor) == ["b", "c", "d", "e", "f"]
    assert (old.total, middle.total, new.total) == (6, 5, 6)


def test_every_page_says_how_many_the_snapshot_has(filled: IndexStore) -> None:
    first = filled.list_ids(2)
    filled.delete(["a", "b", "c"])

    assert filled.list_ids(2, first.cursor).total == 6


def test_a_cursor_expires_an_hour_after_the_first_page(
    filled: IndexStore, clock: ManualClock
) -> None:
    first = filled.list_ids(1)
    assert first.expires_at == clock.now() + CURSOR_SECONDS

    clock.advance(CURSOR_SECONDS - 1)
    second = filled.list_ids(1, first.cursor)
    assert second.expires_at == first.expires_at

    clock.advance(1)
    for cursor in (first.cursor, second.cursor):
        with pytest.raises(InvalidCursor):
            filled.list_ids(1, cursor)


def test_what_no_cursor_can_ask_for_is_forgotten(filled: IndexStore, clock: ManualClock) -> None:
    first = filled.list_ids(1)
    clock.advance(CURSOR_SECONDS - 1)
    filled.delete(["c"])
    assert rest_of(filled, first.cursor) == ["b", "c", "d", "e", "f"]

    clock.advance(CURSOR_SECONDS + 1)
    filled.delete(["d"])

    departed = filled._storage.read("SELECT id FROM departed")
    assert departed == [("d",)]


@pytest.mark.parametrize(
    "parts", ["", "x", "[]", "[1,2]", '["a",1,1,"b"]', "1", '[1e99,1,9e9,"b"]']
)
def test_what_is_no_cursor_is_refused(filled: IndexStore, parts: str) -> None:
    with pytest.raises(InvalidCursor):
        filled.list_ids(1, urlsafe_b64encode(parts.encode()).decode())
    with pytest.raises(InvalidCursor):
        filled.list_ids(1, parts + "é")
