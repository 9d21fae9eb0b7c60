"""Filters: every operator, what can be combined, what is refused."""

from typing import Any

import pytest

from emulator.vectorize.errors import InvalidFilter, InvalidMetadataKey
from emulator.vectorize.filters import conditions_of, cut
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import Kind
from tests.vectorize.asking import found, upsert, vector


@pytest.fixture
def filled(index: IndexStore) -> IndexStore:
    """Ids are what the vectors hold: under `s` strings, under `n` numbers, under `b` booleans."""
    index.create_metadata_index("s", Kind.STRING)
    index.create_metadata_index("n", Kind.NUMBER)
    index.create_metadata_index("b", Kind.BOOLEAN)
    upsert(
        index,
        vector("1", 0, {"n": 1, "s": "ab", "b": True}),
        vector("2", 1, {"n": 2.5, "s": "abc", "b": False}),
        vector("3", 2, {"n": -3, "s": "b"}),
        vector("4", 3, {"n": 1, "s": "é"}),
        vector("5", 4, {"n": None, "s": "Z"}),
        vector("6", 5),
    )
    return index


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ({"n": 1}, "14"),
        ({"n": {"$eq": 1}}, "14"),
        ({"n": {"$ne": 1}}, "2356"),
        ({"n": {"$in": [1, -3, 9]}}, "134"),
        ({"n": {"$in": []}}, ""),
        ({"n": {"$nin": [1, -3]}}, "256"),
        ({"n": {"$nin": []}}, "123456"),
        ({"n": {"$lt": 1}}, "3"),
        ({"n": {"$lte": 1}}, "134"),
        ({"n": {"$gt": 1}}, "2"),
        ({"n": {"$gte": 1}}, "124"),
        ({"n": {"$gt": -3, "$lt": 2.5}}, "14"),
        ({"n": {"$gte": -3, "$lte": 2.5}}, "1234"),
        ({"n": {"$gt": 5, "$lt": 2}}, ""),
        ({"s": "ab"}, "1"),
        ({"s": {"$gte": "ab", "$lt": "ac"}}, "12"),
        ({"s": {"$lt": "a"}}, "5"),
        ({"s": {"$gt": "z"}}, "4"),
        ({"s": {"$ne": "ab"}}, "23456"),
        ({"b": True}, "1"),
        ({"b": {"$ne": True}}, "23456"),
        ({"b": {"$in": [True, False]}}, "12"),
        # A vector has null where it has no value that is indexed.
        ({"n": None}, "56"),
        ({"n": {"$ne": None}}, "1234"),
        ({"n": {"$in": [None, 2.5]}}, "256"),
        ({"n": {"$nin": [None, 2.5]}}, "134"),
        ({"n": {"$gt": None}}, ""),
        # Several keys: all of them.
        ({"n": 1, "s": "é"}, "4"),
        ({"n": 1, "s": {"$ne": "é"}, "b": True}, "1"),
        ({"n": 1, "s": "nothing"}, ""),
        # A value of a type the index does not have.
        ({"n": "1"}, ""),
        ({"n": {"$ne": "1"}}, "123456"),
        ({"n": {"$lt": "z"}}, ""),
        ({"s": {"$in": [1, "b"]}}, "3"),
    ],
    ids=str,
)
async def test_an_operator_matches(filled: IndexStore, filter: dict[str, Any], ids: str) -> None:
    assert await found(filled, filter=filter) == list(ids)


async def test_strings_are_ordered_by_their_bytes(index: IndexStore) -> None:
    index.create_metadata_index("s", Kind.STRING)
    # By UTF-16 the second would come first.
    upsert(index, vector("a", 0, {"s": "\uffff"}), vector("b", 0, {"s": "\U00010000"}))

    assert await found(index, filter={"s": {"$gt": "\uffff"}}) == ["b"]
    assert await found(index, filter={"s": {"$lt": "\U00010000"}}) == ["a"]


async def test_a_nul_is_a_character_like_others(index: IndexStore) -> None:
    index.create_metadata_index("s", Kind.STRING)
    upsert(index, vector("a", 0, {"s": "a\0b"}), vector("b", 0, {"s": "a"}))

    assert await found(index, filter={"s": "a\0b"}) == ["a"]
    assert await found(index, filter={"s": "a"}) == ["b"]


async def test_a_filter_comes_before_the_cut_to_top_k(index: IndexStore) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, *(vector(f"near{at}", at, {"n": 1}) for at in range(9)))
    upsert(index, vector("far", 90, {"n": 2}))

    assert await found(index, filter={"n": 2}, top_k=1) == ["far"]


async def test_a_namespace_and_a_filter_must_both_hold(index: IndexStore) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(
        index,
        vector("a", 0, {"n": 1}, "one"),
        vector("b", 1, {"n": 1}, "two"),
        vector("c", 2, {"n": 2}, "one"),
        vector("d", 3, {"n": 1}),
    )

    assert await found(index, filter={"n": 1}, namespace="one") == ["a"]
    assert await found(index, filter={"n": {"$ne": 1}}, namespace="one") == ["c"]
    assert await found(index, filter={"n": 1}, namespace="three") == []
    assert await found(index, filter={"n": 1}) == ["a", "b", "d"]


@pytest.mark.parametrize(
    "filter",
    [
        None,
        {},
        [],
        "n",
        1,
        {"n": {}},
        {"n": []},
        {"n": {"$eq": [1]}},
        {"n": {"$eq": {"a": 1}}},
        {"n": {"$gt": [1]}},
        {"n": {"$in": 1}},
        {"n": {"$in": "abc"}},
        {"n": {"$in": [[1]]}},
        {"n": {"$like": "a"}},
        {"n": {"gte": 1}},
        {"n": {"$eq": 1, "$ne": 2}},
        {"n": {"$eq": 1, "$gt": 0}},
        {"n": {"$in": [1], "$lt": 2}},
        {"n": {"$gt": 1, "$gte": 1}},
        {"n": {"$lt": 1, "$lte": 1}},
        {"n": {"$gt": 1, "$gte": 1, "$lt": 3}},
    ],
    ids=str,
)
def test_what_is_no_filter_is_refused(filter: object) -> None:
    with pytest.raises(InvalidFilter):
        conditions_of(filter)


@pytest.mark.parametrize("key", ["", "$n", 'n"', "a..b", "x" * 513, "a.$b"])
def test_a_key_that_no_metadata_can_have_is_refused(key: str) -> None:
    with pytest.raises(InvalidMetadataKey):
        conditions_of({key: 1})


def test_a_filter_has_less_than_2048_bytes() -> None:
    room = 2_047 - len(b'{"n":""}')
    conditions_of({"n": "x" * room})

    with pytest.raises(InvalidFilter, match="less than 2048 bytes"):
        conditions_of({"n": "x" * (room + 1)})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 64),
        ("é" * 33, "é" * 32),
        ("x" + "é" * 32, "x" + "é" * 31),
        ("\U0001f600" * 17, "\U0001f600" * 16),
    ],
)
def test_a_string_is_cut_at_64_bytes(text: str, kept: str) -> None:
    assert cut(text) == kept
