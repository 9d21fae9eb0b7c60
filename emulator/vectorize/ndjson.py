"""Vectors as they are uploaded: one JSON object per line.

A line costs what parsing its JSON costs; its numbers go straight into the rows of the
engine's file, without a model or an array of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, pack
from struct import error as StructError
from typing import Any

import orjson

from emulator.vectorize.errors import (
    InvalidNdjson,
    NoVectors,
    TooManyVectors,
    VectorDimensionsWrong,
)
from emulator.vectorize.limits import MAX_METADATA_BYTES
from emulator.vectorize.models import Batch, Item
from emulator.vectorize.validate import check_id, check_metadata, check_namespace

ONE, ZERO = pack("=f", 1.0), pack("=f", 0.0)


class Unparsable(Exception):
    """A line is not a vector."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload must keep to. `operation` is insert or upsert, for its refusals."""

    operation: str
    dimensions: int
    max_vectors: int
    discard: bool = False


def batch_of(body: bytes, upload: Upload) -> Batch:
    """The vectors of all lines; blank lines do not count.

    Raises `InvalidNdjson` for a line that is no vector, unless such lines are discarded,
    and the refusals of ids, namespaces, metadata keys and dimensions in any case [guess].
    """
    items: list[Item] = []
    values = bytearray()
    row_of = Struct(f"={upload.dimensions}f")
    keys: set[str] = set()
    lines = 0
    for number, start, end in lines_of(body):
        lines += 1
        if lines > upload.max_vectors:
            raise TooManyVectors(limit=upload.max_vectors, count=count_lines(body))
        try:
            row = parsed(body[start:end])
            item = item_of(row, keys)
            values += packed(row["values"], row_of, item.id)
        except Unparsable:
            if upload.discard:
                continue
            raise InvalidNdjson(operation=upload.operation, line=number) from None
        items.append(item)
    if not lines:
        raise NoVectors(operation=upload.operation)
    return Batch(items, values)


def lines_of(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of every line that is not blank."""
    start, number = 0, 0
    while start < len(body):
        end = body.find(b"\n", start)
        if end < 0:
            end = len(body)
        if end - start > 2 or body[start:end].strip():
            yield number, start, end
        start, number = end + 1, number + 1


def count_lines(body: bytes) -> int:
    return sum(1 for _ in lines_of(body))


def parsed(line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Unparsable from None
    if not isinstance(row, dict) or not isinstance(row.get("values"), list):
        raise Unparsable
    return row


def item_of(row: dict[str, Any], keys: set[str]) -> Item:
    """All but the values. `keys` are the metadata keys that were found good."""
    id, namespace, metadata = row.get("id"), row.get("namespace"), row.get("metadata")
    if not isinstance(id, str) or not isinstance(namespace, str | None):
        raise Unparsable
    check_id(id)
    if namespace:
        check_namespace(namespace)
    # [guess] an empty namespace is none.
    return Item(id, namespace or None, None if metadata is None else text_of(metadata, keys))


def text_of(metadata: object, keys: set[str]) -> bytes:
    """Metadata as compact JSON, at most 10 KiB of it."""
    if not isinstance(metadata, dict):
        raise Unparsable
    try:
        text = orjson.dumps(metadata)
    except orjson.JSONEncodeError:
        # Nested deeper than it can be written.
        raise Unparsable from None
    if len(text) > MAX_METADATA_BYTES:
        raise Unparsable
    check_metadata(metadata, keys)
    return text


def packed(values: list[Any], row_of: Struct, id: str) -> bytes:
    """The numbers as float32. What is no number, or too large for one, is unparsable."""
    dimensions = row_of.size // len(ONE)
    if len(values) != dimensions:
        raise VectorDimensionsWrong(id=id, expected=dimensions, received=len(values))
    try:
        row = row_of.pack(*values)
    except (StructError, OverflowError):
        raise Unparsable from None
    # A boolean packs as a number. Only the types tell it apart, and looking at all of them
    # takes twice as long as packing: most rows hold neither of the two.
    if (ONE in row or ZERO in row) and bool in set(map(type, values)):
        raise Unparsable
    return row
