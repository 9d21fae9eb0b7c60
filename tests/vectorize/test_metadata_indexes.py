"""Metadata indexes: what they cover, how they hold values, what they do not see."""

import pytest

from emulator.vectorize.errors import (
    InvalidMetadataKey,
    MetadataIndexNotFound,
    TooManyMetadataIndexes,
)
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import Kind, MetadataIndex, Returned
from tests.vectorize.asking import found, insert, matches, upsert, vector

LONG = "é" * 31 + "x"  # 63 bytes


async def test_an_index_covers_only_vectors_written_after_it(index: IndexStore) -> None:
    upsert(index, vector("before", 0, {"n": 1}))
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("behind", 0, {"n": 1}))

    assert await found(index, filter={"n": 1}) == ["behind"]
    assert await found(index, filter={"n": {"$ne": 2}}) == ["behind"]


async def test_what_it_does_not_cover_is_in_no_namespace_either(index: IndexStore) -> None:
    upsert(index, vector("before", 0, {"n": 1}, "space"))
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("behind", 0, {"n": 1}, "space"), vector("elsewhere", 0, {"n": 1}))

    assert await found(index, filter={"n": {"$ne": 2}}, namespace="space") == ["behind"]
    assert await found(index, filter={"n": {"$nin": [1]}}, namespace="space") == []


async def test_a_vector_is_covered_once_it_is_upserted_again(index: IndexStore) -> None:
    upsert(index, vector("a", 0, {"n": 1}))
    index.create_metadata_index("n", Kind.NUMBER)
    insert(index, vector("a", 0, {"n": 1}))
    assert await found(index, filter={"n": 1}) == []

    upsert(index, vector("a", 0, {"n": 1}))
    assert await found(index, filter={"n": 1}) == ["a"]


@pytest.mark.parametrize(
    "filter", [{"m": 1}, {"m": {"$ne": 2}}, {"m": {"$nin": [2]}}, {"m": {"$gt": 0}}, {"m": None}]
)
async def test_a_property_without_an_index_matches_nothing(
    index: IndexStore, filter: dict[str, object]
) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("a", 0, {"n": 1, "m": 1}))

    assert await found(index, filter=filter) == []
    assert await found(index, filter={"n": 1, **filter}) == []


async def test_a_value_of_another_type_is_not_indexed(index: IndexStore) -> None:
    index.create_metadata_index("s", Kind.STRING)
    index.create_metadata_index("n", Kind.NUMBER)
    index.create_metadata_index("b", Kind.BOOLEAN)
    upsert(index, vector("right", 0, {"s": "1", "n": 1, "b": True}))
    upsert(index, vector("wrong", 0, {"s": 1, "n": True, "b": 1}))

    assert await found(index, filter={"s": "1"}) == ["right"]
    assert await found(index, filter={"s": 1}) == []
    assert await found(index, filter={"n": 1}) == ["right"]
    assert await found(index, filter={"n": True}) == []
    assert await found(index, filter={"b": True}) == ["right"]
    assert await found(index, filter={"b": 1}) == []


async def test_a_number_is_a_float64(index: IndexStore) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(
        index, vector("a", 0, {"n": 2**53}), vector("b", 0, {"n": 0.1}), vector("c", 0, {"n": 1})
    )

    assert await found(index, filter={"n": 2**53 + 1}) == ["a"]
    assert await found(index, filter={"n": 0.1}) == ["b"]
    assert await found(index, filter={"n": 1.0}) == ["c"]


async def test_an_indexed_string_is_its_first_64_bytes(index: IndexStore) -> None:
    index.create_metadata_index("s", Kind.STRING)
    upsert(index, vector("a", 0, {"s": "x" * 64 + "a"}), vector("b", 1, {"s": "x" * 64 + "b"}))
    upsert(index, vector("short", 2, {"s": "x" * 63}))

    assert await found(index, filter={"s": "x" * 64}) == ["a", "b"]
    assert await found(index, filter={"s": "x" * 64 + "a"}) == ["a", "b"]
    assert await found(index, filter={"s": {"$gt": "x" * 64}}) == []
    assert await found(index, filter={"s": {"$lte": "x" * 64}}) == ["a", "b", "short"]


