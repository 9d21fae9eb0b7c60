"""The rows of one index on disk: the truth of the vectors' values, as they were given.

A file holds the rows of neighbouring slots and is named after the first. Plain files hold
every slot's row, grow at their end, and are cut at the start to what the store knows of: a
crash may leave more. A packed file is what compaction makes of neighbours: a header, the
slots that are left, their rows. It is written aside and renamed, so it is whole, and files
that begin inside its range are what a crash has left of its sources.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from emulator.core.blobs import sync_directory

if TYPE_CHECKING:
    from emulator.vectorize.models import Matrix, Slots

PLAIN, PACKED, ASIDE = ".rows", ".packed", ".aside"
# The header of a packed file: this number, the slot after the last, the number of rows.
MAGIC = 0x7066_7477_6576_6331
HEADER_BYTES = 24
FLOAT_BYTES = 4
ROWS_A_TIME = 4_096


class RowsBroken(OSError):
    """A file of rows is not what its name says."""


@dataclass(frozen=True, slots=True, eq=False)
class RowFile:
    """Rows of the slots from `first` up to `end`; `slots` is None where none is missing."""

    path: Path
    first: int
    end: int
    count: int
    slots: "Slots | None" = None

    @property
    def offset(self) -> int:
        """Where the rows begin, in bytes."""
        return 0 if self.slots is None else HEADER_BYTES + 8 * self.count

    def all_slots(self) -> "Slots":
        return np.arange(self.first, self.end) if self.slots is None else self.slots

    def places(self, slots: "Slots") -> "tuple[Slots, Slots]":
        """Which of the slots are here (as places among them), and at what rows."""
        if self.slots is None:
            here = np.flatnonzero((slots >= self.first) & (slots < self.end))
            return here, slots[here] - self.first
        places = np.minimum(np.searchsorted(self.slots, slots), self.count - 1)
        here = np.flatnonzero(self.slots[places] == slots)
        return here, places[here]


class RowFiles:
    """A directory of row files. One caller writes at a time; any may read meanwhile."""

    def __init__(
        self, directory: Path, dimensions: int, *, rows: int, full: int, sync: bool
    ) -> None:
        """Cut what lies there to `rows`. A file of `full` rows is followed by a new one."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._dimensions = dimensions
        self._row_bytes = dimensions * FLOAT_BYTES
        self._full = full
        self._sync = sync
        # Held where the list changes, and while a file of it is read or removed.
        self._lock = Lock()
        self.files = tuple(survivors(directory, self._row_bytes, rows))
        self.next_slot = max([rows, *(file.end for file in self.files)])

    def append(self, values: "Matrix") -> int:
        """Write rows behind the last; the slot of the first. Raises `OSError`, without effect."""
        first = self.next_slot
        written = []
        last = self.files[-1] if self.files else None
        start = 0
        while start < len(values):
            base = self._growing(last, first + start)
            stop = min(start + self._full - base.count, len(values))
            last = self._write(base, values[start:stop])
            written.append(last)
            start = stop
        with self._lock:
            kept = [file for file in self.files if file.path not in {new.path for new in written}]
            self.files = (*kept, *written)
        self.next_slot = first + len(values)
        return first

    def read(self, slots: Sequence[int]) -> "Matrix":
        """The rows of these slots, in their order; zeros where there is none."""
        wanted = np.asarray(slots, np.int64)
        rows = np.zeros((len(wanted), self._dimensions), np.float32)
        with self._lock:
            for file in self.files:
                here, places = file.places(wanted)
                if len(here):
                    with file.path.open("rb", buffering=0) as source:
                        for at, place in zip(here.tolist(), places.tolist(), strict=True):
                            source.seek(file.offset + place * self._row_bytes)
                            source.readinto(memoryview(rows[at]).cast("B"))
        return rows

    def scan(self, file: RowFile, start: int = 0) -> "Iterator[tuple[Slots, Matrix]]":
        """The rows of a file from a place on, a few at a time."""
        slots = file.all_slots()
        for at in range(start, file.count, ROWS_A_TIME):
            count = min(ROWS_A_TIME, file.count - at)
            offset = file.offset + at * self._row_bytes
            floats = np.fromfile(file.path, np.float32, count * self._dimensions, offset=offset)
            yield slots[at : at + count], floats.reshape(count, self._dimensions)

    def pack(self, sources: Sequence[RowFile], kept: "Slots") -> RowFile:
        """Write the rows of the sorted slots `kept` aside: what may replace the sources."""
        first, end = sources[0].first, sources[-1].end
        path = self._directory / f"{name_of(first)}{PACKED}"
        with path.with_suffix(ASIDE).open("wb") as target:
            target.write(np.array([MAGIC, end, len(kept)], np.int64).tobytes())
            target.write(kept.tobytes())
            written = 0
            for source in sources:
                for slots, rows in self.scan(source):
                    chosen = rows[np.isin(slots, kept, assume_unique=True)]
                    target.write(chosen.tobytes())
                    written += len(chosen)
            if written != len(kept):
                raise RowsBroken(f"{path}: {written} of {len(kept)} rows are in the files")
            target.flush()
            # The sources are removed next, so this must not be lost with the power.
            os.fsync(target.fileno())
        return RowFile(path, first, end, len(kept), kept)

    def replace(self, sources: Sequence[RowFile], packed: RowFile) -> None:
        """Put the packed file, or nothing if it has no rows, in the place of its sources."""
        with self._lock:
            at = self.files.index(sources[0])
            between = (packed,) if packed.count else ()
            if between:
                packed.path.with_suffix(ASIDE).rename(packed.path)
                sync_directory(self._directory)
            else:
                packed.path.with_suffix(ASIDE).unlink()
            self.files = (*self.files[:at], *between, *self.files[at + len(sources) :])
            for source in sources:
                if not between or source.path != packed.path:
                    source.path.unlink()

    def _growing(self, last: RowFile | None, slot: int) -> RowFile:
        """The file that takes the row of this slot; a new one begins with it."""
        if last and last.slots is None and last.end == slot and last.count < self._full:
            return last
        return RowFile(self._directory / f"{name_of(slot)}{PLAIN}", slot, slot, 0)

    def _write(self, file: RowFile, values: "Matrix") -> RowFile:
        flags = os.O_WRONLY | os.O_CREAT
        descriptor = os.open(file.path, flags, 0o644)
        try:
            write_at(descriptor, values, file.count * self._row_bytes)
            if self._sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if self._sync and file.count == 0:
            sync_directory(self._directory)
        return RowFile(file.path, file.first, file.end + len(values), file.count + len(values))


