"""Bytes on disk: written aside, renamed into place, then known by their id.

A blob that is in place is whole. Nothing here knows which blobs are still wanted: whoever
does removes the others, and sweeps at the start what a crash has left behind.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import RLock

from emulator.core.ids import Ids


class Blobs:
    """A directory of blobs. Those being read are pinned, and outlive their removal."""

    def __init__(self, directory: Path, ids: Ids, *, full_sync: bool) -> None:
        self._directory = directory
        self._incoming = directory / "incoming"
        self._ids = ids
        self._full_sync = full_sync
        self._pins: Counter[str] = Counter()
        self._doomed: set[str] = set()
        # Held by whoever must see what is wanted and what is pinned at one moment.
        self.lock = RLock()
        self._incoming.mkdir(parents=True, exist_ok=True)

    def create(self) -> "BlobWriter":
        """A new blob, to be written and then sealed or discarded."""
        blob = self._ids.hex()
        return BlobWriter(blob, self._incoming / blob, self.path(blob), full_sync=self._full_sync)

    def path(self, blob: str) -> Path:
        return self._directory / blob[:2] / blob

    def pin(self, blobs: Iterable[str]) -> None:
        """Keep these on disk until they are unpinned, whatever becomes of them."""
        with self.lock:
            self._pins.update(blobs)

    def unpin(self, blobs: Iterable[str]) -> None:
        with self.lock:
            self._pins.subtract(blobs)
            for blob in blobs:
                if self._pins[blob] <= 0:
                    del self._pins[blob]
                    if blob in self._doomed:
                        self._doomed.discard(blob)
                        self._unlink(blob)

    def remove(self, blob: str) -> None:
        """Take it from the disk, at once or when its last reader is done."""
        with self.lock:
            if self._pins[blob]:
                self._doomed.add(blob)
            else:
                del self._pins[blob]
                self._unlink(blob)

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Remove what was never sealed and what nobody wants; how many blobs that were."""
        orphans = [path for path in self._incoming.iterdir()]
        orphans += [
            path
            for shelf in self._directory.iterdir()
            if shelf != self._incoming
            for path in shelf.iterdir()
            if not wanted(path.name)
        ]
        for path in orphans:
            path.unlink()
        return len(orphans)

    def _unlink(self, blob: str) -> None:
        with suppress(FileNotFoundError):
            self.path(blob).unlink()


class BlobWriter:
    """Writes one blob."""

    def __init__(self, blob: str, aside: Path, place: Path, *, full_sync: bool) -> None:
        self.blob = blob
        self._aside = aside
        self._place = place
        self._full_sync = full_sync
        self._file = aside.open("xb", buffering=0)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def seal(self) -> None:
        """The blob is whole: from now on it can be read, and survives the process."""
        if self._full_sync:
            os.fsync(self._file.fileno())
        self._file.close()
        self._place.parent.mkdir(exist_ok=True)
        self._aside.rename(self._place)
        if self._full_sync:
            sync_directory(self._place.parent)

    def discard(self) -> None:
        self._file.close()
        self._aside.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make renames in the directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
