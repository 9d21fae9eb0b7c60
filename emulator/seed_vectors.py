"""Seeded vectors on their way into an index: texts are embedded by the index's own model.

A line is `id`, `text` or `values`, and as in an upsert `metadata` and `namespace`. A batch is
embedded and upserted before the next is read: any number of vectors in constant memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emulator.vectorize.models import VectorInput

if TYPE_CHECKING:
    from emulator.ai.embedders import Embedders
    from emulator.vectorize.index import IndexStore
    from emulator.vectorize.models import Vector

# As many texts as Workers AI takes at once.
BATCH_VECTORS = 100
NAMES = frozenset(("id", "text", "values", "metadata", "namespace"))
# An index knows its dimensions only; of models with the same, the one that presets name.
MODELS = MappingProxyType(
    {
        384: "@cf/baai/bge-small-en-v1.5",
        768: "@cf/baai/bge-base-en-v1.5",
        1_024: "@cf/baai/bge-large-en-v1.5",
    }
)


@dataclass(frozen=True, slots=True)
class SeedVector:
    """Either `text` or `values` is there."""

    id: str
    text: str | None
    values: Sequence[float] | None
    metadata: Mapping[str, Any] | None
    namespace: str | None

    @classmethod
    def from_json(cls, line: object) -> "SeedVector":
        """Raises `ValueError` with what is wrong."""
        if not isinstance(line, dict) or not isinstance(line.get("id"), str):
            raise ValueError("a vector is an object with an id")
        id = line["id"]
        if unknown := line.keys() - NAMES:
            raise ValueError(f"{id}: {', '.join(sorted(unknown))} is not understood")
        text, values = line.get("text"), line.get("values")
        if (text is None) == (values is None):
            raise ValueError(f"{id}: a vector has either a text or values")
        if not isinstance(text, str | None) or not isinstance(values, list | None):
            raise ValueError(f"{id}: text is a string, values is an array of numbers")
        metadata, namespace = line.get("metadata"), line.get("namespace")
        if not isinstance(metadata, dict | None) or not isinstance(namespace, str | None):
            raise ValueError(f"{id}: metadata is an object, namespace is a string")
        return cls(id, text, values, metadata, namespace)


def upsert(index: "IndexStore", embedders: "Embedders", batch: Sequence[SeedVector]) -> str | None:
    """Write the batch; who embedded its texts, None if there were none.

    Raises `ValueError` for values that are no numbers and texts that no model embeds to the
    index's dimensions, and Vectorize's own refusals.
    """
    texts = [one.text for one in batch if one.text is not None]
    vectors: Iterable[Vector] = ()
    embedder = None
    if texts:
        from emulator.ai.embedders import Pooling

        embedded = embedders.embed_now(model_of(index), texts, Pooling.MEAN)
        vectors, embedder = embedded.vectors, embedded.embedder
    rows = iter(vectors)
    index.upsert_now(
        [
            VectorInput(
                one.id,
                next(rows) if one.values is None else one.values,
                one.metadata,
                one.namespace,
            )
            for one in batch
        ]
    )
    return embedder


def model_of(index: "IndexStore") -> str:
    dimensions = index.index.dimensions
    if dimensions not in MODELS:
        known = ", ".join(map(str, MODELS))
        raise ValueError(
            f"texts are embedded into {known} dimensions, {index.index.name} has {dimensions}"
        )
    return MODELS[dimensions]
