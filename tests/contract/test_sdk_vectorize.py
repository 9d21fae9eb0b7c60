"""The official Python SDK's whole Vectorize surface, synchronous and asynchronous."""

import json
from datetime import datetime
from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare

from emulator.testing import TwinAccount

# What the SDK says when it is handed the lines, whatever its types ask for: it sends them as
# they are, but with the content type of JSON.
pytestmark = pytest.mark.filterwarnings("ignore:Passing raw bytes as `body`:DeprecationWarning")

# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]

CONFIG: Any = {"dimensions": 2, "metric": "cosine"}
VECTORS: list[dict[str, Any]] = [
    {"id": "a", "values": [1, 0], "metadata": {"kind": "fruit", "size": 3}, "namespace": "shop"},
    {"id": "b", "values": [0.6, 0.8], "metadata": {"kind": "bread"}},
    {"id": "c", "values": [0, 1]},
]


def ndjson(*vectors: dict[str, Any]) -> bytes:
    return "\n".join(map(json.dumps, vectors)).encode()


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def where(cloudflare: Cloudflare, account: Where) -> Where:
    """What every call below an index takes; the index has three vectors."""
    indexes = cloudflare.vectorize.indexes
    indexes.create(**account, name="shop", config=CONFIG)
    where = {**account, "index_name": "shop"}
    indexes.metadata_index.create(**where, property_name="kind", index_type="string")
    indexes.upsert(**where, body=ndjson(*VECTORS))
    return where


def test_indexes_are_created_listed_read_and_deleted(
    cloudflare: Cloudflare, account: Where
) -> None:
    indexes = cloudflare.vectorize.indexes

    made = indexes.create(**account, name="shop", description="Goods", config=CONFIG)
    assert made is not None
    assert made.config is not None
    assert (made.name, made.description) == ("shop", "Goods")
    assert (made.config.dimensions, made.config.metric) == (2, "cosine")
    assert isinstance(made.created_on, datetime)

    assert [index.name for index in indexes.list(**account)] == ["shop"]
    assert indexes.get("shop", **account) == made
    assert indexes.delete("shop", **account) is None
    with pytest.raises(sdk.NotFoundError, match=r"vectorize\.index\.not_found"):
        indexes.get("shop", **account)


def test_a_preset_is_expanded(cloudflare: Cloudflare, account: Where) -> None:
    config: Any = {"preset": "@cf/baai/bge-base-en-v1.5"}

    made = cloudflare.vectorize.indexes.create(**account, name="shop", config=config)

    assert made is not None
    assert made.config is not None
    assert (made.config.dimensions, made.config.metric) == (768, "cosine")


def test_vectors_are_written_and_counted(cloudflare: Cloudflare, where: Where) -> None:
    indexes = cloudflare.vectorize.indexes
    kept = {"id": "a", "values": [0, 1]}

    inserted = indexes.insert(**where, body=ndjson(kept, {"id": "d", "values": [1, 1]}))
    info = indexes.info(**where)

    assert inserted is not None
    assert info is not None
    assert (info.dimensions, info.vector_count) == (2, 4)
    assert info.processed_up_to_mutation == inserted.mutation_id
    assert isinstance(info.processed_up_to_datetime, datetime)
    rows: Any = indexes.get_by_ids(**where, ids=["a"])
    assert rows[0]["values"] == [1.0, 0.0]


def test_vectors_are_written_from_an_ndjson_body(cloudflare: Cloudflare, where: Where) -> None:
    body = ndjson({"id": "d", "values": [1, 1]})
    headers = {"content-type": "application/x-ndjson"}

    written = cloudflare.vectorize.indexes.upsert(**where, body=body, extra_headers=headers)

    assert written is not None
    info = cloudflare.vectorize.indexes.info(**where)
    assert info is not None
    assert info.vector_count == 4


def test_unparsable_lines_are_refused_or_discarded(cloudflare: Cloudflare, where: Where) -> None:
    indexes, body = cloudflare.vectorize.indexes, b'nonsense\n{"id":"d","values":[1,1]}'

    with pytest.raises(sdk.BadRequestError, match=r"line Some\(0\) was not expected format"):
        indexes.upsert(**where, body=body, unparsable_behavior="error")
    indexes.upsert(**where, body=body, unparsable_behavior="discard")

    info = indexes.info(**where)
    assert info is not None
    assert info.vector_count == 4


