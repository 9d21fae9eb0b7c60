"""Content on its way in and out: digested as it passes, small in memory, large on disk."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

from emulator.core.blobs import Blobs, BlobWriter
from emulator.r2.digests import MD5, Bytes, Digests
from emulator.r2.models import Piece

# An object up to this size lies in the catalogue's row: a file each costs more than it holds.
INLINE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that have arrived whole: in `data`, or in `blob` on disk."""

    size: int
    digests: dict[str, bytes]
    data: bytes | None
    blob: str | None

    @property
    def md5(self) -> bytes:
        return self.digests[MD5]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return () if self.blob is None else (Piece(self.blob, self.size),)


class Incoming:
    """Takes content piece by piece. `finish` or `discard` ends it.

    Up to `inline_bytes` are held in memory; below zero, even nothing is a blob.
    """

    def __init__(
        self, blobs: Blobs, algorithms: Iterable[str] = (), *, inline_bytes: int = INLINE_BYTES
    ) -> None:
        self._blobs = blobs
        self._inline_bytes = inline_bytes
        self._digests = Digests(algorithms)
        self._held = bytearray()
        self._writer: BlobWriter | None = None
        self._is_sealed = False
        self.size = 0

    def write(self, data: Bytes) -> None:
        self.size += len(data)
        self._digests.update(data)
        if self._writer is None and self.size > self._inline_bytes:
            self._writer = self._blobs.create()
            self._writer.write(self._held)
            self._held.clear()
        if self._writer is None:
            self._held += data
        else:
            self._writer.write(data)

    def finish(self) -> Content:
        """The content; what is on disk survives from here on, if somebody refers to it."""
        digests = self._digests.results()
        if self._writer is None and self._inline_bytes < 0:
            self._writer = self._blobs.create()
        if self._writer is None:
            return Content(self.size, digests, bytes(self._held), None)
        self._writer.seal()
        self._is_sealed = True
        return Content(self.size, digests, None, self._writer.blob)

    def discard(self) -> None:
        """Nothing is left of it, finished or not; only for content nobody refers to."""
        if self._writer is None:
            return
        if self._is_sealed:
            self._blobs.remove(self._writer.blob)
        else:
            self._writer.discard()


class Source:
    """The bytes of an object, or a range of them, to be read in order and closed.

    Its blobs are pinned by whoever made it: overwriting the object does not end the reading.
    """

    def __init__(
        self, blobs: Blobs, pieces: Sequence[Piece], offset: int, length: int, data: bytes | None
    ) -> None:
        self._blobs = blobs
        self._pinned = [piece.blob for piece in pieces]
        self._pieces = pieces
        self._data = data
        self._index = 0
        self._skip = offset
        self._left = length
        self._file: int | None = None
        while data is None and self._index < len(pieces) and self._skip >= self._piece_size:
            self._skip -= self._piece_size
            self._index += 1

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return self._left

    @property
    def is_in_memory(self) -> bool:
        """Whether reading needs no disk."""
        return self._data is not None

    def read(self, limit: int) -> bytes:
        """The next bytes, `limit` of them unless fewer are left; empty at the end."""
        if self._data is not None:
            chunk = self._data[self._skip : self._skip + min(limit, self._left)]
            self._skip += len(chunk)
            self._left -= len(chunk)
            return chunk
        chunks = []
        while limit and self._left:
            chunk = self._read_piece(min(limit, self._left))
            chunks.append(chunk)
            limit -= len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def close(self) -> None:
        """Let go of the blobs. May be called twice."""
        if not self._pinned:
            return
        self._end_piece()
        pinned, self._pinned = self._pinned, []
        self._blobs.unpin(pinned)

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _piece_size(self) -> int:
        return self._pieces[self._index].size

    def _read_piece(self, limit: int) -> bytes:
        if self._file is None:
            path = self._blobs.path(self._pieces[self._index].blob)
            self._file = os.open(path, os.O_RDONLY)
        wanted = min(limit, self._piece_size - self._skip)
        chunk = os.pread(self._file, wanted, self._skip)
        if not chunk:
            raise OSError(f"blob {self._pieces[self._index].blob} is shorter than it was")
        self._skip += len(chunk)
        self._left -= len(chunk)
        if self._skip == self._piece_size:
            self._end_piece()
            self._index += 1
            self._skip = 0
        return chunk

    def _end_piece(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
