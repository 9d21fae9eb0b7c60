"""FAISS by itself on one thread: what the twin's Vectorize is measured against."""

from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np
import orjson

from loadtests.bench.vectorize_corpus import batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Vector


class RawIndex:
    """A flat index, and a file to which its rows are appended. Neither knows ids."""

    def __init__(self, path: Path, dimensions: int) -> None:
        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexFlatIP(dimensions)
        self._file = path.open("wb", buffering=0)

    def append(self, values: "Matrix") -> None:
        """Raw append: the same float32 rows, to the index and to the file."""
        self._index.add(values)
        self._file.write(values.tobytes())

    def read_and_append(self, body: bytes) -> None:
        """Raw append of what an upsert's body says, read as plainly as can be."""
        lines = [orjson.loads(line) for line in body.split(b"\n")]
        self.append(np.array([line["values"] for line in lines], np.float32))

    def search(self, query: "Vector", count: int) -> list[int]:
        numbers: list[int] = self._index.search(query[None], count)[1][0].tolist()
        return numbers

    def close(self) -> None:
        self._file.close()


def nearest(queries: "Matrix", rows: int, count: int) -> "NDArray[np.int64]":
    """For each query the numbers of the nearest vectors of the corpus, found by reading all."""
    faiss.omp_set_num_threads(1)
    best = np.full((len(queries), 0), 0, np.float32)
    numbers = np.full((len(queries), 0), 0, np.int64)
    for first, values in batches(rows, queries.shape[1]):
        index = faiss.IndexFlatIP(queries.shape[1])
        index.add(values)
        scores, found = index.search(queries, count)
        best = np.concatenate([best, scores], axis=1)
        numbers = np.concatenate([numbers, found + first], axis=1)
        order = np.argsort(-best, axis=1)[:, :count]
        best = np.take_along_axis(best, order, axis=1)
        numbers = np.take_along_axis(numbers, order, axis=1)
    return numbers
