"""An engine with what its store would know of it, and the same search in a few lines of numpy."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emulator.vectorize.engine import Engine
from emulator.vectorize.models import Metric
from emulator.vectorize.tuning import Tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Slots, Vector

Hits = list[tuple[int, float]]
NEVER = 10**12
SMALL = Tuning(segment_rows=8, partition_floats=NEVER)


class Rows:
    """Writes as the store does: append, commit, reveal. `committed` is what SQLite would say."""

    def __init__(
        self, path: Path, dimensions: int, metric: Metric = Metric.COSINE, tuning: Tuning = SMALL
    ) -> None:
        self.path = path / "rows"
        self.dimensions = dimensions
        self.metric = metric
        self.tuning = tuning
        self.committed = 0
        self.living: dict[int, Vector] = {}
        self.engine = self._open()

    def put(self, values: object, removed: Iterable[int] = ()) -> list[int]:
        """Rows in place of the removed; their slots."""
        matrix = np.array(values, np.float32).reshape(-1, self.dimensions)
        first = self.engine.append(matrix)
        slots = list(range(first, first + len(matrix)))
        self.committed = first + len(matrix)
        self.living.update(zip(slots, matrix, strict=True))
        self._reveal(slots, list(removed))
        return slots

    def remove(self, slots: Iterable[int]) -> None:
        self._reveal([], list(slots))

    def reopen(self) -> None:
        self.close()
        self.engine = self._open()

    def close(self) -> None:
        self.engine.close()

    async def search(
        self, query: object, limit: int, allowed: Sequence[int] | None = None, exact: bool = True
    ) -> Hits:
        return await self.engine.search(
            np.array(query, np.float32),
            limit,
            allowed=None if allowed is None else np.array(allowed, np.int64),
            exact=exact,
        )

    def expected(self, query: object, limit: int, allowed: Sequence[int] | None = None) -> Hits:
        slots = sorted(set(self.living) & set(self.living if allowed is None else allowed))
        rows = np.array([self.living[slot] for slot in slots], np.float64)
        scores = brute_force(
            np.array(query, np.float32), rows.reshape(-1, self.dimensions), self.metric
        )
        keys = -scores if self.metric is Metric.COSINE else scores
        order = np.lexsort((np.array(slots), keys))[:limit]
        return [(slots[at], float(scores[at])) for at in order]

    def live(self) -> "Slots":
        return np.array(sorted(self.living), np.int64)

    def files(self, pattern: str = "*") -> list[str]:
        return sorted(file.name for file in self.path.glob(pattern))

    def _open(self) -> Engine:
        return Engine(
            self.path,
            self.dimensions,
            self.metric,
            rows=self.committed,
            live=self.live,
            sync=False,
            tuning=self.tuning,
        )

    def _reveal(self, added: Sequence[int], removed: Sequence[int]) -> None:
        for slot in removed:
            del self.living[slot]
        self.engine.reveal(np.array(added, np.int64), np.array(removed, np.int64))


def same(found: Hits, expected: Hits) -> bool:
    """Whether these are the same slots in the same order, with the same scores but for the
    last digit of a float32.
    """
    slots, scores = zip(*found, strict=True) if found else ((), ())
    wanted, exact = zip(*expected, strict=True) if expected else ((), ())
    return slots == wanted and np.allclose(scores, exact, rtol=3e-7, atol=1e-7)


def brute_force(
    query: "Vector", rows: "NDArray[np.float64]", metric: Metric
) -> "NDArray[np.float64]":
    """Scores as they are answered: float32."""
    wide = query.astype(np.float64)
    scores: NDArray[np.float64]
    if metric is Metric.EUCLIDEAN:
        scores = np.sqrt(((rows - wide) ** 2).sum(axis=1))
    else:
        scores = (rows * wide).sum(axis=1)
        if metric is Metric.DOT_PRODUCT:
            scores = -scores
        else:
            lengths = np.sqrt((rows**2).sum(axis=1) * (wide**2).sum())
            scores = np.divide(scores, lengths, out=np.zeros(len(rows)), where=lengths > 0)
    return scores.astype(np.float32).astype(np.float64)


def clustered(rows: int, dimensions: int, seed: int = 1) -> "Matrix":
    """Vectors around a few centres, as texts about a few topics have them."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((12, dimensions))
    noise = random.standard_normal((rows, dimensions))
    return (centres[random.integers(0, 12, rows)] + 0.7 * noise).astype(np.float32)
