"""Insert, upsert and delete: what is kept, what is replaced, what is counted."""

import pytest

from emulator.core.clock import ManualClock
from emulator.vectorize import writing
from emulator.vectorize.errors import (
    IdTooLong,
    IndexFull,
    InvalidId,
    InvalidMetadataKey,
    InvalidVector,
    NamespaceTooLong,
    TooManyIds,
    TooManyNamespaces,
    VectorDimensionsWrong,
)
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import VectorInput
from tests.vectorize.asking import at, found, insert, metadata_of, upsert, vector


async def test_insert_keeps_the_first(index: IndexStore) -> None:
    insert(index, vector("a", 0, {"n": 1}, "first"))
    insert(index, vector("a", 90, {"n": 2}, "second"), vector("b", 50))

    [stored] = index.get(["a"])
    assert stored.values == [1.0, 0.0]
    assert (metadata_of(index, "a"), stored.item.namespace) == ({"n": 1}, "first")
    assert await found(index) == ["a", "b"]


async def test_insert_leaves_out_what_was_upserted(index: IndexStore) -> None:
    upsert(index, vector("a", 10))

    insert(index, vector("a", 90))

    assert index.get(["a"])[0].values == pytest.approx(at(10))
    assert index.info().vectors == 1


async def test_upsert_replaces_values_metadata_and_namespace_whole(index: IndexStore) -> None:
    upsert(index, vector("a", 0, {"n": 1, "kept": True}, "first"))
    upsert(index, VectorInput("a", [0.0, 1.0], {"m": 2}))

    [stored] = index.get(["a"])
    assert stored.values == [0.0, 1.0]
    assert (metadata_of(index, "a"), stored.item.namespace) == ({"m": 2}, None)
    assert await found(index, namespace="first") == []


async def test_upsert_without_metadata_takes_it_away(index: IndexStore) -> None:
    upsert(index, vector("a", 0, {"n": 1}))
    upsert(index, vector("a"))

    assert metadata_of(index, "a") is None


async def test_a_replaced_vector_is_found_where_it_is_now(index: IndexStore) -> None:
    upsert(index, vector("a", 0), vector("b", 45))
    upsert(index, vector("a", 90))

    assert await found(index, 0) == ["b", "a"]
    assert index.info().vectors == 2


async def test_ids_are_one_space_whatever_the_namespace(index: IndexStore) -> None:
    upsert(index, vector("a", 0, namespace="one"))
    upsert(index, vector("a", 90, namespace="two"))

    assert index.info().vectors == 1
    assert await found(index, namespace="two") == ["a"]
    assert await found(index, namespace="one") == []


def test_of_an_id_that_comes_twice_insert_keeps_the_first_and_upsert_the_last(
    index: IndexStore,
) -> None:
    insert(index, vector("a", 0), vector("a", 90))
    upsert(index, vector("b", 0), vector("c", 45), vector("b", 90))

    a, b = index.get(["a", "b"])
    assert a.values == [1.0, 0.0]
    assert b.values == pytest.approx(at(90))
    assert index.info().vectors == 3


async def test_a_deleted_vector_is_gone(index: IndexStore) -> None:
    upsert(index, vector("a"), vector("b", 10))

    index.delete(["a", "never there"])

    assert await found(index) == ["b"]
    assert index.get(["a"]) == []
    assert index.info().vectors == 1


async def test_a_deleted_id_may_be_inserted_again(index: IndexStore) -> None:
    insert(index, vector("a", 0))
    index.delete(["a"])
    insert(index, vector("a", 90))

    assert index.get(["a"])[0].values == pytest.approx(at(90))
    assert await found(index) == ["a"]


def test_values_are_rounded_to_float32(index: IndexStore) -> None:
    upsert(index, VectorInput("a", [58.8, 6.7]))

    assert index.get(["a"])[0].values == [58.79999923706055, 6.699999809265137]


def test_vectors_are_answered_in_the_order_of_their_ids_and_absent_ones_skipped(
    index: IndexStore,
) -> None:
    upsert(index, vector("a"), vector("b"))

    assert [one.item.id for one in index.get(["b", "x", "a", "b"])] == ["b", "a"]


def test_every_mutation_has_an_id_and_is_the_last_processed(
    index: IndexStore, clock: ManualClock
) -> None:
    first = upsert(index, vector("a"))
    clock.advance(5)
    second = index.delete(["a"])

    info = index.info()
    assert len({first, second}) == 2
    assert (info.mutation, info.processed_at) == (second, clock.now())


