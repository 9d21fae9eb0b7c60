"""A large index, partitioned: every row belongs to the nearest of some thousand centres, and a
search reads the rows of the centres nearest to the query instead of all.

Rows are kept here as 8-bit codes, a quarter of their size. What is found is a proposal: the
rows themselves decide, so scores and order are exact, and nothing that was removed is found.
"""

from math import sqrt
from threading import Lock
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from emulator.vectorize.exact import prefer_products, selector_of
from emulator.vectorize.models import Metric
from emulator.vectorize.row_memory import places_among, widened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Slots

# Centres for each root of the number of rows, and how many of them a search looks behind. An
# eighth as many find all of the ten nearest of a million clustered vectors; the others are for
# vectors that are not, and take a millisecond.
CENTRES_A_ROOT = 4
LOOKED_BEHIND = 64
# With so many times the rows that it was made for, a search reads too many of them.
MOST_GROWTH = 4
# The codes' range is that of most values of the sample, and a little on both sides.
RANGE_QUANTILES = (0.001, 0.999)
RANGE_MARGIN = 0.2
# What is larger is coded as this, or the range would not be a float32.
CODED = 1e37


def centres_for(rows: int) -> int:
    return max(1, int(CENTRES_A_ROOT * sqrt(rows)))


class Partition:
    """Rows in the order of their slots. One caller adds, while others may search."""

    def __init__(self, index: Any, slots: "Slots", heads: "NDArray[np.float32]") -> None:
        """`heads` are the rows' first floats, by which a row is known again."""
        self.index = index
        self.count = len(slots)
        self._slots = slots
        self._heads = heads
        self._dead = np.zeros(len(slots), np.bool_)
        self._dead_count = 0
        # A row is added under it, and searched for.
        self._lock = Lock()

    @property
    def slots(self) -> "Slots":
        return self._slots[: self.count]

    @property
    def heads(self) -> "NDArray[np.float32]":
        return self._heads[: self.count]

    @property
    def end(self) -> int:
        """The slot after the last."""
        return int(self._slots[self.count - 1]) + 1 if self.count else 0

    @property
    def dead_share(self) -> float:
        return self._dead_count / self.count if self.count else 0.0

    @property
    def is_outgrown(self) -> bool:
        # Few rows have no more centres than they are.
        centres = min(centres_for(self.count), self.count)
        return bool(centres > self.index.nlist * sqrt(MOST_GROWTH))

    def add(self, slots: "Slots", rows: "Matrix") -> None:
        """Rows behind all others."""
        stop = self.count + len(slots)
        with self._lock:
            if stop > len(self._slots):
                room = max(stop, 2 * len(self._slots))
                self._slots = widened(self._slots, self.count, room)
                self._heads = widened(self._heads, self.count, room)
                self._dead = widened(self._dead, self.count, room)
            self._slots[self.count : stop] = slots
            self._heads[self.count : stop] = rows[:, 0]
            self._dead[self.count : stop] = False
            prefer_products(len(rows))
            self.index.add(rows)
            self.count = stop

    def hide(self, slots: "Slots") -> None:
        """These have been removed: they are proposed no more."""
        with self._lock:
            places = places_among(self.slots, slots)
            self._dead_count += int(np.count_nonzero(~self._dead[places]))
            self._dead[places] = True

    def nearest(self, queries: "Matrix", count: int, allowed: "Slots | None") -> "Slots":
        """For each query the slots of about the nearest; -1 where it finds no more."""
        with self._lock:
            wanted = ~self._dead[: self.count]
            if allowed is not None:
                mask = np.zeros(self.count, np.bool_)
                mask[places_among(self.slots, allowed)] = True
                wanted &= mask
            share = np.count_nonzero(wanted) / max(self.count, 1)
            if share == 0:
                return np.full((len(queries), count), -1, np.int64)
            parameters = faiss.SearchParametersIVF()
            # The fewer rows count, the further away are the nearest.
            parameters.nprobe = min(int(LOOKED_BEHIND / share), self.index.nlist)
            if share < 1:
                parameters.sel = selector_of(wanted)
            prefer_products(len(queries))
            _, places = self.index.search(queries, count, params=parameters)
            return np.where(places >= 0, self._slots[places], -1)


def around(centres: "Matrix", sample: "Matrix", metric: Metric) -> Partition:
    """A partition without rows, for such as are in the sample."""
    euclidean = metric is Metric.EUCLIDEAN
    dimensions = centres.shape[1]
    quantizer = faiss.IndexFlatL2(dimensions) if euclidean else faiss.IndexFlatIP(dimensions)
    quantizer.add(centres)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer,
        dimensions,
        len(centres),
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_L2 if euclidean else faiss.METRIC_INNER_PRODUCT,
        False,
    )
    low, high = np.clip(np.quantile(sample, RANGE_QUANTILES, axis=0), -CODED, CODED)
    margin = (high - low) * RANGE_MARGIN
    # It takes the least and the largest of what it is trained with.
    index.train(np.stack([low - margin, high + margin]).astype(np.float32))
    return Partition(index, np.empty(0, np.int64), np.empty(0, np.float32))
