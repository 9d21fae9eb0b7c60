"""A bucket's files on their way: only what differs is sent, as a stream, and checked by MD5."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from hashlib import md5
from typing import Protocol

from emulator.migrating.http_client import Refusal, Unreachable, patiently
from emulator.migrating.metadata import words
from emulator.migrating.models import R2Object, StoredFile
from emulator.migrating.report import BucketReport, Refused

Progress = Callable[[int], None]


class Files(Protocol):
    def files(self, bucket: str) -> Iterator[StoredFile]: ...

    def opened(self, bucket: str, key: str) -> AbstractContextManager[Iterator[bytes]]: ...


class Objects(Protocol):
    @property
    def keeps_metadata(self) -> bool: ...

    def objects(self, bucket: str) -> dict[str, R2Object]: ...

    def put(self, bucket: str, key: str, blocks: Iterator[bytes], about: R2Object) -> None: ...


class BucketMover:
    """Moves one bucket."""

    def __init__(self, source: Files, target: Objects, bucket: str, into: str) -> None:
        self._source = source
        self._target = target
        self._bucket = bucket
        self._into = into
        self.refused: list[Refused] = []

    def move(self, progress: Progress) -> BucketReport:
        there = self._target.objects(self._into)
        wanted: dict[str, R2Object] = {}
        written = 0
        for file in self._source.files(self._bucket):
            about = self._about(file)
            if about is not None:
                # What has no MD5 by its listing gets one as it is read.
                if there.get(file.key) != about:
                    about, sent = self._send(file, about, there.get(file.key))
                    written += sent
                wanted[file.key] = about
            progress(1)
        return self._compared(wanted, written)

    def _about(self, file: StoredFile) -> R2Object | None:
        """The object as R2 is to have it; None if its metadata has no place there."""
        try:
            metadata = words(file.metadata)
            if metadata and not self._target.keeps_metadata:
                raise ValueError("its metadata needs R2's S3 API: --s3-endpoint")
        except ValueError as error:
            self._refuse(file.key, str(error))
            return None
        return R2Object(file.size, file.md5, file.content_type, file.cache_control, metadata)

    def _send(
        self, file: StoredFile, about: R2Object, there: R2Object | None
    ) -> tuple[R2Object, bool]:
        """The object as it was sent, and whether it was."""
        try:
            if not about.md5:
                about = self._measured(file, about)
                if there == about:
                    return about, False
            patiently(partial(self._stream, file.key, about))
        except (Refusal, Unreachable) as error:
            self._refuse(file.key, str(error))
            return about, False
        return about, True

    def _stream(self, key: str, about: R2Object) -> None:
        with self._source.opened(self._bucket, key) as blocks:
            self._target.put(self._into, key, blocks, about)

    def _measured(self, file: StoredFile, about: R2Object) -> R2Object:
        """With the MD5 of its bytes: the etag of an upload in parts is none."""
        digest, size = md5(usedforsecurity=False), 0
        with self._source.opened(self._bucket, file.key) as blocks:
            for block in blocks:
                digest.update(block)
                size += len(block)
        kind, cache = about.content_type, about.cache_control
        return R2Object(size, digest.hexdigest(), kind, cache, about.metadata)

    def _refuse(self, key: str, reason: str) -> None:
        self.refused.append(Refused(f"bucket {self._bucket}", key, reason))

    def _compared(self, wanted: dict[str, R2Object], written: int) -> BucketReport:
        """The bucket as it is now beside what it is to hold."""
        there = self._target.objects(self._into)
        different = [key for key, about in wanted.items() if there.get(key) != about]
        size = sum(about.size for about in wanted.values())
        return BucketReport(
            self._bucket, self._into, written, len(wanted), size, tuple(sorted(different))
        )