def name_of(slot: int) -> str:
    return f"{slot:012d}"


def write_at(descriptor: int, values: "Matrix", offset: int) -> None:
    # Not appended: where an earlier write failed half-way, this one must lie over it.
    view = np.ascontiguousarray(values, np.float32).data.cast("B")
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def survivors(directory: Path, row_bytes: int, rows: int) -> Iterator[RowFile]:
    """The files that count, cut to the slots below `rows`; the others are removed."""
    for path in directory.glob(f"*{ASIDE}"):
        path.unlink()
    # By their names, in which a packed file comes before the plain one that it replaces.
    end = 0
    for path in sorted([*directory.glob(f"*{PACKED}"), *directory.glob(f"*{PLAIN}")]):
        file = None
        if int(path.stem) >= end:
            file = opened(path, row_bytes, rows)
        if file is None:
            path.unlink()
        else:
            end = file.end
            yield file


def opened(path: Path, row_bytes: int, rows: int) -> RowFile | None:
    """The file of that name, or None when nothing in it counts."""
    first = int(path.stem)
    if path.suffix == PACKED:
        return opened_packed(path, first, row_bytes)
    size = path.stat().st_size
    count = min(size // row_bytes, rows - first)
    if count <= 0:
        return None
    if size != count * row_bytes:
        os.truncate(path, count * row_bytes)
    return RowFile(path, first, first + count, count)


def opened_packed(path: Path, first: int, row_bytes: int) -> RowFile:
    header = np.fromfile(path, np.int64, 3)
    if len(header) == 3 and header[0] == MAGIC:
        end, count = int(header[1]), int(header[2])
        if path.stat().st_size == HEADER_BYTES + count * (8 + row_bytes):
            slots = np.fromfile(path, np.int64, count, offset=HEADER_BYTES)
            return RowFile(path, first, end, count, slots)
    raise RowsBroken(f"{path} is not a packed file of rows")
