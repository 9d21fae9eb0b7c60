"""wrangler's Vectorize commands against the twin (`wrangler-wire` §6)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Outcome, Wrangler

pytestmark = pytest.mark.wrangler

VECTORS: list[dict[str, Any]] = [
    {"id": "a", "values": [1, 0, 0], "metadata": {"size": 3}, "namespace": "shop"},
    {"id": "b", "values": [0.6, 0.8, 0], "metadata": {"size": 5}},
    {"id": "c", "values": [0, 0, 1]},
]


def said(outcome: Outcome) -> str:
    """All that a command has printed."""
    return outcome.out + outcome.err


def ndjson(path: Path, *vectors: dict[str, Any]) -> str:
    path.write_text("\n".join(map(json.dumps, vectors)))
    return path.name


def make(wrangler: Wrangler) -> None:
    wrangler("vectorize", "create", "shop", "--dimensions", "3", "--metric", "cosine")


@pytest.fixture
def filled(wrangler: Wrangler, tmp_path: Path) -> None:
    """An index `shop` with an index on `size` and three vectors."""
    make(wrangler)
    wrangler(
        "vectorize", "create-metadata-index", "shop", "--property-name", "size", "--type", "number"
    )
    file = ndjson(tmp_path / "vectors.ndjson", *VECTORS)
    wrangler("vectorize", "insert", "shop", "--file", file)


def test_an_index_is_created_listed_described_and_deleted(wrangler: Wrangler) -> None:
    options = ("--dimensions", "3", "--metric", "euclidean", "--description", "Goods")
    created = wrangler("vectorize", "create", "shop", *options)
    assert "Successfully created a new Vectorize index: 'shop'" in said(created)

    [listed] = wrangler("vectorize", "list", "--json").json()
    assert (listed["name"], listed["description"]) == ("shop", "Goods")
    got = wrangler("vectorize", "get", "shop", "--json").json()
    assert got["config"] == {"dimensions": 3, "metric": "euclidean"}

    wrangler("vectorize", "delete", "shop", "-y")
    refused = wrangler("vectorize", "get", "shop", fails=True)
    assert 'vectorize.index.not_found - Index name "shop" [code: 3000]' in said(refused)


def test_a_preset_is_expanded(wrangler: Wrangler) -> None:
    wrangler("vectorize", "create", "shop", "--preset", "@cf/baai/bge-small-en-v1.5")

    got = wrangler("vectorize", "get", "shop", "--json").json()
    assert got["config"] == {"dimensions": 384, "metric": "cosine"}


def test_a_name_that_exists_is_refused(wrangler: Wrangler) -> None:
    make(wrangler)

    options = ("--dimensions", "3", "--metric", "cosine")
    refused = wrangler("vectorize", "create", "shop", *options, fails=True)

    assert 'vectorize.index.duplicate_name - Index name "shop" [code: 3002]' in said(refused)


def test_vectors_are_inserted_and_upserted(
    wrangler: Wrangler, filled: None, tmp_path: Path
) -> None:
    changed = ndjson(tmp_path / "more.ndjson", {"id": "a", "values": [0, 1, 0]})

    wrangler("vectorize", "insert", "shop", "--file", changed)
    [kept] = wrangler("vectorize", "get-vectors", "shop", "--ids", "a").json()
    wrangler("vectorize", "upsert", "shop", "--file", changed)
    [replaced] = wrangler("vectorize", "get-vectors", "shop", "--ids", "a").json()

    assert kept == VECTORS[0]
    assert replaced == {"id": "a", "values": [0, 1, 0]}
    info = wrangler("vectorize", "info", "shop", "--json").json()
    assert (info["dimensions"], info["vectorCount"]) == (3, 3)
    assert len(info["processedUpToMutation"]) == 36


def test_a_file_is_uploaded_in_batches(wrangler: Wrangler, tmp_path: Path) -> None:
    make(wrangler)
    rows = [{"id": str(number), "values": [1, 0, number]} for number in range(25)]
    file = ndjson(tmp_path / "vectors.ndjson", *rows)

    wrangler("vectorize", "insert", "shop", "--file", file, "--batch-size", "10")

    assert wrangler("vectorize", "info", "shop", "--json").json()["vectorCount"] == 25


def test_a_query_is_by_vector_or_by_id(wrangler: Wrangler, filled: None) -> None:
    by_vector = wrangler(
        "vectorize", "query", "shop", "--vector", "1", "0", "0", "--top-k", "2", "--return-values"
    ).json()
    by_id = wrangler("vectorize", "query", "shop", "--vector-id", "b").json()

    assert (by_vector["count"], [match["id"] for match in by_vector["matches"]]) == (2, ["a", "b"])
    assert by_vector["matches"][0]["values"] == [1, 0, 0]
    assert by_vector["matches"][0]["namespace"] == "shop"
    assert [match["id"] for match in by_id["matches"]] == ["b", "a", "c"]


def test_a_query_is_filtered(wrangler: Wrangler, filled: None) -> None:
    vector = ("--vector", "1", "0", "0")
    filter = json.dumps({"size": {"$ne": 3}})

    filtered = wrangler(
        "vectorize", "query", "shop", *vector, "--filter", filter, "--return-metadata", "indexed"
    ).json()
    spaced = wrangler("vectorize", "query", "shop", *vector, "--namespace", "shop").json()

    assert [match["id"] for match in filtered["matches"]] == ["b", "c"]
    assert filtered["matches"][0]["metadata"] == {"size": 5}
    assert [match["id"] for match in spaced["matches"]] == ["a"]


def test_vectors_are_deleted(wrangler: Wrangler, filled: None) -> None:
    wrangler("vectorize", "delete-vectors", "shop", "--ids", "a", "b")

    listed = wrangler("vectorize", "list-vectors", "shop", "--json").json()
    assert listed["vectors"] == [{"id": "c"}]


def test_ids_are_listed_in_pages(wrangler: Wrangler, filled: None) -> None:
    page = ("vectorize", "list-vectors", "shop", "--json", "--count", "2")

    first = wrangler(*page).json()
    last = wrangler(*page, "--cursor", first["nextCursor"]).json()

    assert (first["totalCount"], first["isTruncated"], last["isTruncated"]) == (3, True, False)
    assert [row["id"] for row in first["vectors"] + last["vectors"]] == ["a", "b", "c"]


def test_metadata_indexes_are_listed_and_deleted(wrangler: Wrangler, filled: None) -> None:
    listed = wrangler("vectorize", "list-metadata-index", "shop", "--json").json()
    assert listed == [{"propertyName": "size", "indexType": "number"}]

    wrangler("vectorize", "delete-metadata-index", "shop", "--property-name", "size")
    assert wrangler("vectorize", "list-metadata-index", "shop").out.count("size") == 0


def test_a_refusal_is_printed(wrangler: Wrangler, filled: None) -> None:
    refused = wrangler("vectorize", "query", "shop", "--vector", "1", "0", fails=True)

    message = "invalid query vector, expected 3 dimensions, and got 2 dimensions [code: 40006]"
    assert message in said(refused)


def test_v1_is_said_to_be_missing(wrangler: Wrangler) -> None:
    refused = wrangler("vectorize", "list", "--deprecated-v1", fails=True)

    assert "not implemented by Cloudflare Twin [code: 501]" in said(refused)