def test_a_query_finds_what_is_near(cloudflare: Cloudflare, where: Where) -> None:
    answer = cloudflare.vectorize.indexes.query(
        **where, vector=[1, 0], top_k=2, return_metadata="all", return_values=True
    )

    assert answer is not None
    assert answer.matches is not None
    assert answer.count == 2
    first, second = answer.matches
    assert (first.id, first.namespace, first.values) == ("a", "shop", [1.0, 0.0])
    assert first.metadata == {"kind": "fruit", "size": 3}
    assert second.id == "b"
    assert second.score == pytest.approx(0.6)


def test_a_query_is_filtered(cloudflare: Cloudflare, where: Where) -> None:
    answer = cloudflare.vectorize.indexes.query(
        **where, vector=[1, 0], filter={"kind": {"$in": ["bread"]}}, return_metadata="indexed"
    )

    assert answer is not None
    assert answer.matches is not None
    assert [match.id for match in answer.matches] == ["b"]
    assert answer.matches[0].metadata == {"kind": "bread"}


def test_vectors_are_fetched_and_deleted_by_id(cloudflare: Cloudflare, where: Where) -> None:
    indexes = cloudflare.vectorize.indexes

    rows: Any = indexes.get_by_ids(**where, ids=["b", "nowhere"])
    assert [(row["id"], row["metadata"]) for row in rows] == [("b", {"kind": "bread"})]

    deleted = indexes.delete_by_ids(**where, ids=["b"])
    info = indexes.info(**where)
    assert deleted is not None
    assert info is not None
    assert info.processed_up_to_mutation == deleted.mutation_id
    assert not indexes.get_by_ids(**where, ids=["b"])


def test_ids_are_listed_in_pages(cloudflare: Cloudflare, where: Where) -> None:
    indexes = cloudflare.vectorize.indexes

    first = indexes.list_vectors(**where, count=2)
    assert first is not None
    assert first.next_cursor is not None
    assert (first.count, first.total_count, first.is_truncated) == (2, 3, True)
    assert isinstance(first.cursor_expiration_timestamp, datetime)

    last = indexes.list_vectors(**where, count=2, cursor=first.next_cursor)
    assert last is not None
    assert not last.is_truncated
    assert [vector.id for vector in (*first.vectors, *last.vectors)] == ["a", "b", "c"]


def test_metadata_indexes_are_listed_and_deleted(cloudflare: Cloudflare, where: Where) -> None:
    metadata = cloudflare.vectorize.indexes.metadata_index

    listed = metadata.list(**where)
    assert listed is not None
    assert listed.metadata_indexes is not None
    [one] = listed.metadata_indexes
    assert (one.property_name, one.index_type) == ("kind", "string")

    deleted = metadata.delete(**where, property_name="kind")
    assert deleted is not None
    assert deleted.mutation_id
    after = metadata.list(**where)
    assert after is not None
    assert after.metadata_indexes == []


def test_a_refusal_has_cloudflares_code(cloudflare: Cloudflare, where: Where) -> None:
    with pytest.raises(sdk.BadRequestError) as refused:
        cloudflare.vectorize.indexes.query(**where, vector=[1])

    [error] = refused.value.errors
    assert error.code == 40006


async def test_the_asynchronous_client_does_all_the_same(
    async_cloudflare: AsyncCloudflare, account: Where
) -> None:
    indexes = async_cloudflare.vectorize.indexes
    made = await indexes.create(**account, name="shop", config=CONFIG)
    assert made is not None
    assert [index.name async for index in indexes.list(**account)] == ["shop"]
    where = {**account, "index_name": "shop"}

    await indexes.metadata_index.create(**where, property_name="size", index_type="number")
    await indexes.upsert(**where, body=ndjson(*VECTORS))
    await indexes.insert(**where, body=ndjson(*VECTORS))
    answer = await indexes.query(**where, vector=[1, 0], filter={"size": {"$gte": 3}})
    assert answer is not None
    assert [match.id for match in answer.matches or ()] == ["a"]

    rows: Any = await indexes.get_by_ids(**where, ids=["a", "b"])
    assert len(rows) == 2
    page = await indexes.list_vectors(**where)
    assert page is not None
    assert page.total_count == 3
    await indexes.delete_by_ids(**where, ids=["a"])
    info = await indexes.info(**where)
    assert info is not None
    assert info.vector_count == 2
    assert await indexes.metadata_index.list(**where)
    await indexes.metadata_index.delete(**where, property_name="size")
    assert await indexes.get("shop", **account) == made
    await indexes.delete("shop", **account)
    with pytest.raises(sdk.NotFoundError):
        await indexes.info(**where)
