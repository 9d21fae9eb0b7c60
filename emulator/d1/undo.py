"""What a segment of the write-ahead log overwrote: enough to go back to any of its commits.

SQLite's log says how a page looks after a commit. Before a checkpoint moves the log into
the database file, the other direction is written to an undo file: the content that each
commit replaced. A point is reached from any later state by putting pages back, so no copy
of the database is needed, a commit costs what it changed, and old history is let go by
deleting its oldest file.

Format: entries (page, frame that replaced it, content), commits (frame, pages in the
database after it; the first is where the segment begins), trailer. Written whole, renamed.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

ENTRY = struct.Struct("<II")
COMMIT = struct.Struct("<II")
TRAILER = struct.Struct("<8s4I")
MAGIC = b"cftwund1"

LOG_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
FRAME = struct.Struct(">II")
SALT_OFFSET = 16

# The content of a page in the database file, from its number.
ReadPage = Callable[[int], bytes]


class Commit(NamedTuple):
    """A commit: its last frame and how many pages the database has after it."""

    frame: int
    pages: int


class Written(NamedTuple):
    """A commit in the log, with the frame that holds each page it wrote."""

    commit: Commit
    frames: dict[int, int]


@dataclass(frozen=True, slots=True)
class Undo:
    """An undo file. `commits[0]` is the state the segment began with."""

    path: Path
    salt: int
    page_bytes: int
    entries: int
    commits: tuple[Commit, ...]

    @property
    def frames(self) -> int:
        """How many frames of the log it covers."""
        return self.commits[-1].frame

    def pages_at(self, frame: int) -> int:
        """How many pages the database had after the commit that ended with `frame`."""
        until = [commit.pages for commit in self.commits if commit.frame <= frame]
        return until[-1] if until else self.commits[0].pages

    def replaced_after(self, frame: int) -> Iterator[tuple[int, bytes]]:
        """Pages that commits after `frame` replaced, and their content, in commit order."""
        with self.path.open("rb") as file:
            for _ in range(self.entries):
                page, replaced_by = ENTRY.unpack(file.read(ENTRY.size))
                if replaced_by > frame:
                    yield page, file.read(self.page_bytes)
                else:
                    file.seek(self.page_bytes, os.SEEK_CUR)


class Log:
    """SQLite's write-ahead log, read from outside: https://sqlite.org/walformat.html.

    Its file carries no locks, so that opening and closing it disturbs nobody.
    """

    def __init__(self, path: Path, page_bytes: int) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._frame_bytes = FRAME_HEADER_BYTES + page_bytes
        self._page_bytes = page_bytes

    def page(self, frame: int) -> bytes:
        """The content that a frame holds; the first is number 1."""
        return os.pread(self._file, self._page_bytes, self._offset(frame) + FRAME_HEADER_BYTES)

    def commits(self, frames: int) -> Iterator[Written]:
        """The commits within the first `frames` frames, which must be valid ones."""
        written: dict[int, int] = {}
        for frame in range(1, frames + 1):
            page, pages = FRAME.unpack(os.pread(self._file, FRAME.size, self._offset(frame)))
            written[page] = frame
            if pages:
                yield Written(Commit(frame, pages), written)
                written = {}

    def close(self) -> None:
        os.close(self._file)

    def _offset(self, frame: int) -> int:
        return LOG_HEADER_BYTES + (frame - 1) * self._frame_bytes


def log_salt(path: Path) -> int:
    """The number SQLite gives each life of a log; 0 where there is none."""
    try:
        with path.open("rb") as file:
            header = file.read(LOG_HEADER_BYTES)
    except FileNotFoundError:
        return 0
    return int.from_bytes(header[SALT_OFFSET : SALT_OFFSET + 4], "big") if header else 0


class UndoWriter:
    """Turns commits of a log into an undo file, page by page in constant memory."""

    def __init__(self, file: BinaryIO, log: Log, read_page: ReadPage, pages: int) -> None:
        self._file = file
        self._log = log
        self._read_page = read_page
        self._latest: dict[int, int] = {}
        self._pages = pages
        self.entries = 0

    @property
    def pages(self) -> int:
        return self._pages

    def skip(self, written: Written) -> None:
        """Go past a commit without noting what it replaced."""
        self._latest.update(written.frames)
        for page in range(written.commit.pages + 1, self._pages + 1):
            self._latest.pop(page, None)
        self._pages = written.commit.pages

    def note(self, written: Written) -> None:
        """Write down what a commit replaced: pages it changed, and those it cut off."""
        commit = written.commit
        for page, frame in written.frames.items():
            if page > self._pages:
                continue
            before = self._content(page)
            # A restore writes every page of the database; few of them are different.
            if before != self._log.page(frame):
                self._write(page, commit.frame, before)
        for page in range(commit.pages + 1, self._pages + 1):
            self._write(page, commit.frame, self._content(page))
        self.skip(written)

    def _content(self, page: int) -> bytes:
        frame = self._latest.get(page)
        return self._read_page(page) if frame is None else self._log.page(frame)

    def _write(self, page: int, frame: int, content: bytes) -> None:
        self._file.write(ENTRY.pack(page, frame))
        self._file.write(content)
        self.entries += 1


@dataclass(frozen=True, slots=True)
class Source:
    """A log and the database file below it, as they are before a checkpoint.

    `since` is the frame the segment began with, `file_pages` the file's size.
    """

    log: Path
    salt: int
    frames: int
    since: int
    page_bytes: int
    read_page: ReadPage
    file_pages: int


def write_undo(target: Path, source: Source, earlier: Undo | None) -> Undo:
    """Write what the log's commits replaced.

    `earlier` is the undo file of the same log from a checkpoint that did not come to its
    end: some of its pages are in the database file already, so it is carried over.
    """
    since = earlier.frames if earlier else source.since
    commits = list(earlier.commits) if earlier else []
    temporary = target.with_suffix(".tmp")
    log = Log(source.log, source.page_bytes)
    try:
        with temporary.open("wb") as file:
            writer = UndoWriter(file, log, source.read_page, source.file_pages)
            if earlier:
                copy_entries(earlier, file)
            for written in log.commits(source.frames):
                if written.commit.frame <= since:
                    writer.skip(written)
                    continue
                if not commits:
                    commits.append(Commit(since, writer.pages))
                writer.note(written)
                commits.append(written.commit)
            entries = writer.entries + (earlier.entries if earlier else 0)
            undo = Undo(target, source.salt, source.page_bytes, entries, tuple(commits))
            finish(file, undo)
    finally:
        log.close()
    temporary.replace(target)
    return undo


def copy_entries(undo: Undo, file: BinaryIO) -> None:
    left = undo.entries * (ENTRY.size + undo.page_bytes)
    with undo.path.open("rb") as earlier:
        while left:
            chunk = earlier.read(min(left, 1_048_576))
            file.write(chunk)
            left -= len(chunk)


def finish(file: BinaryIO, undo: Undo) -> None:
    for commit in undo.commits:
        file.write(COMMIT.pack(*commit))
    file.write(TRAILER.pack(MAGIC, undo.salt, undo.page_bytes, undo.entries, len(undo.commits)))


def read_undo(path: Path) -> Undo | None:
    """The undo file at `path`; None where there is none, or not a whole one."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - TRAILER.size))
            tail = file.read()
            if len(tail) < TRAILER.size:
                return None
            magic, salt, page_bytes, entries, count = TRAILER.unpack(tail)
            start = entries * (ENTRY.size + page_bytes)
            if magic != MAGIC or size != start + count * COMMIT.size + TRAILER.size:
                return None
            file.seek(start)
            commits = COMMIT.iter_unpack(file.read(count * COMMIT.size))
            return Undo(path, salt, page_bytes, entries, tuple(map(Commit._make, commits)))
    except FileNotFoundError:
        return None
