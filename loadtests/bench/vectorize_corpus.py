"""Vectors around the centres of topics, as embedded texts lie, and indexes filled with them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.twin import Twin
from emulator.vectorize.models import Batch, Item, Metric

if TYPE_CHECKING:
    from emulator.vectorize.models import Matrix

TOPICS = 1_000
# Of a vector's distance from its topic's centre, in lengths of what parts two centres: the
# cosine of two vectors about the same is two thirds.
SPREAD = 0.7
# The metadata property `group` has so many values, each of as many vectors.
GROUPS = 100
BATCH = 5_000
QUERIES = -1


def clustered(first: int, count: int, dimensions: int) -> "Matrix":
    """The vectors number `first` and following, of unit length; the same on every run."""
    centres = np.random.default_rng(dimensions).standard_normal((TOPICS, dimensions), np.float32)
    random = np.random.default_rng([dimensions, first - QUERIES])
    vectors = centres[random.integers(0, TOPICS, count)]
    vectors += SPREAD * random.standard_normal((count, dimensions), np.float32)
    unit: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def queries(count: int, dimensions: int) -> "Matrix":
    """Vectors like the others, but none of them."""
    return clustered(QUERIES, count, dimensions)


def id_of(number: int) -> str:
    return f"v{number}"


def number_of(id: str) -> int:
    return int(id[1:])


def group_of(number: int) -> str:
    return f"g{number % GROUPS}"


def ndjson(first: int, values: "Matrix") -> bytes:
    """The body of an upsert of these vectors."""
    rows = (
        {"id": id_of(number), "values": row, "metadata": {"group": group_of(number)}}
        for number, row in enumerate(values, first)
    )
    return b"\n".join(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) for row in rows)


def batches(rows: int, dimensions: int) -> "Iterator[tuple[int, Matrix]]":
    """All vectors of an index, with the number of the first of each batch."""
    for first in range(0, rows, BATCH):
        yield first, clustered(first, min(BATCH, rows - first), dimensions)


def fill(state: Path, name: str, rows: int, dimensions: int, say: Callable[[str], None]) -> None:
    """A new index in the default account of a twin that is not running, without metadata."""
    twin = Twin(Settings(state=state))
    try:
        store = twin.account(DEFAULT_ACCOUNT_ID).vectorize
        store.create_index(name, dimensions, Metric.COSINE)
        index = store.index(name)
        for first, values in batches(rows, dimensions):
            items = [
                Item(id_of(number), None, None) for number in range(first, first + len(values))
            ]
            index.upsert(Batch(items, values.tobytes()))
            if first % (40 * BATCH) == 0:
                say(f"{first:,} of {rows:,} vectors")
    finally:
        twin.close()
