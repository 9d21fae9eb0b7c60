"""langchain-cloudflare's `CloudflareVectorize`, told nothing but the twin's base URL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_cloudflare import CloudflareVectorize
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from requests.exceptions import HTTPError

from emulator.core.settings import Settings
from emulator.testing import TwinAccount, TwinServer, serving

DIMENSIONS = 26
TEXTS = ["aaab", "bbbc", "xyz"]


class Letters(Embeddings):
    """A text is how often it has each letter: the same text, the same vector."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(text.count(chr(ord("a") + number))) for number in range(DIMENSIONS)]


def vectors_of(server: TwinServer, account: TwinAccount) -> CloudflareVectorize:
    return CloudflareVectorize(
        embedding=Letters(),
        account_id=account.id,
        api_token=account.token,
        base_url=server.api,
        index_name="letters",
        default_wait_seconds=0.05,
    )


@pytest.fixture
def vectors(twin_server: TwinServer, twin_account: TwinAccount) -> CloudflareVectorize:
    """A vector store with an index of its own."""
    vectors = vectors_of(twin_server, twin_account)
    vectors.create_index(dimensions=DIMENSIONS, wait=True)
    return vectors


@pytest.fixture
def late(tmp_path: Path) -> Iterator[CloudflareVectorize]:
    """The same in a twin where mutations become visible after a moment."""
    with serving(Settings(state=tmp_path / "state", vectorize_delay_seconds=0.3)) as server:
        vectors = vectors_of(server, server.create_account())
        vectors.create_index(dimensions=DIMENSIONS)
        yield vectors


def test_texts_are_added_and_found(vectors: CloudflareVectorize) -> None:
    ids = vectors.add_texts(TEXTS, ids=["1", "2", "3"], wait=True)

    found = vectors.similarity_search_with_score("aab", k=2, return_metadata="none")

    assert ids == ["1", "2", "3"]
    assert [document.id for document, _ in found] == ["1", "2"]
    assert found[0][1] > found[1][1]


def test_metadata_and_namespaces_filter(vectors: CloudflareVectorize) -> None:
    vectors.create_metadata_index("n", "number", wait=True)
    vectors.add_texts(
        TEXTS,
        metadatas=[{"n": 1}, {"n": 2}, {"n": 2}],
        namespaces=["one", "one", "two"],
        ids=["1", "2", "3"],
        wait=True,
    )

    def ids(**options: Any) -> list[str | None]:
        found = vectors.similarity_search("abc", return_metadata="all", **options)
        return [document.id for document in found]

    assert sorted(map(str, ids(md_filter={"n": 2}))) == ["2", "3"]
    assert sorted(map(str, ids(namespace="one"))) == ["1", "2"]
    assert ids(md_filter={"n": {"$gt": 1}}, namespace="one") == ["2"]


def test_documents_are_read_replaced_and_deleted(vectors: CloudflareVectorize) -> None:
    vectors.add_documents([Document("aaab", metadata={"n": 1})], ids=["1"], wait=True)
    vectors.add_texts(["zzz"], metadatas=[{"n": 2}], ids=["1"], upsert=True, wait=True)

    [document] = vectors.get_by_ids(["1"])
    assert document.metadata["n"] == 2
    assert vectors.delete(["1"], wait=True)
    assert vectors.get_by_ids(["1"]) == []


def test_indexes_and_metadata_indexes_are_managed(vectors: CloudflareVectorize) -> None:
    vectors.create_metadata_index("n", "number", wait=True)

    assert [index["name"] for index in vectors.list_indexes()] == ["letters"]
    assert vectors.get_index("letters")["config"]["dimensions"] == DIMENSIONS
    assert vectors.get_index_info("letters")["vectorCount"] == 0
    listed = vectors.list_metadata_indexes("letters")
    assert listed == [{"propertyName": "n", "indexType": "number"}]
    # It names the property by a key that Cloudflare does not have.
    with pytest.raises(HTTPError, match="400"):
        vectors.delete_metadata_index("n")
    vectors.delete_index("letters")
    assert vectors.list_indexes() == []


def test_waiting_for_a_mutation_ends_when_it_is_visible(late: CloudflareVectorize) -> None:
    late.add_texts(["xyz"], ids=["0"])
    assert late.get_index_info("letters")["vectorCount"] == 0

    late.add_texts(TEXTS, ids=["1", "2", "3"], wait=True)

    assert late.get_index_info("letters")["vectorCount"] == 4
    assert late.similarity_search("aaab")[0].id == "1"


async def test_the_asynchronous_methods_do_the_same(vectors: CloudflareVectorize) -> None:
    await vectors.acreate_metadata_index("n", "number", wait=True)
    await vectors.aadd_texts(TEXTS, metadatas=[{"n": 1}] * 3, ids=["1", "2", "3"], wait=True)

    found = await vectors.asimilarity_search_with_score("xyz", k=1, return_metadata="none")
    [(document, score)] = found
    assert document.id == "3"
    assert score == pytest.approx(1.0)
    assert len(await vectors.aget_by_ids(["1", "2"])) == 2
    await vectors.adelete(["1"], wait=True)
    assert (await vectors.aget_index_info("letters"))["vectorCount"] == 2


def test_a_retriever_finds_documents(vectors: CloudflareVectorize) -> None:
    documents = [Document(text, metadata={"text": text}) for text in TEXTS]
    vectors.add_documents(documents, ids=["1", "2", "3"], wait=True)

    retriever = vectors.as_retriever(search_kwargs={"k": 1, "return_metadata": "all"})

    assert retriever.invoke("xyz")[0].metadata == {"text": "xyz"}
