"""The vectors of one index, for callers that may block: files, memory, partition, upkeep.

Who holds what: `_writing` is held by an append, `_scan` by a batch of searches and by
whatever changes what they see, `_shape` briefly by whoever changes the list of segments or
a segment's arrays. They are taken in this order. A reveal that finds a search under way
leaves its change to the next one.
"""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import faiss
import numpy as np

from emulator.vectorize.compaction import Compaction, due
from emulator.vectorize.models import Metric
from emulator.vectorize.partition_keeper import PartitionKeeper
from emulator.vectorize.row_files import RowFiles
from emulator.vectorize.row_memory import Memory, Segment
from emulator.vectorize.scoring import longest, prepared
from emulator.vectorize.search import Question, answer_all
from emulator.vectorize.tuning import Tuning
from emulator.vectorize.upkeep import Upkeep

if TYPE_CHECKING:
    from emulator.vectorize.exact import Hits
    from emulator.vectorize.models import Matrix, Slots


class Vectors:
    """See `Engine`, whose methods these are. Memory is filled by the first search."""

    def __init__(
        self,
        directory: Path,
        dimensions: int,
        metric: Metric,
        *,
        rows: int,
        live: "Callable[[], Slots]",
        sync: bool,
        tuning: Tuning,
    ) -> None:
        full = tuning.segment_rows
        self._files = RowFiles(directory, dimensions, rows=rows, full=full, sync=sync)
        self._dimensions = dimensions
        self._metric = metric
        self._live = live
        self._tuning = tuning
        self._keeper = PartitionKeeper(directory, dimensions, metric, tuning)
        self._upkeep = Upkeep(f"vectorize {directory.name}", self._step)
        self._writing, self._scan, self._shape = Lock(), Lock(), Lock()
        self._memory: Memory | None = None
        # Reveals that no search sees yet; kept from the moment on that `live` is asked.
        self._following = False
        self._pending: deque[tuple[Slots, Slots]] = deque()
        # Rows from here on may still be revealed.
        self._horizon = 0

    def append(self, values: "Matrix") -> int:
        with self._writing:
            first = self._files.append(values)
            if self._memory is not None:
                with self._shape:
                    self._remember(self._memory, np.arange(first, first + len(values)), values)
        return first

    def reveal(self, added: "Slots", removed: "Slots") -> None:
        if not self._following:
            return
        self._pending.append((added, removed))
        if self._memory is not None and self._scan.acquire(blocking=False):
            try:
                self._apply(self._memory)
            finally:
                self._scan.release()

    def values(self, slots: Sequence[int]) -> "Matrix":
        return self._files.read(slots)

    def answer(self, questions: Sequence[Question]) -> "list[Hits]":
        # FAISS's number of threads is each thread's own.
        faiss.omp_set_num_threads(1)
        with self._scan:
            memory = self._loaded()
            self._apply(memory)
            return answer_all(memory, self._keeper.partition, self._metric, self._tuning, questions)

    def finish(self) -> None:
        """Wait until all upkeep is done."""
        self._upkeep.finish()

    def close(self) -> None:
        self._upkeep.close()

    def _remember(self, memory: Memory, slots: "Slots", values: "Matrix") -> None:
        rows = prepared(values, self._metric)
        memory.append(slots, rows, longest(rows, self._metric))

    def _apply(self, memory: Memory) -> None:
        """Make searches see what was revealed."""
        if not self._pending:
            return
        with self._shape:
            while self._pending:
                added, removed = self._pending.popleft()
                memory.show(added)
                memory.hide(removed)
                if self._keeper.partition is not None:
                    self._keeper.partition.hide(removed)
                if len(added):
                    self._horizon = max(self._horizon, int(added.max()) + 1)
        self._wake(memory)

    def _loaded(self) -> Memory:
        if self._memory is None:
            self._pending.clear()
            self._following = True
            live = self._live()
            memory = Memory(self._dimensions, self._tuning.segment_rows)
            self._read(memory)
            with self._writing:
                # What was appended meanwhile.
                self._read(memory)
                self._memory = memory
            memory.show(live)
            self._horizon = int(live.max()) + 1 if len(live) else 0
            self._wake(memory)
        return self._memory

    def _read(self, memory: Memory) -> None:
        """Read what the files have and memory has not."""
        known = {segment.first: segment for segment in memory.segments}
        for file in self._files.files:
            segment = known.get(file.first)
            if segment is None:
                room = self._tuning.segment_rows if file.slots is None else file.count
                segment = Segment(file.first, self._dimensions, room)
                segment.reserve(file.count)
                memory.segments = (*memory.segments, segment)
            for slots, values in self._files.scan(file, segment.count):
                rows = prepared(values, self._metric)
                segment.add(slots, rows, longest(rows, self._metric))

    def _wake(self, memory: Memory) -> None:
        if self._due(memory) or self._keeper.is_due(memory):
            self._upkeep.wake()

    def _due(self, memory: Memory) -> list[Segment]:
        tuning = self._tuning
        return due(memory, self._horizon, tuning.segment_rows, tuning.dead_share)

    def _step(self) -> bool:
        """A step of upkeep. False when nothing was due."""
        faiss.omp_set_num_threads(1)
        memory = self._memory
        if memory is None:
            return False
        if run := self._due(memory):
            self._compact(memory, run)
            return True
        return self._keeper.step(memory)

    def _compact(self, memory: Memory, run: list[Segment]) -> None:
        compaction = Compaction(self._files, memory, run)
        with self._scan:
            self._apply(memory)
            with self._shape:
                compaction.apply()
