"""Queries: the order of matches, how many, and what they carry."""

from struct import pack

import pytest

from emulator.vectorize.errors import (
    IdTooLong,
    InvalidFilter,
    InvalidJson,
    NamespaceTooLong,
    QueryDimensionsWrong,
    TopKTooLarge,
    VectorNotFound,
)
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import Match, Metric, Returned, VectorInput
from emulator.vectorize.query import Query, query_of
from emulator.vectorize.store import VectorizeStore
from tests.vectorize.asking import found, matches, upsert, vector


async def test_a_match_has_its_id_and_score_and_nothing_else_unless_asked(
    index: IndexStore,
) -> None:
    upsert(index, vector("a", 60, {"n": 1}, "space"))

    [match] = await matches(index, 0)

    assert match.score == pytest.approx(0.5)
    assert match == Match("a", match.score, "space", None, None)


async def test_values_and_all_metadata_are_returned_when_asked(index: IndexStore) -> None:
    metadata = {"n": 1, "text": "x" * 100}
    upsert(index, VectorInput("a", [58.8, 6.7], metadata))

    [match] = await matches(index, returned=Returned.ALL, values=True)

    assert match.values == [58.79999923706055, 6.699999809265137]
    assert match.metadata == b'{"n":1,"text":"%s"}' % (b"x" * 100)


async def test_a_query_without_namespace_searches_all(index: IndexStore) -> None:
    upsert(index, vector("a", 0, namespace="one"), vector("b", 1, namespace="two"), vector("c", 2))

    assert await found(index) == ["a", "b", "c"]
    assert await found(index, namespace="two") == ["b"]


async def test_the_namespace_comes_before_the_cut_to_top_k(index: IndexStore) -> None:
    upsert(index, *(vector(f"near{at}", at) for at in range(9)), vector("far", 90, namespace="x"))

    assert await found(index, namespace="x", top_k=1) == ["far"]


async def test_top_k_cuts_behind_the_best(index: IndexStore) -> None:
    upsert(index, *(vector(str(degrees), degrees) for degrees in (80, 20, 50)))

    assert await found(index, top_k=2) == ["20", "50"]


async def test_an_empty_index_has_no_matches(index: IndexStore) -> None:
    assert await found(index) == []
    assert await found(index, namespace="x") == []


@pytest.mark.parametrize(
    ("metric", "ids", "scores"),
    [
        # The direction counts, and no length.
        (Metric.COSINE, ["long", "same", "away"], [1.0, 1.0, -1.0]),
        # The distance, smaller first.
        (Metric.EUCLIDEAN, ["same", "away", "long"], [0.0, 2.0, 9.0]),
        # The negative of the product, smaller first.
        (Metric.DOT_PRODUCT, ["long", "same", "away"], [-10.0, -1.0, 1.0]),
    ],
)
async def test_every_metric_has_its_scores_and_the_best_come_first(
    store: VectorizeStore, metric: Metric, ids: list[str], scores: list[float]
) -> None:
    store.create_index("shop", 2, metric)
    index = store.index("shop")
    upsert(
        index,
        VectorInput("long", [10.0, 0.0]),
        VectorInput("same", [1.0, 0.0]),
        VectorInput("away", [-1.0, 0.0]),
    )

    answer = await matches(index, 0)

    assert [match.id for match in answer] == ids
    assert [match.score for match in answer] == pytest.approx(scores)


async def test_a_query_by_id_is_one_by_that_vectors_values(index: IndexStore) -> None:
    upsert(index, vector("a", 0), vector("b", 30), vector("c", 90))

    answer = await index.query(Query(vector_id="b"))

    assert [match.id for match in answer] == ["b", "a", "c"]
    assert answer[0].score == pytest.approx(1.0)


async def test_a_query_by_an_unknown_id_is_refused(index: IndexStore) -> None:
    upsert(index, vector("a"))
    index.delete(["a"])

    with pytest.raises(VectorNotFound, match='no vector with id="a"'):
        await index.query(Query(vector_id="a"))


@pytest.mark.parametrize("length", [0, 1, 3])
async def test_a_query_vector_has_the_dimensions_of_its_index(
    index: IndexStore, length: int
) -> None:
    message = f"invalid query vector, expected 2 dimensions, and got {length} dimensions"
    with pytest.raises(QueryDimensionsWrong, match=message):
        await index.query(Query(pack(f"{length}f", *[1.0] * length)))


@pytest.mark.parametrize(
    ("top_k", "returned", "values"),
    [
        (100, Returned.NONE, False),
        (100, Returned.INDEXED, False),
        (50, Returned.ALL, False),
        (50, Returned.NONE, True),
    ],
)
async def test_top_k_goes_up_to_its_limit(
    index: IndexStore, top_k: int, returned: Returned, values: bool
) -> None:
    upsert(index, *(vector(str(number), number / 2) for number in range(101)))

    answer = await matches(index, top_k=top_k, returned=returned, values=values)

    assert [match.id for match in answer] == [str(number) for number in range(top_k)]


