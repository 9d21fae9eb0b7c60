"""Rows in memory, in segments, as the search reads them.

A row that must not be found begins with NaN, which no comparison of FAISS's lets in. So a
row is removed, or shown, by writing one float, and a search of everything needs no selector:
FAISS is several times faster without, when it answers many queries at once.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Slots

    Places = NDArray[np.int64]
    Flags = NDArray[np.bool_]

LEAST_CAPACITY = 64


class Segment:
    """Rows with ascending slots. A row is hidden until it is shown."""

    def __init__(self, first: int, dimensions: int, capacity: int) -> None:
        self.first = first
        self.capacity = capacity
        self.count = 0
        # How many are shown.
        self.living = 0
        # The length of the longest row.
        self.longest = 0.0
        self.rows: Matrix = np.empty((0, dimensions), np.float32)
        # What the first float of each row is while the row shows NaN in its place.
        self.heads: NDArray[np.float32] = np.empty(0, np.float32)
        self.slots: Slots = np.empty(0, np.int64)
        self.shown: Flags = np.empty(0, np.bool_)

    @property
    def end(self) -> int:
        """The slot after the last."""
        return int(self.slots[self.count - 1]) + 1 if self.count else self.first

    def add(self, slots: "Slots", rows: "Matrix", longest: float) -> None:
        """Rows behind the last, hidden. There must be room."""
        start, stop = self.count, self.count + len(rows)
        if stop > len(self.rows):
            self.reserve(min(max(stop, 2 * len(self.rows), LEAST_CAPACITY), self.capacity))
        self.rows[start:stop] = rows
        self.rows[start:stop, 0] = np.nan
        self.heads[start:stop] = rows[:, 0]
        self.slots[start:stop] = slots
        self.shown[start:stop] = False
        self.longest = max(self.longest, longest)
        self.count = stop

    def reserve(self, room: int) -> None:
        """Make room for so many rows in all."""
        # Filled arrays are replaced, not resized: a search may still read them.
        self.rows = widened(self.rows, self.count, room)
        self.heads = widened(self.heads, self.count, room)
        self.slots = widened(self.slots, self.count, room)
        self.shown = widened(self.shown, self.count, room)

    def places(self, slots: "Slots") -> "Places":
        """Where the rows of these slots lie; those that are not here are left out."""
        return places_among(self.slots[: self.count], slots)

    def show(self, places: "Places") -> None:
        self.rows[places, 0] = self.heads[places]
        self._mark(places, True)

    def hide(self, places: "Places") -> None:
        self.rows[places, 0] = np.nan
        self._mark(places, False)

    def behind(self, slot: int) -> "Places":
        """The rows that are shown from this slot on."""
        count = self.count
        start = int(np.searchsorted(self.slots[:count], slot))
        return np.flatnonzero(self.shown[start:count]) + start

    def whole(self, places: "Places") -> "Matrix":
        """A copy of rows with their first floats, hidden or not."""
        rows = self.rows[places]
        rows[:, 0] = self.heads[places]
        return rows

    def _mark(self, places: "Places", shown: bool) -> None:
        changed = int(np.count_nonzero(self.shown[places] != shown))
        self.living += changed if shown else -changed
        self.shown[places] = shown


class Memory:
    """The segments of one index, in the order of their slots."""

    def __init__(self, dimensions: int, segment_rows: int) -> None:
        self._dimensions = dimensions
        self._segment_rows = segment_rows
        self.segments: tuple[Segment, ...] = ()

    def append(self, slots: "Slots", rows: "Matrix", longest: float) -> None:
        """Rows behind all others, hidden; a full segment is followed by a new one."""
        start = 0
        while start < len(rows):
            last = self.segments[-1] if self.segments else None
            # As the files do it: slots follow each other in a segment that grows.
            if last is None or last.count >= last.capacity or last.end != slots[start]:
                last = Segment(int(slots[start]), self._dimensions, self._segment_rows)
                self.segments = (*self.segments, last)
            stop = start + last.capacity - last.count
            last.add(slots[start:stop], rows[start:stop], longest)
            start = stop

    def show(self, slots: "Slots") -> None:
        for segment, places in self.located(slots):
            segment.show(places)

    def hide(self, slots: "Slots") -> None:
        for segment, places in self.located(slots):
            segment.hide(places)

    def located(self, slots: "Slots") -> "Iterator[tuple[Segment, Places]]":
        """The segments that hold any of the slots, with the places of those."""
        slots = np.sort(slots)
        for segment, start, stop in cut(self.segments, slots):
            if len(places := segment.places(slots[start:stop])):
                yield segment, places

    def rows_of(self, slots: "Slots") -> "tuple[Slots, Matrix]":
        """The rows that are shown of these slots, with theirs, in the order of the slots."""
        found = [
            (segment.slots[places], segment.rows[places]) for segment, places in self.located(slots)
        ]
        if not found:
            return np.empty(0, np.int64), np.empty((0, self._dimensions), np.float32)
        own, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
        shown = ~np.isnan(rows[:, 0])
        return own[shown], rows[shown]

    def living(self) -> int:
        return sum(segment.living for segment in self.segments)

    def slots_behind(self, slot: int, most: int | None = None) -> "Slots":
        """Those that are shown from this slot on, or about the first `most` of them."""
        found = [np.empty(0, np.int64)]
        count = 0
        for segment in self.segments:
            if segment.end > slot and (most is None or count < most):
                found.append(segment.slots[segment.behind(slot)])
                count += len(found[-1])
        return np.concatenate(found)[:most]

    def whole(self, slots: "Slots") -> "Matrix":
        """The rows of these sorted slots, hidden or not."""
        found = [segment.whole(places) for segment, places in self.located(slots)]
        return np.concatenate(found) if found else np.empty((0, self._dimensions), np.float32)

    def heads(self, slots: "Slots") -> "tuple[Slots, NDArray[np.float32]]":
        """Those of the slots that have a row, and the first float of each."""
        found = [
            (segment.slots[places], segment.heads[places])
            for segment, places in self.located(slots)
        ]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        own, heads = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return own, heads

    def longest(self) -> float:
        return max((segment.longest for segment in self.segments), default=0.0)

    def replace(self, old: Sequence[Segment], new: Segment | None) -> None:
        """Put one segment, or none, in the place of neighbours."""
        start = self.segments.index(old[0])
        between = () if new is None else (new,)
        self.segments = (
            *self.segments[:start],
            *between,
            *self.segments[start + len(old) :],
        )


def cut(segments: Sequence[Segment], slots: "Slots") -> Iterator[tuple[Segment, int, int]]:
    """For each segment with any the range of the sorted slots that may be its own."""
    starts = np.searchsorted(slots, [segment.first for segment in segments]).tolist()
    stops = [*starts, len(slots)][1:]
    for segment, start, stop in zip(segments, starts, stops, strict=True):
        if start < stop:
            yield segment, start, stop


def places_among(own: "Slots", slots: "Slots") -> "Places":
    """Where these slots are among one's own, which ascend; others are left out."""
    if len(own) and own[-1] - own[0] + 1 == len(own):
        places = slots - own[0]
        here = (places >= 0) & (places < len(own))
    else:
        places = np.minimum(np.searchsorted(own, slots), len(own) - 1)
        here = own[places] == slots if len(own) else np.zeros(len(slots), np.bool_)
    found: Places = places[here]
    return found


def widened(array: "NDArray[Any]", count: int, room: int) -> "NDArray[Any]":
    """A copy with room for so many; the first `count` are kept."""
    new = np.empty((room, *array.shape[1:]), array.dtype)
    new[:count] = array[:count]
    return new
