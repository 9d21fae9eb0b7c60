"""The partition as two files, so that a start does not make it anew. They are not trusted: a
partition that is torn, of another kind, or of other rows is none, and is made again.
"""

import os
import zipfile
import zlib
from pathlib import Path

import faiss
import numpy as np

from emulator.vectorize.models import Metric
from emulator.vectorize.partition import Partition
from emulator.vectorize.row_memory import Memory

# Of what is written; with another number it is none.
FORMAT = 1
ROWS, CODES, ASIDE = "partition.npz", "partition.faiss", ".aside"
CHUNK_BYTES = 1_048_576


def save(directory: Path, partition: Partition) -> None:
    """Write the partition aside, then put it in place."""
    codes, rows = directory / (CODES + ASIDE), directory / (ROWS + ASIDE)
    faiss.write_index(partition.index, str(codes))
    with rows.open("wb") as file:
        np.savez(
            file,
            format=np.array([FORMAT, checksum(codes)]),
            slots=partition.slots,
            heads=partition.heads,
        )
    # In between, the rows are those of another partition: the checksum tells.
    os.replace(codes, directory / CODES)
    os.replace(rows, directory / ROWS)


def load(directory: Path, memory: Memory, dimensions: int, metric: Metric) -> Partition | None:
    """The saved partition, if it is one of these rows; those that are hidden it hides."""
    try:
        with (directory / ROWS).open("rb") as file, np.load(file) as saved:
            kind, slots, heads = saved["format"], saved["slots"], saved["heads"]
        if kind.tolist() != [FORMAT, checksum(directory / CODES)]:
            return None
        index = faiss.read_index(str(directory / CODES))
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None
    euclidean = metric is Metric.EUCLIDEAN
    wanted = (dimensions, len(slots), faiss.METRIC_L2 if euclidean else faiss.METRIC_INNER_PRODUCT)
    if (index.d, index.ntotal, index.metric_type) != wanted or len(heads) != len(slots):
        return None
    return of_these_rows(Partition(index, slots, heads), memory)


def of_these_rows(partition: Partition, memory: Memory) -> Partition | None:
    known, heads = memory.heads(partition.slots)
    places = np.searchsorted(partition.slots, known)
    if not np.array_equal(partition.heads[places], heads):
        return None
    shown = memory.slots_behind(0)
    partition.hide(np.setdiff1d(partition.slots, shown, assume_unique=True))
    return partition


def remove(directory: Path) -> None:
    for name in (ROWS, CODES):
        (directory / name).unlink(missing_ok=True)


def checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            value = zlib.crc32(chunk, value)
    return value
