"""What Vectorize holds and answers, in our words. Times are epoch seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # float32 [n, dimensions], float32 [dimensions], int64 [n]: rows of the engine's file.
    Matrix = NDArray[np.float32]
    Vector = NDArray[np.float32]
    Slots = NDArray[np.int64]


class Metric(StrEnum):
    """How two vectors are compared."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    DOT_PRODUCT = "dot-product"


class Kind(StrEnum):
    """The type of the values a metadata index takes up."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"


class Returned(StrEnum):
    """How much metadata a query's matches carry."""

    NONE = "none"
    INDEXED = "indexed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Index:
    """A catalogue's entry."""

    name: str
    description: str
    dimensions: int
    metric: Metric
    created_at: float


@dataclass(frozen=True, slots=True)
class MetadataIndex:
    """`path` is the property's name; a `.` in it goes one object deeper."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class VectorInput:
    """One vector to be written. `metadata` is a JSON object."""

    id: str
    values: "Sequence[float] | Vector"
    metadata: Mapping[str, Any] | None = None
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """All of a vector but its values; `metadata` is JSON text."""

    id: str
    namespace: str | None
    metadata: bytes | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Vectors to be written. Row n of `values`, float32 in native order, belongs to item n."""

    items: Sequence[Item]
    values: bytes | bytearray


@dataclass(frozen=True, slots=True)
class StoredVector:
    """A vector as `get` answers it."""

    item: Item
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Match:
    """A query's answer; what was not asked for is None."""

    id: str
    score: float
    namespace: str | None
    metadata: bytes | None
    values: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Info:
    """What is visible now. `mutation` and `processed_at` are None until one is processed."""

    dimensions: int
    vectors: int
    mutation: str | None
    processed_at: float | None


@dataclass(frozen=True, slots=True)
class IdPage:
    """Some ids of a snapshot; `cursor` and its expiry are None on the last page."""

    ids: Sequence[str]
    total: int
    cursor: str | None
    expires_at: float | None
