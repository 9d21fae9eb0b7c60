"""Compaction: segments with many dead rows are written anew without them, neighbours together.

A slot is never given twice and never changes, so the store need not know. Only rows that the
store has removed, and has committed that, are dropped: nothing brings them back.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emulator.vectorize.row_files import RowFile, RowFiles
from emulator.vectorize.row_memory import Memory, Segment

if TYPE_CHECKING:
    from emulator.vectorize.models import Slots


def due(memory: Memory, horizon: int, full: int, dead_share: float) -> list[Segment]:
    """Neighbours that should become one segment. The last one still grows, and stays.

    Rows from `horizon` on may be hidden because they have yet to be revealed.
    """
    run: list[Segment] = []
    for segment in memory.segments[:-1]:
        if segment.end > horizon:
            break
        fits = sum(member.living for member in run) + segment.living <= full
        worn = is_stale(segment, dead_share) or 2 * segment.living <= full
        if worn and fits:
            run.append(segment)
            continue
        if is_worthwhile(run, dead_share):
            return run
        run = [segment] if worn else []
    return run if is_worthwhile(run, dead_share) else []


def is_stale(segment: Segment, dead_share: float) -> bool:
    return segment.count - segment.living >= max(1, dead_share * segment.count)


def is_worthwhile(run: Sequence[Segment], dead_share: float) -> bool:
    return len(run) > 1 or any(is_stale(segment, dead_share) for segment in run)


class Compaction:
    """One run of neighbours: prepared while searches go on, put in place between two."""

    def __init__(self, files: RowFiles, memory: Memory, run: Sequence[Segment]) -> None:
        self._files = files
        self._memory = memory
        self._run = run
        self._sources = sources_of(files, run)
        self._kept = living_slots(run)
        self._new = self._copy() if len(self._kept) else None
        self._packed = files.pack(self._sources, self._kept)

    def apply(self) -> None:
        """Put it in place. What was removed meanwhile is hidden; nobody may search."""
        if self._new is not None:
            self._new.show(self._new.places(living_slots(self._run)))
        self._files.replace(self._sources, self._packed)
        self._memory.replace(self._run, self._new)

    def _copy(self) -> Segment:
        first = self._run[0]
        new = Segment(first.first, first.rows.shape[1], len(self._kept))
        new.reserve(len(self._kept))
        for segment in self._run:
            places = np.flatnonzero(np.isin(segment.slots[: segment.count], self._kept))
            new.add(segment.slots[places], segment.whole(places), segment.longest)
        return new


def living_slots(run: Sequence[Segment]) -> "Slots":
    return np.concatenate([segment.slots[segment.behind(0)] for segment in run])


def sources_of(files: RowFiles, run: Sequence[Segment]) -> list[RowFile]:
    """The files of the segments: each segment was read from one, or written to one."""
    by_first = {file.first: file for file in files.files}
    return [by_first[segment.first] for segment in run]
