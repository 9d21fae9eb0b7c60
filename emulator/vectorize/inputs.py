"""Vectors that come from code, as a batch: what an upload's lines are held to holds here."""

from collections.abc import Sequence

import numpy as np
import orjson

from emulator.vectorize.errors import InvalidVector, VectorDimensionsWrong
from emulator.vectorize.limits import MAX_METADATA_BYTES
from emulator.vectorize.models import Batch, Item, VectorInput
from emulator.vectorize.validate import check_id, check_metadata, check_namespace


def batch_from(vectors: Sequence[VectorInput], dimensions: int) -> Batch:
    """Raises the refusals of ids, namespaces, metadata keys, dimensions, `InvalidVector`."""
    keys: set[str] = set()
    items = [item_from(vector, keys) for vector in vectors]
    return Batch(items, b"".join(row_from(vector, dimensions) for vector in vectors))


def item_from(vector: VectorInput, keys: set[str]) -> Item:
    check_id(vector.id)
    if vector.namespace:
        check_namespace(vector.namespace)
    if vector.metadata is None:
        return Item(vector.id, vector.namespace or None, None)
    check_metadata(vector.metadata, keys)
    try:
        metadata = orjson.dumps(vector.metadata)
    except orjson.JSONEncodeError as error:
        raise InvalidVector(id=vector.id, rule=f"its metadata is not JSON: {error}") from None
    if len(metadata) > MAX_METADATA_BYTES:
        rule = f"its metadata must not be larger than {MAX_METADATA_BYTES} bytes"
        raise InvalidVector(id=vector.id, rule=rule)
    return Item(vector.id, vector.namespace or None, metadata)


def row_from(vector: VectorInput, dimensions: int) -> bytes:
    with np.errstate(over="ignore"):
        row = np.asarray(vector.values, np.float32)
    if row.shape != (dimensions,):
        raise VectorDimensionsWrong(id=vector.id, expected=dimensions, received=row.size)
    if not np.isfinite(row).all():
        raise InvalidVector(id=vector.id, rule="its values must be finite float32 numbers")
    return row.tobytes()
