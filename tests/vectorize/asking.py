"""Short ways to write vectors and to ask for them."""

from collections.abc import Mapping
from math import cos, radians, sin
from struct import pack
from typing import Any

import orjson

from emulator.vectorize.filters import conditions_of
from emulator.vectorize.index import IndexStore
from emulator.vectorize.inputs import batch_from
from emulator.vectorize.models import Match, Returned, VectorInput
from emulator.vectorize.query import Query


def at(degrees: float) -> tuple[float, float]:
    """The direction as a vector of length 1."""
    return cos(radians(degrees)), sin(radians(degrees))


def vector(
    id: str,
    degrees: float = 0,
    metadata: Mapping[str, Any] | None = None,
    namespace: str | None = None,
) -> VectorInput:
    return VectorInput(id, at(degrees), metadata, namespace)


def insert(index: IndexStore, *vectors: VectorInput) -> str:
    return index.insert(batch_from(vectors, index.index.dimensions))


def upsert(index: IndexStore, *vectors: VectorInput) -> str:
    return index.upsert_now(vectors)


async def matches(
    index: IndexStore,
    degrees: float = 0,
    *,
    filter: Mapping[str, Any] | None = None,
    namespace: str | None = None,
    top_k: int = 10,
    returned: Returned = Returned.NONE,
    values: bool = False,
) -> list[Match]:
    query = Query(
        pack("2f", *at(degrees)),
        top_k=top_k,
        namespace=namespace,
        conditions=() if filter is None else conditions_of(filter),
        returned=returned,
        values=values,
    )
    return list(await index.query(query))


async def found(
    index: IndexStore,
    degrees: float = 0,
    *,
    filter: Mapping[str, Any] | None = None,
    namespace: str | None = None,
    top_k: int = 10,
) -> list[str]:
    """The ids of the matches, best first."""
    answer = await matches(index, degrees, filter=filter, namespace=namespace, top_k=top_k)
    return [match.id for match in answer]


def metadata_of(index: IndexStore, id: str) -> Any:
    """What a vector holds beside its values; None if that is nothing."""
    [stored] = index.get([id])
    return None if stored.item.metadata is None else orjson.loads(stored.item.metadata)