async def test_a_string_is_cut_between_characters(index: IndexStore) -> None:
    index.create_metadata_index("s", Kind.STRING)
    # The last character would end at byte 65.
    upsert(index, vector("a", 0, {"s": LONG + "é"}), vector("b", 1, {"s": LONG}))

    assert await found(index, filter={"s": LONG}) == ["a", "b"]


async def test_a_key_with_dots_leads_into_objects(index: IndexStore) -> None:
    index.create_metadata_index("pandas.nice", Kind.NUMBER)
    upsert(
        index,
        vector("deep", 0, {"pandas": {"nice": 42}}),
        vector("flat", 0, {"pandas": 42}),
        vector("list", 0, {"pandas": [{"nice": 42}]}),
    )

    assert await found(index, filter={"pandas.nice": 42}) == ["deep"]


async def test_a_replaced_or_deleted_vector_leaves_the_index(index: IndexStore) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("a", 0, {"n": 1}), vector("b", 0, {"n": 1}))

    upsert(index, vector("a", 0, {"n": 2}))
    index.delete(["b"])

    assert await found(index, filter={"n": 1}) == []
    assert await found(index, filter={"n": 2}) == ["a"]
    assert len(index._storage.read("SELECT * FROM postings")) == 1


async def test_a_deleted_index_is_as_if_it_had_never_been(index: IndexStore) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("a", 0, {"n": 1}))

    index.delete_metadata_index("n")
    assert await found(index, filter={"n": 1}) == []

    index.create_metadata_index("n", Kind.NUMBER)
    assert await found(index, filter={"n": 1}) == []


def test_indexes_are_listed_oldest_first(index: IndexStore) -> None:
    index.create_metadata_index("b", Kind.NUMBER)
    index.create_metadata_index("a.c", Kind.STRING)

    assert index.metadata_indexes() == [
        MetadataIndex("b", Kind.NUMBER),
        MetadataIndex("a.c", Kind.STRING),
    ]


async def test_a_second_index_on_a_property_is_accepted_and_changes_nothing(
    index: IndexStore,
) -> None:
    index.create_metadata_index("n", Kind.NUMBER)
    upsert(index, vector("a", 0, {"n": 1}))

    mutation = index.create_metadata_index("n", Kind.STRING)

    assert index.info().mutation == mutation
    assert index.metadata_indexes() == [MetadataIndex("n", Kind.NUMBER)]
    assert await found(index, filter={"n": 1}) == ["a"]


def test_there_are_ten_at_most(index: IndexStore) -> None:
    for number in range(10):
        index.create_metadata_index(f"p{number}", Kind.NUMBER)

    with pytest.raises(TooManyMetadataIndexes, match="max is 10"):
        index.create_metadata_index("eleventh", Kind.NUMBER)
    index.create_metadata_index("p3", Kind.NUMBER)
    index.delete_metadata_index("p3")
    index.create_metadata_index("eleventh", Kind.NUMBER)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "$a", "a.$b", 'a"', "x" * 513])
def test_a_property_has_a_name(index: IndexStore, path: str) -> None:
    with pytest.raises(InvalidMetadataKey):
        index.create_metadata_index(path, Kind.NUMBER)


def test_an_index_that_is_not_there_is_not_deleted(index: IndexStore) -> None:
    with pytest.raises(MetadataIndexNotFound, match='"n"'):
        index.delete_metadata_index("n")


async def test_indexed_metadata_is_what_the_indexes_hold(index: IndexStore) -> None:
    upsert(index, vector("before", 0, {"s": "old"}))
    index.create_metadata_index("s", Kind.STRING)
    index.create_metadata_index("deep.n", Kind.NUMBER)
    index.create_metadata_index("b", Kind.BOOLEAN)
    metadata = {"s": LONG + "é", "deep": {"n": 7, "m": 8}, "b": "no boolean", "other": 1}
    upsert(index, vector("behind", 1, metadata))

    before, behind = await matches(index, returned=Returned.INDEXED)

    assert before.metadata is None
    assert behind.metadata == b'{"s":"%s","deep":{"n":7}}' % LONG.encode()
