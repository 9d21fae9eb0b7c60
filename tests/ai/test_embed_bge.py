"""Real loading code: a small BERT made here, saved as a BGE model is, read by the real worker.

Needs what the `bge` extra brings: `make test` runs these tests in an environment of their own.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from emulator import Settings, Twin
from emulator.ai.embedders import Embedded, Embedders, Pooling
from emulator.ai.errors import EmbedderFailed
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids

pytestmark = [
    pytest.mark.skipif(
        find_spec("sentence_transformers") is None, reason="the `bge` extra is not installed"
    ),
    # What the libraries say to each other.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(300),
]

BASE = "@cf/baai/bge-base-en-v1.5"
SMALL = "@cf/baai/bge-small-en-v1.5"
TEXTS = ["data engineer", "a nurse and a plumber", "engineer " * 700]
MAX_TOKENS = 512

ByHand = Callable[[Sequence[str], Pooling], Any]


def save_model(directory: Path, dimensions: int) -> None:
    """A BERT of two layers with random weights, and the folders that BGE's models have."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(1)
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["a", "and", "data", "engineer", "nurse", "plumb", "##er"]
    bare = directory.with_suffix(".bare")
    bare.mkdir()
    (bare / "vocab.txt").write_text("\n".join(marks + words))
    BertTokenizerFast(str(bare / "vocab.txt")).save_pretrained(bare)
    config = BertConfig(
        vocab_size=len(marks + words),
        hidden_size=dimensions,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=256,
    )
    BertModel(config).eval().save_pretrained(bare)
    transformer = Transformer(str(bare))
    modules = [transformer, Pooling(dimensions, pooling_mode="cls"), Normalize()]
    SentenceTransformer(modules=modules).save(str(directory))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `bge-base-en-v1.5`, and a `bge-small-en-v1.5` of the wrong size."""
    models = tmp_path_factory.mktemp("models")
    save_model(models / "bge-base-en-v1.5", 768)
    save_model(models / "bge-small-en-v1.5", 768)
    return models


@pytest.fixture(scope="module")
def twin(models: Path) -> Iterator[Twin]:
    """One for all tests here: a worker takes seconds to start. `rest` is this twin's."""
    twin = Twin(Settings(ai_bge=str(models)), clock=ManualClock(), ids=Ids(seed=1))
    yield twin
    twin.close()


@pytest.fixture(scope="module")
def embedders(twin: Twin) -> Embedders:
    return twin.inference.embedders


@pytest.fixture(scope="module")
def by_hand(models: Path) -> ByHand:
    """The same computed with transformers alone."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    directory = models / "bge-base-en-v1.5"
    tokenizer = AutoTokenizer.from_pretrained(directory)
    bert = AutoModel.from_pretrained(directory).eval()

    def by_hand(texts: Sequence[str], pooling: Pooling) -> Any:
        read = tokenizer(
            list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        with torch.no_grad():
            states = bert(**read).last_hidden_state
        mask = read["attention_mask"].unsqueeze(-1)
        pooled = states[:, 0] if pooling is Pooling.CLS else (states * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(pooled, dim=1).numpy()

    return by_hand


@pytest.mark.parametrize("pooling", Pooling)
def test_vectors_are_the_models_with_either_pooling(
    embedders: Embedders, by_hand: ByHand, pooling: Pooling
) -> None:
    made = embedders.embed_now(BASE, TEXTS, pooling)

    assert np.allclose(made.vectors, by_hand(TEXTS, pooling), atol=1e-5)
    assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_the_poolings_differ(embedders: Embedders) -> None:
    cls, mean = (
        embedders.embed_now(BASE, TEXTS, pooling) for pooling in (Pooling.CLS, Pooling.MEAN)
    )

    assert not np.allclose(cls.vectors, mean.vectors, atol=1e-2)


def test_the_answer_says_whose_vectors_they_are_and_counts_tokens(embedders: Embedders) -> None:
    made = embedders.embed_now(BASE, TEXTS, Pooling.MEAN)

    assert made.embedder == "bge:bge-base-en-v1.5"
    # Each with [CLS] and [SEP]; the last is cut.
    assert made.tokens == 4 + 8 + MAX_TOKENS


def test_a_text_is_the_same_alone_and_in_a_batch(embedders: Embedders) -> None:
    together = embedders.embed_now(BASE, TEXTS, Pooling.MEAN)
    alone = embedders.embed_now(BASE, TEXTS[:1], Pooling.MEAN)

    assert np.allclose(together.vectors[0], alone.vectors[0], atol=1e-5)


def test_a_model_of_the_wrong_size_is_refused(embedders: Embedders) -> None:
    with pytest.raises(EmbedderFailed, match="has 768 dimensions, not the 384 of the model"):
        embedders.embed_now(SMALL, ["text"], Pooling.MEAN)


@pytest.mark.parametrize("place", ["huggingface", "directory"])
def test_a_model_that_cannot_be_loaded_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    (tmp_path / "bge-base-en-v1.5").mkdir()
    (tmp_path / "bge-base-en-v1.5" / "config.json").write_text("not JSON")
    embedders = Embedders(Settings(ai_bge=place if place == "huggingface" else str(tmp_path)))

    with pytest.raises(EmbedderFailed, match=r"bge-base-en-v1\.5: \w+: .+"):
        embedders.embed_now(BASE, ["text"], Pooling.MEAN)

    embedders.close()


def test_a_worker_that_was_killed_is_there_again(embedders: Embedders) -> None:
    before = embedders.embed_now(BASE, ["nurse"], Pooling.CLS)

    os.kill(pid_of(embedders), signal.SIGKILL)

    after: Embedded = embedders.embed_now(BASE, ["nurse"], Pooling.CLS)
    assert np.array_equal(before.vectors, after.vectors)


def pid_of(embedders: Embedders) -> int:
    pid = embedders.bge_pid
    assert pid is not None
    return pid


async def test_workers_ai_answers_with_the_models_vectors(
    rest: httpx.AsyncClient, by_hand: ByHand
) -> None:
    answer = await rest.post(f"/ai/run/{BASE}", json={"text": TEXTS[:2], "pooling": "cls"})

    result = answer.json()["result"]
    assert result["shape"] == [2, 768]
    assert result["pooling"] == "cls"
    assert np.allclose(result["data"], by_hand(TEXTS[:2], Pooling.CLS), atol=1e-5)
    assert answer.headers["cf-twin-embedder"] == "bge:bge-base-en-v1.5"


async def test_workers_ai_refuses_where_the_model_is_broken(rest: httpx.AsyncClient) -> None:
    answer = await rest.post(f"/ai/run/{SMALL}", json={"text": "nurse"})

    assert answer.status_code == 502
    assert "not the 384" in answer.json()["errors"][0]["message"]