def test_an_index_without_mutations_has_processed_none(index: IndexStore) -> None:
    info = index.info()

    assert (info.dimensions, info.vectors) == (2, 0)
    assert (info.mutation, info.processed_at) == (None, None)


async def test_an_empty_namespace_is_none(index: IndexStore) -> None:
    upsert(index, vector("a", namespace=""))

    assert index.get(["a"])[0].item.namespace is None


def test_any_number_of_vectors_is_upserted_at_once(index: IndexStore) -> None:
    mutation = index.upsert_now([vector(str(number)) for number in range(5_001)])

    assert index.info().vectors == 5_001
    assert index.info().mutation == mutation


@pytest.mark.parametrize("id", ["x" * 64, "é" * 32])
def test_an_id_of_64_bytes_is_taken(index: IndexStore, id: str) -> None:
    upsert(index, vector(id))

    assert index.get([id])[0].item.id == id


@pytest.mark.parametrize(("id", "length"), [("x" * 65, 65), ("é" * 33, 66)])
def test_a_longer_id_is_refused_everywhere(index: IndexStore, id: str, length: int) -> None:
    message = f"id too long; max is 64 bytes, got {length} bytes"
    with pytest.raises(IdTooLong, match=message):
        upsert(index, vector(id))
    with pytest.raises(IdTooLong):
        index.get([id])
    with pytest.raises(IdTooLong):
        index.delete([id])


@pytest.mark.parametrize("id", ["", "a\0b", "\ud800"])
def test_an_id_that_is_none_is_refused(index: IndexStore, id: str) -> None:
    with pytest.raises(InvalidId):
        upsert(index, vector(id))


def test_a_namespace_has_64_bytes(index: IndexStore) -> None:
    upsert(index, vector("a", namespace="é" * 32))

    with pytest.raises(NamespaceTooLong, match="max is 64 bytes, got 66 bytes"):
        upsert(index, vector("b", namespace="é" * 33))


def test_20_vectors_are_fetched_and_100_deleted_at_once(index: IndexStore) -> None:
    assert index.get(["x"] * 20) == []
    index.delete(["x"] * 100)

    with pytest.raises(TooManyIds, match="max id count is 20, got 21"):
        index.get(["x"] * 21)
    with pytest.raises(TooManyIds, match="max id count is 100, got 101"):
        index.delete(["x"] * 101)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_a_vector_has_the_dimensions_of_its_index(index: IndexStore, values: list[float]) -> None:
    with pytest.raises(VectorDimensionsWrong, match='invalid vector for id="a", expected 2'):
        upsert(index, VectorInput("a", values))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e39])
def test_a_vector_is_finite(index: IndexStore, value: float) -> None:
    with pytest.raises(InvalidVector, match="finite"):
        upsert(index, VectorInput("a", [0.0, value]))


@pytest.mark.parametrize(
    "metadata",
    [
        {"": 1},
        {"$a": 1},
        {'a"': 1},
        {"a.b": 1},
        {"a\0": 1},
        {"x" * 513: 1},
        {"a": {"$b": 1}},
        {"a": [{"b.c": 1}]},
    ],
)
def test_a_metadata_key_keeps_to_its_rules_at_every_depth(
    index: IndexStore, metadata: dict[str, object]
) -> None:
    with pytest.raises(InvalidMetadataKey):
        upsert(index, vector("a", 0, metadata))
    assert index.info().vectors == 0


def test_metadata_has_10_kib(index: IndexStore) -> None:
    room = 10_240 - len(b'{"a":""}')
    upsert(index, vector("a", 0, {"a": "x" * room}))

    with pytest.raises(InvalidVector, match="10240 bytes"):
        upsert(index, vector("b", 0, {"a": "x" * (room + 1)}))


def test_one_bad_vector_refuses_all(index: IndexStore) -> None:
    with pytest.raises(InvalidId):
        upsert(index, vector("a"), vector(""))

    assert index.info().vectors == 0


def test_an_index_has_a_limit_of_vectors(
    index: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_VECTORS", 2)
    upsert(index, vector("a"), vector("b"))

    with pytest.raises(IndexFull, match="max is 2"):
        upsert(index, vector("c"))


def test_an_index_has_a_limit_of_namespaces_that_have_vectors(
    index: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_NAMESPACES", 2)
    upsert(index, vector("a", namespace="one"), vector("b", namespace="two"))

    with pytest.raises(TooManyNamespaces, match="max is 2"):
        upsert(index, vector("c", namespace="three"))
    upsert(index, vector("c", namespace="two"))
    index.delete(["a"])
    upsert(index, vector("d", namespace="three"))
