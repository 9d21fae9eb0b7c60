"""What an account's buckets stand on: the catalogue, the blobs, and how both change together.

A blob is in place before the row that refers to it is committed, and is removed after the
commit that let it go. So a crash leaves a blob too many, never one too few.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from emulator.core.blobs import Blobs
from emulator.core.clock import Clock
from emulator.core.commits import Commits
from emulator.core.ids import Ids
from emulator.core.lane import LaneFull
from emulator.core.pace import WritePace
from emulator.core.settings import Settings
from emulator.core.storage import Storage
from emulator.r2.content import INLINE_BYTES, Content, Incoming
from emulator.r2.errors import ServiceUnavailable
from emulator.r2.schema import REFERRED, SCHEMA

T = TypeVar("T")


class Backing:
    """One account's catalogue and blobs, safe to use from any thread."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        full_sync = settings.full_sync
        self.storage = Storage(directory / "r2.sqlite", SCHEMA, full_sync=full_sync)
        self.blobs = Blobs(directory / "blobs", ids, full_sync=full_sync)
        self.clock = clock
        self.ids = ids
        self.pace = WritePace() if settings.r2_write_limit else None
        self._commits = Commits("r2-writes", self.storage, on_loop=not full_sync)
        self._freed: list[str] = []
        self._closed_well = directory / "closed"
        self._recover()

    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)

    def incoming(self, algorithms: Iterable[str] = (), *, part: bool = False) -> Incoming:
        """Where the bytes of a new object or part go first. A part is always a blob."""
        return Incoming(self.blobs, algorithms, inline_bytes=-1 if part else INLINE_BYTES)

    def let_go(self, blobs: Iterable[str]) -> None:
        """Within a write: these are referred to no longer, or by others only."""
        self._freed.extend(blobs)

    async def commit(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """Run a write in its turn, with others that wait; returns when it is on disk."""
        freed: list[str] = []
        try:
            result = await self._commits.run(lambda: self._write(work, freed), brief=brief)
        except LaneFull:
            raise ServiceUnavailable() from None
        if freed:
            await asyncio.to_thread(self._remove, freed)
        return result

    def commit_now(self, work: Callable[[], T]) -> T:
        """The same for callers without an event loop."""
        freed: list[str] = []
        with self.storage.transaction():
            result = self._write(work, freed)
        self._remove(freed)
        return result

    async def keep(self, content: Content, work: Callable[[], T]) -> T:
        """`commit` a write that refers to new content; without it the content goes again."""
        try:
            # A few rows, however large the content.
            return await self.commit(work, brief=True)
        except BaseException:
            self.drop(content)
            raise

    def drop(self, content: Content) -> None:
        """Content that nothing came to refer to."""
        if content.blob is not None:
            self._remove([content.blob])

    def close(self) -> None:
        self._commits.close()
        self.storage.close()
        self._closed_well.touch()

    def _write(self, work: Callable[[], T], freed: list[str]) -> T:
        # Of several writes in one transaction each is undone alone.
        with self.storage.transaction():
            self._freed.clear()
            result = work()
        freed.extend(self._freed)
        return result

    def _remove(self, blobs: Iterable[str]) -> None:
        for blob in blobs:
            with self.blobs.lock:
                if not self._is_referred(blob):
                    self.blobs.remove(blob)

    def _recover(self) -> None:
        """After anything but a good end, blobs may be there that no row refers to."""
        if not self._closed_well.is_file():
            self.blobs.sweep(self._is_referred)
        self._closed_well.unlink(missing_ok=True)

    def _is_referred(self, blob: str) -> bool:
        return bool(self.storage.read(REFERRED, (blob,)))