@pytest.mark.parametrize(
    ("top_k", "returned", "values", "message"),
    [
        (101, Returned.NONE, False, "^max top K is 100, but got 101$"),
        (101, Returned.INDEXED, False, "^max top K is 100, but got 101$"),
        (101, Returned.ALL, False, "^max top K is 100, but got 101$"),
        (51, Returned.ALL, False, "max top K is 50, but got 51; for a top K up to 100, retry"),
        (51, Returned.NONE, True, "^with returnValues=true or returnMetadata=all, max top K is 50"),
    ],
)
async def test_a_larger_top_k_is_refused(
    index: IndexStore, top_k: int, returned: Returned, values: bool, message: str
) -> None:
    with pytest.raises(TopKTooLarge, match=message):
        await matches(index, top_k=top_k, returned=returned, values=values)


def test_a_body_has_defaults() -> None:
    query = query_of(b'{"vector": [1, 0.5]}')

    assert query == Query(pack("2f", 1, 0.5), top_k=5, returned=Returned.NONE, values=False)


def test_a_body_may_leave_open_what_is_null() -> None:
    body = b'{"vectorId": "a", "vector": null, "filter": null, "namespace": "", "topK": 7.0}'

    assert query_of(body) == Query(vector_id="a", top_k=7)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unexpected end|unexpected character|empty"),
        (b"{", ""),
        (b"[]", "expected an object"),
        (b"null", "expected an object"),
        (b"{}", "one of vector and vectorId"),
        (b'{"vector": [1], "vectorId": "a"}', "one of vector and vectorId"),
        (b'{"vector": "1"}', "vector: expected an array"),
        (b'{"vector": ["1"]}', "vector: expected an array"),
        (b'{"vector": [null]}', "vector: expected an array"),
        (b'{"vector": [[1]]}', "vector: expected an array"),
        (b'{"vector": [true]}', "vector: expected an array"),
        (b'{"vector": [1e39]}', "vector: expected an array"),
        (b'{"vector": [1%s]}' % (b"0" * 50), "vector: expected an array"),
        (b'{"vector": [NaN]}', ""),
        (b'{"vector": [Infinity]}', ""),
        (b'{"vectorId": 5}', "vectorId: expected a string"),
        (b'{"vector": [1], "topK": 0}', "topK: "),
        (b'{"vector": [1], "topK": -1}', "topK: "),
        (b'{"vector": [1], "topK": 1.5}', "topK: "),
        (b'{"vector": [1], "topK": 1e400}', ""),
        (b'{"vector": [1], "topK": "5"}', "topK: "),
        (b'{"vector": [1], "topK": true}', "topK: "),
        (b'{"vector": [1], "topK": null}', "topK: "),
        (b'{"vector": [1], "returnMetadata": true}', "returnMetadata: expected one of none"),
        (b'{"vector": [1], "returnMetadata": false}', "returnMetadata: expected one of none"),
        (b'{"vector": [1], "returnMetadata": "some"}', "returnMetadata: expected one of none"),
        (b'{"vector": [1], "returnMetadata": ["all"]}', "returnMetadata: expected one of none"),
        (b'{"vector": [1], "returnValues": "true"}', "returnValues: expected a boolean"),
        (b'{"vector": [1], "returnValues": 1}', "returnValues: expected a boolean"),
        (b'{"vector": [1], "namespace": 5}', "namespace: expected a string"),
        (b'{"vectorId": "\\ud800"}', ""),
        (b"[" * 5_000, ""),
    ],
)
def test_a_body_that_is_no_query_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidJson, match=f"^Failed to parse the request body as JSON: .*{reason}"):
        query_of(body)


def test_what_a_query_names_keeps_to_its_limits() -> None:
    with pytest.raises(NamespaceTooLong):
        query_of(b'{"vector": [1], "namespace": "%s"}' % (b"x" * 65))
    with pytest.raises(IdTooLong):
        query_of(b'{"vectorId": "%s"}' % (b"x" * 65))
    with pytest.raises(InvalidFilter):
        query_of(b'{"vector": [1], "filter": {}}')
    with pytest.raises(TopKTooLarge, match="max top K is 50"):
        query_of(b'{"vector": [1], "topK": 51, "returnMetadata": "all"}')


async def test_a_vector_of_zeros_is_a_vector(index: IndexStore) -> None:
    upsert(index, VectorInput("zero", [0.0, 0.0]), vector("a", 10))

    assert set(await found(index)) == {"a", "zero"}
    answer = await index.query(Query(pack("2f", 0.0, 0.0)))
    assert {match.id for match in answer} == {"a", "zero"}


async def test_the_largest_numbers_give_an_answer(index: IndexStore) -> None:
    upsert(index, VectorInput("big", [3e38, 3e38]), vector("a", 10))

    answer = await index.query(Query(pack("2f", 3e38, 3e38)))

    assert {match.id for match in answer} == {"a", "big"}
