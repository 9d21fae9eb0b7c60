"""Which embedder answers: real models where `ai_bge` names them, and never one for the other."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from emulator.ai.catalogue import Catalogue
from emulator.ai.embedders import DIMENSIONS, LONGER, MAX_TOKENS, Embedders, Pooling
from emulator.ai.errors import EmbedderFailed
from emulator.ai.models import TEXT_EMBEDDINGS
from emulator.core.settings import Settings

BASE = "@cf/baai/bge-base-en-v1.5"
QWEN = "@cf/qwen/qwen3-embedding-0.6b"


@pytest.fixture
def embedders() -> Iterator[Embedders]:
    embedders = Embedders(Settings())
    yield embedders
    embedders.close()


def test_every_embedding_model_of_the_catalogue_has_its_dimensions_and_limit() -> None:
    models = [one for one in Catalogue().models.values() if one.task == TEXT_EMBEDDINGS]

    assert {one.name: one.output_dimensions for one in models} == DIMENSIONS
    assert all(LONGER.get(one.name, MAX_TOKENS) == one.max_input_tokens for one in models)


@pytest.mark.parametrize("model", DIMENSIONS)
async def test_a_model_has_its_dimensions_offline(embedders: Embedders, model: str) -> None:
    made = await embedders.embed(model, ["one", "two"], Pooling.MEAN)

    assert made.vectors.shape == (2, DIMENSIONS[model])
    assert made.embedder == "offline"


async def test_blocking_and_waiting_callers_get_the_same(embedders: Embedders) -> None:
    texts = ["data engineer", "word " * 300]

    first = await embedders.embed(BASE, texts, Pooling.MEAN)
    second = await embedders.embed(BASE, texts[:1], Pooling.MEAN)
    blocking = embedders.embed_now(BASE, texts, Pooling.MEAN)

    assert np.array_equal(first.vectors, blocking.vectors)
    assert np.array_equal(second.vectors, blocking.vectors[:1])
    assert first.tokens == blocking.tokens


async def test_poolings_and_models_cannot_be_compared(embedders: Embedders) -> None:
    text = ["senior data engineer with Python"]
    mean = await embedders.embed(QWEN, text, Pooling.MEAN)
    cls = await embedders.embed(QWEN, text, Pooling.CLS)
    other = await embedders.embed("@cf/baai/bge-m3", text, Pooling.MEAN)

    assert abs(float(mean.vectors[0] @ cls.vectors[0])) < 0.25
    assert abs(float(mean.vectors[0] @ other.vectors[0])) < 0.25


async def test_a_long_text_is_read_as_far_as_its_model_reads(embedders: Embedders) -> None:
    text = ["word " * 9_000]

    base = await embedders.embed(BASE, text, Pooling.MEAN)
    long = await embedders.embed("@cf/baai/bge-m3", text, Pooling.CLS)

    assert (base.tokens, long.tokens) == (512, 8_192)


async def test_another_providers_model_is_embedded_offline(embedders: Embedders) -> None:
    made = await embedders.embed_as("text-embedding-3-small", 1536, ["data engineer"])

    assert made.vectors.shape == (1, 1536)
    assert made.embedder == "offline"


async def test_the_loop_goes_on_while_long_texts_are_embedded(embedders: Embedders) -> None:
    long = asyncio.ensure_future(
        embedders.embed(BASE, [f"word{n} " * 400 for n in range(100)], Pooling.MEAN)
    )
    turns = 0

    while not long.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10


async def test_a_directory_without_the_model_is_refused_not_replaced(tmp_path: Path) -> None:
    embedders = Embedders(Settings(ai_bge=str(tmp_path)))

    with pytest.raises(EmbedderFailed) as refused:
        await embedders.embed(BASE, ["text"], Pooling.MEAN)

    directory = tmp_path / "bge-base-en-v1.5"
    assert (
        str(refused.value) == f"AiError: no embedding by ai_bge: there is no directory {directory}"
    )
    embedders.close()


async def test_models_other_than_bge_stay_offline(tmp_path: Path) -> None:
    embedders = Embedders(Settings(ai_bge=str(tmp_path)))

    assert (await embedders.embed(QWEN, ["text"], Pooling.MEAN)).embedder == "offline"
    embedders.close()


@pytest.mark.skipif(find_spec("torch") is not None, reason="the `bge` extra is installed")
def test_without_the_extra_real_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bge-base-en-v1.5").mkdir()
    embedders = Embedders(Settings(ai_bge=str(tmp_path)))

    with pytest.raises(EmbedderFailed, match=r"pip install 'cloudflare-twin\[bge\]'"):
        embedders.embed_now(BASE, ["text"], Pooling.MEAN)

    embedders.close()


def test_nothing_heavy_is_imported_before_the_first_text() -> None:
    script = (
        "import sys\n"
        "from emulator import Settings\n"
        "from emulator.ai.embedders import Embedders\n"
        "Embedders(Settings()).close()\n"
        "print(sorted({'numpy', 'Stemmer', 'torch'} & set(sys.modules)))\n"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "[]"
