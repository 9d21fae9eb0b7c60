"""Bodies that look right and are not: an answer in the envelope, never a 5xx, and no harm."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Account
from emulator.vectorize.models import Kind, Metric
from tests.vectorize.asking import found, upsert, vector

FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Lone surrogates, NaN, Infinity and numbers no float32 holds are among them.
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["\ud800", "\0", "a" * 70, "$a", 'a"', "a.b", "é" * 40]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, 1e39, -0.0, 2**63, 2**64])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
POINTS = st.lists(NUMBERS, min_size=2, max_size=2) | st.lists(VALUES, max_size=3) | VALUES
LINES = st.fixed_dictionaries(
    {"id": TEXTS | VALUES, "values": POINTS},
    optional={"metadata": st.dictionaries(TEXTS, VALUES, max_size=3) | VALUES, "namespace": VALUES},
)
OPERATORS = st.sampled_from(["$eq", "$ne", "$in", "$nin", "$lt", "$lte", "$gt", "$gte", "$x"])
FILTERS = (
    st.dictionaries(
        st.sampled_from(["s", "n", "b"]) | TEXTS,
        VALUES | st.dictionaries(OPERATORS, VALUES, max_size=2),
        max_size=3,
    )
    | VALUES
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "vector": POINTS,
        "vectorId": VALUES | st.just("kept"),
        "topK": VALUES | st.integers(1, 100),
        "filter": FILTERS,
        "namespace": VALUES,
        "returnValues": VALUES | st.booleans(),
        "returnMetadata": VALUES | st.sampled_from(["none", "indexed", "all"]),
    },
)


@pytest.fixture
def shop(account: Account) -> str:
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    index = account.vectorize.index("shop")
    for path, kind in (("s", Kind.STRING), ("n", Kind.NUMBER), ("b", Kind.BOOLEAN)):
        index.create_metadata_index(path, kind)
    upsert(index, vector("kept", 0, {"s": "x", "n": 1, "b": True}, "kept"))
    return "/vectorize/v2/indexes/shop"


def assert_answered(response: httpx.Response) -> None:
    body = response.json()
    assert response.status_code < 500, response.text
    assert body["success"] == (response.status_code == 200)
    assert body["success"] or body["errors"][0]["code"] < 50_000


@FUZZ
@given(
    rows=st.lists(LINES, min_size=1, max_size=3), operation=st.sampled_from(["insert", "upsert"])
)
async def test_an_upload_is_taken_or_refused(
    rest: httpx.AsyncClient, shop: str, account: Account, rows: list[Any], operation: str
) -> None:
    body = "\n".join(map(json.dumps, rows)).encode()
    headers = {"content-type": "application/x-ndjson"}

    assert_answered(await rest.post(f"{shop}/{operation}", content=body, headers=headers))

    # Whatever was taken can be found, and is counted.
    index = account.vectorize.index("shop")
    info = index.info()
    assert len(await found(index, top_k=100)) == min(info.vectors, 100)
    assert len(index.list_ids(1_000).ids) == min(info.vectors, 1_000)


@FUZZ
@given(query=QUERIES)
async def test_a_query_is_answered_or_refused(
    rest: httpx.AsyncClient, shop: str, query: dict[str, Any]
) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps(query).encode()

    assert_answered(await rest.post(f"{shop}/query", content=body, headers=headers))


@FUZZ
@given(ids=st.lists(TEXTS | VALUES, max_size=4) | VALUES, path=st.sampled_from(["get", "delete"]))
async def test_ids_are_taken_or_refused(
    rest: httpx.AsyncClient, shop: str, ids: Any, path: str
) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({"ids": ids}).encode()

    assert_answered(await rest.post(f"{shop}/{path}_by_ids", content=body, headers=headers))


@FUZZ
@given(name=TEXTS | VALUES, kind=st.sampled_from(["string", "number", "boolean"]) | VALUES)
async def test_a_metadata_index_is_made_or_refused(
    rest: httpx.AsyncClient, shop: str, name: Any, kind: Any
) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({"propertyName": name, "indexType": kind}).encode()

    for path in ("create", "delete"):
        response = await rest.post(f"{shop}/metadata_index/{path}", content=body, headers=headers)
        assert_answered(response)
