"""Export and import: long work on a database whose state clients poll, and the files of it.

Files lie beside the database for an hour and are reached by links that cannot be guessed.
A process that ends takes its links along, so what an earlier one left is removed.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Generic, TypeVar

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.d1.database import D1Database
from emulator.d1.dump import DumpOptions, write_dump
from emulator.d1.script import ScriptRun, run_script
from emulator.d1.transfer_errors import ImportInProgress, InvalidEtag, LinkExpired, UnknownFile

T = TypeVar("T")

LINK_SECONDS = 3_600
# Clients poll without a pause: an answer waits this long for the work to end.
POLL_SECONDS = 10.0
BLOCK_BYTES = 1024**2
ETAG = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Dumped:
    """A finished export: what its file is called, and the link to it."""

    filename: str
    token: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A finished import."""

    run: ScriptRun
    final_bookmark: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Work on one database, begun at a bookmark; `etag` is that of the file it imports."""

    at_bookmark: str
    etag: str
    task: asyncio.Task[T]

    async def wait(self) -> T | None:
        """What came of it; None if it is still going on. Raises what the work raised."""
        await asyncio.wait([self.task], timeout=POLL_SECONDS)
        return self.task.result() if self.task.done() else None


@dataclass(frozen=True, slots=True)
class Link:
    """What a token leads to, and until when."""

    path: Path
    expires_at: float


class Transfers:
    """The exports and imports of all accounts' databases, each known by its file."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._links: dict[str, Link] = {}
        self._directories: set[Path] = set()
        self._exports: dict[Path, Job[Dumped]] = {}
        self._imports: dict[Path, Job[Imported]] = {}

    async def export(
        self, database: D1Database, options: DumpOptions, current_bookmark: str | None
    ) -> Job[Dumped]:
        """Begin an export, or with `current_bookmark` go on with the one begun there."""
        job = self._exports.get(database.path)
        # [guess] A bookmark that no export began at begins a new one.
        if job is None or job.at_bookmark != current_bookmark:
            path = self._directory(database) / f"{self._ids.hex()}.dump"
            work = partial(self._dump, database, options, path)
            job = self._exports[database.path] = await begin(database, work)
        return job

    async def ingest(self, database: D1Database, etag: str) -> Job[Imported]:
        """Begin to import an uploaded file. Raises `UnknownFile`, `ImportInProgress`."""
        if not self.has_upload(database, etag):
            raise UnknownFile()
        job = self._imports.get(database.path)
        if job is None or job.task.done():
            work = partial(import_file, database, self._upload(database, etag))
            job = self._imports[database.path] = await begin(database, work, etag)
        elif job.etag != etag:
            raise ImportInProgress()
        return job

    def importing(self, database: D1Database, current_bookmark: str) -> Job[Imported] | None:
        """The import that began at the bookmark, if there is one."""
        job = self._imports.get(database.path)
        return job if job is not None and job.at_bookmark == current_bookmark else None

    def has_upload(self, database: D1Database, etag: str) -> bool:
        """Whether the file with this MD5 has been sent within the hour."""
        return self._upload(database, etag).exists()

    def upload_link(self, database: D1Database) -> str:
        """The token under which a file may be sent, for an hour."""
        return self._link(self._directory(database))

    async def receive(self, token: str, chunks: AsyncIterator[bytes]) -> str:
        """Keep an uploaded file; its MD5. Raises `LinkExpired`."""
        directory = self._follow(token)
        part = directory / f"{self._ids.hex()}.part"
        try:
            etag = await write_file(part, chunks)
            upload = part.replace(directory / f"{etag}.sql")
        finally:
            part.unlink(missing_ok=True)
        self._links = {key: link for key, link in self._links.items() if link.path != upload}
        self._link(upload)
        return etag

    def dump_at(self, token: str) -> Path:
        """The dump a link leads to. Raises `LinkExpired`."""
        path = self._follow(token)
        if not path.is_file():
            raise LinkExpired()
        return path

    def _dump(self, database: D1Database, options: DumpOptions, path: Path) -> Dumped:
        # [guess] how D1 calls its files.
        filename = f"{database.id}-{database.bookmark()}.sql"
        try:
            write_dump(database.path, path, options)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Dumped(filename, self._link(path))

    def _upload(self, database: D1Database, etag: str) -> Path:
        if ETAG.fullmatch(etag) is None:
            raise InvalidEtag()
        return self._directory(database) / f"{etag}.sql"

    def _directory(self, database: D1Database) -> Path:
        """Where the database's files are; emptied when first asked for."""
        self._forget_expired()
        directory = database.path.with_suffix(".transfer")
        if directory not in self._directories:
            shutil.rmtree(directory, ignore_errors=True)
            self._directories.add(directory)
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _link(self, path: Path) -> str:
        token = self._ids.hex(64)
        self._links[token] = Link(path, self._clock.now() + LINK_SECONDS)
        return token

    def _follow(self, token: str) -> Path:
        link = self._links.get(token)
        if link is None or link.expires_at <= self._clock.now() or not link.path.exists():
            raise LinkExpired()
        return link.path

    def _forget_expired(self) -> None:
        now = self._clock.now()
        for token, link in list(self._links.items()):
            if link.expires_at <= now:
                del self._links[token]
                if link.path.is_file():
                    link.path.unlink()


async def begin(database: D1Database, work: Callable[[], T], etag: str = "") -> Job[T]:
    """Put the work in the database's lane."""
    bookmark = await database.submit(database.bookmark)
    task = asyncio.create_task(database.submit(work))
    # A client that never asks again must not leave a warning about an error nobody saw.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return Job(bookmark, etag, task)


def import_file(database: D1Database, path: Path) -> Imported:
    run = run_script(database, path)
    return Imported(run, database.bookmark(), database.size().bytes)


async def write_file(path: Path, chunks: AsyncIterator[bytes]) -> str:
    """Write the chunks, a block at a time and off the loop; their MD5 in hex."""
    digest = md5(usedforsecurity=False)
    block = bytearray()
    with path.open("wb") as file:

        def put() -> None:
            file.write(block)
            digest.update(block)
            block.clear()

        async for chunk in chunks:
            block += chunk
            if len(block) >= BLOCK_BYTES:
                await asyncio.to_thread(put)
        put()
    return digest.hexdigest()
