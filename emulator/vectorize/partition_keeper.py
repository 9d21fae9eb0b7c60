"""When an index is partitioned: in steps, above a size; fed, saved, and given up below it."""

from pathlib import Path

import numpy as np

from emulator.vectorize import partition_cache
from emulator.vectorize.models import Metric
from emulator.vectorize.partition import Partition
from emulator.vectorize.partition_training import Training
from emulator.vectorize.row_memory import Memory
from emulator.vectorize.tuning import Tuning

# Rows added at a time: before anybody searches the partition, and while they wait for it.
BUILD_ROWS, FEED_ROWS = 4_096, 256
# With more dead rows than this share it is made anew, if the index is still large.
MOST_DEAD = 0.3
# It is saved again when it has grown by this factor.
SAVE_GROWTH = 1.25


class PartitionKeeper:
    """Steps are taken by one thread; `partition` is there for all once it stands."""

    def __init__(self, directory: Path, dimensions: int, metric: Metric, tuning: Tuning) -> None:
        self.partition: Partition | None = None
        self._directory = directory
        self._dimensions = dimensions
        self._metric = metric
        self._tuning = tuning
        self._training: Training | None = None
        self._building: Partition | None = None
        self._looked = False
        self._feeding = False
        self._saved = 0

    def is_due(self, memory: Memory) -> bool:
        """Whether there is a step to take."""
        partition = self.partition
        if partition is None:
            return self._wanted(memory)
        return is_outlived(partition) or self._tail(partition, memory) > 0

    def step(self, memory: Memory) -> bool:
        """A fraction of a second's work. False when nothing was due."""
        partition = self.partition
        if partition is None:
            return self._wanted(memory) and self._build(memory)
        if is_outlived(partition):
            self.partition = None
            partition_cache.remove(self._directory)
            return True
        if tail := self._tail(partition, memory):
            self._feeding = True
            add_next(partition, memory, min(tail, FEED_ROWS))
            return True
        self._feeding = False
        return self._save(partition)

    def _wanted(self, memory: Memory) -> bool:
        return memory.living() * self._dimensions >= self._tuning.partition_floats

    def _tail(self, partition: Partition, memory: Memory) -> int:
        """How many rows are to be fed: none until there are enough, then all of them."""
        rows = len(memory.slots_behind(partition.end))
        return rows if self._feeding or rows >= self._tuning.partition_feed_rows else 0

    def _build(self, memory: Memory) -> bool:
        """A step to the partition: look for a saved one, find centres, add rows, show it."""
        if not self._looked:
            self._looked = True
            self.partition = partition_cache.load(
                self._directory, memory, self._dimensions, self._metric
            )
            self._saved = self.partition.count if self.partition else 0
        elif self._building is not None:
            if add_next(self._building, memory, BUILD_ROWS) == 0:
                self._show(self._building, memory)
        elif self._training is None:
            self._training = Training(memory, self._metric)
        else:
            self._building = self._training.step()
        return True

    def _show(self, partition: Partition, memory: Memory) -> None:
        shown = memory.slots_behind(0)
        partition.hide(np.setdiff1d(partition.slots, shown, assume_unique=True))
        self._training = self._building = None
        self._saved = 0
        self.partition = partition

    def _save(self, partition: Partition) -> bool:
        if partition.count <= self._saved * SAVE_GROWTH:
            return False
        partition_cache.save(self._directory, partition)
        self._saved = partition.count
        return True


def is_outlived(partition: Partition) -> bool:
    return partition.dead_share > MOST_DEAD or partition.is_outgrown


def add_next(partition: Partition, memory: Memory, most: int) -> int:
    """Add the first rows behind the partition's last; how many that were."""
    slots = memory.slots_behind(partition.end, most)
    if len(slots):
        partition.add(slots, memory.whole(slots))
    return len(slots)
