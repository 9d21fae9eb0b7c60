"""Who embeds texts: the real BGE models that `ai_bge` names, else the offline embedder.

Nothing heavy is imported before the first text, and no real model into this process ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from emulator.ai.errors import OutOfCapacity
from emulator.core.lane import Lane, LaneFull
from emulator.core.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emulator.ai.embedding.bge import Bge, BgeModel
    from emulator.ai.embedding.offline import OfflineEmbedder

    # float32 [texts, dimensions]
    Matrix = NDArray[np.float32]

DIMENSIONS: Mapping[str, int] = {
    "@cf/baai/bge-small-en-v1.5": 384,
    "@cf/baai/bge-base-en-v1.5": 768,
    "@cf/baai/bge-large-en-v1.5": 1024,
    "@cf/baai/bge-m3": 1024,
    "@cf/google/embeddinggemma-300m": 768,
    "@cf/pfnet/plamo-embedding-1b": 2048,
    "@cf/qwen/qwen3-embedding-0.6b": 1024,
}
# What is longer is cut.
MAX_TOKENS = 512
LONGER: Mapping[str, int] = {
    "@cf/baai/bge-m3": 8192,
    "@cf/google/embeddinggemma-300m": 2048,
    "@cf/pfnet/plamo-embedding-1b": 4096,
    "@cf/qwen/qwen3-embedding-0.6b": 8192,
}
MAX_TOKENS_ELSEWHERE = 8192
BGE = "@cf/baai/"
OFFLINE = "offline"

# Up to here an offline embedding takes less time than handing it to a thread and back is worth.
BRIEF_CHARACTERS = 500
MAX_WAITING_REQUESTS = 1_000


class Pooling(StrEnum):
    """How a model makes one vector of a text's tokens; vectors of the two cannot be compared."""

    MEAN = "mean"
    CLS = "cls"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A unit vector for each text, the tokens read, and who read them: `offline` or `bge:…`."""

    vectors: "Matrix"
    tokens: int
    embedder: str


class Space(NamedTuple):
    """Where vectors can be compared: to the offline embedder a model is no more."""

    name: str
    dimensions: int
    max_tokens: int


class Embedders:
    """Embeds texts. `model` is one of `DIMENSIONS`; each model and pooling is its own space.

    With `ai_bge` set BGE's models are real or refuse (`EmbedderFailed`); all others are offline.
    """

    def __init__(self, settings: Settings) -> None:
        self._bge_models = settings.ai_bge
        self._lane = Lane("embedder", MAX_WAITING_REQUESTS)

    async def embed(self, model: str, texts: Sequence[str], pooling: Pooling) -> Embedded:
        """For callers on an event loop, which goes on meanwhile. Raises `OutOfCapacity` too."""
        if not self._is_real(model):
            return await self._aside(space_of(model, pooling), texts)
        vectors, tokens = await self._bge.embed(self._real(model, pooling), texts)
        return Embedded(vectors, tokens, label(model))

    async def embed_as(self, name: str, dimensions: int, texts: Sequence[str]) -> Embedded:
        """Offline, for another provider's model: a space of that name, 8,192 tokens a text."""
        return await self._aside(Space(name, dimensions, MAX_TOKENS_ELSEWHERE), texts)

    def embed_now(self, model: str, texts: Sequence[str], pooling: Pooling) -> Embedded:
        """For callers that may block; any thread, any number of texts."""
        if self._is_real(model):
            vectors, tokens = self._bge.embed_now(self._real(model, pooling), texts)
            return Embedded(vectors, tokens, label(model))
        return self._embed_offline(space_of(model, pooling), texts)

    @property
    def bge_pid(self) -> int | None:
        """The number of the process that holds the real models, if it runs."""
        return self._bge.pid if "_bge" in vars(self) else None

    def close(self) -> None:
        """End the lane, and the process of the real models with what it is doing."""
        self._lane.close()
        if "_bge" in vars(self):
            self._bge.close()

    def _is_real(self, model: str) -> bool:
        return bool(self._bge_models) and model.startswith(BGE)

    def _real(self, model: str, pooling: Pooling) -> "BgeModel":
        from emulator.ai.embedding.bge import BgeModel, source_of

        source = source_of(self._bge_models, model.removeprefix(BGE))
        return BgeModel(source, DIMENSIONS[model], LONGER.get(model, MAX_TOKENS), pooling)

    async def _aside(self, space: Space, texts: Sequence[str]) -> Embedded:
        if "_offline" in vars(self) and sum(map(len, texts)) <= BRIEF_CHARACTERS:
            return self._embed_offline(space, texts)
        try:
            return await self._lane.run(lambda: self._embed_offline(space, texts))
        except LaneFull:
            raise OutOfCapacity(reason="Too many texts wait for their embedding.") from None

    def _embed_offline(self, space: Space, texts: Sequence[str]) -> Embedded:
        vectors, tokens = self._offline.embed(*space, texts)
        return Embedded(vectors, tokens, OFFLINE)

    @cached_property
    def _offline(self) -> "OfflineEmbedder":
        from emulator.ai.embedding.offline import OfflineEmbedder

        return OfflineEmbedder()

    @cached_property
    def _bge(self) -> "Bge":
        from emulator.ai.embedding.bge import Bge

        return Bge()


def space_of(model: str, pooling: Pooling) -> Space:
    return Space(f"{model} {pooling}", DIMENSIONS[model], LONGER.get(model, MAX_TOKENS))


def label(model: str) -> str:
    return f"bge:{model.removeprefix(BGE)}"
