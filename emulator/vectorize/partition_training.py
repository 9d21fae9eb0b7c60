"""Finding the centres of a partition: k-means over a sample, in steps that can be stopped at."""

from typing import TYPE_CHECKING

import numpy as np

from emulator.vectorize.exact import compare
from emulator.vectorize.models import Metric
from emulator.vectorize.partition import Partition, around, centres_for
from emulator.vectorize.row_memory import Memory

if TYPE_CHECKING:
    from emulator.vectorize.models import Matrix

SAMPLE_A_CENTRE = 32
PASSES = 6
STEP_ROWS = 4_096
# Of the sample that the codes' range is taken from.
RANGE_ROWS = 16_384


class Training:
    """Each step takes a few thousand of the sample's rows to their nearest centres."""

    def __init__(self, memory: Memory, metric: Metric) -> None:
        self._memory = memory
        self._metric = metric
        slots = memory.slots_behind(0)
        centres = centres_for(len(slots))
        self._sample = slots[:: max(1, len(slots) // (SAMPLE_A_CENTRE * centres))]
        self._centres = self._turned(memory.whole(slots[:: max(1, len(slots) // centres)]))
        self._passes, self._at = 0, 0
        self._begin_pass()

    def step(self) -> Partition | None:
        """The partition, once its centres are found."""
        if self._passes == PASSES:
            few = self._sample[:: max(1, len(self._sample) // RANGE_ROWS)]
            return around(self._centres, self._memory.whole(few), self._metric)
        rows = self._memory.whole(self._sample[self._at : self._at + STEP_ROWS])
        self._at += STEP_ROWS
        if len(rows):
            self._take(rows)
        if self._at >= len(self._sample):
            self._end_pass()
        return None

    def _take(self, rows: "Matrix") -> None:
        keys = np.empty((len(rows), 1), np.float32)
        places = np.empty((len(rows), 1), np.int64)
        compare(rows, self._centres, keys, places, None, self._metric)
        # -1 is a row beside which float32 can tell nothing.
        nearest = np.maximum(places[:, 0], 0)
        order = np.argsort(nearest, kind="stable")
        centres, starts = np.unique(nearest[order], return_index=True)
        self._sums[centres] += np.add.reduceat(rows[order].astype(np.float64), starts, axis=0)
        self._counts[centres] += np.diff(np.append(starts, len(rows)))

    def _begin_pass(self) -> None:
        self._sums = np.zeros(self._centres.shape, np.float64)
        self._counts = np.zeros(len(self._centres), np.int64)

    def _end_pass(self) -> None:
        # A centre that no row is nearest to stays where it is.
        some = self._counts > 0
        means = self._sums[some] / self._counts[some][:, None]
        self._centres[some] = self._turned(means.astype(np.float32))
        self._passes, self._at = self._passes + 1, 0
        self._begin_pass()

    def _turned(self, centres: "Matrix") -> "Matrix":
        """For what is compared by its direction, the direction of each centre."""
        if self._metric is Metric.EUCLIDEAN:
            return centres
        lengths = np.linalg.norm(centres.astype(np.float64), axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        turned: Matrix = (centres / lengths).astype(np.float32)
        return turned
