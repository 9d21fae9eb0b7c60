"""Points in a database's history: one for every commit, with its time and its bookmark.

A segment of history is one life of the write-ahead log, from one checkpoint to the next.
Its points are a file of fixed records, appended after each commit.
"""

import os
import re
import struct
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

RECORD = struct.Struct("<d4Iq")
BOOKMARK = re.compile(r"([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{32}")


class Point(NamedTuple):
    """The state after one commit: the log of `segment` up to `frame`.

    `generation` counts how often history had to begin anew. `salt` names the log's life and
    `file_mtime_ns` is the database file's, which stays as it is for a whole segment: if
    either differs, someone else has moved the log into the file.
    """

    at: float
    generation: int
    segment: int
    frame: int
    salt: int
    file_mtime_ns: int

    def bookmark(self, database: str) -> str:
        """`00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683`; sorts by time."""
        digest = md5(database.encode() + RECORD.pack(*self), usedforsecurity=False).hexdigest()
        return f"{self.generation:08x}-{self.segment:08x}-{self.frame:08x}-{digest}"


class PointLog:
    """The points of one segment, in a file that is open for more."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, point: Point) -> None:
        os.write(self._file, RECORD.pack(*point))

    def close(self) -> None:
        os.close(self._file)


def read_points(path: Path) -> list[Point]:
    """All points of a segment's file; one that was cut short by a crash does not count."""
    data = path.read_bytes()
    whole = len(data) - len(data) % RECORD.size
    return [Point._make(values) for values in RECORD.iter_unpack(data[:whole])]


def segment_files(directory: Path) -> list[Path]:
    """The files of points, oldest segment first."""
    return sorted(directory.glob("*.points"))


def all_points(directory: Path) -> Iterator[Point]:
    for path in segment_files(directory):
        yield from read_points(path)
