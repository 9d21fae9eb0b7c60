"""A project's buckets and objects: an index in SQLite, the bytes as blobs on disk.

An object is there from the moment its row is: the blob is sealed before, and removed after.
What a crash leaves between the two is swept at the next start.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from sqlite3 import IntegrityError, Row

import orjson

from emulator.core.blobs import Blobs
from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.standins.supabase.storage.errors import (
    AlreadyExists,
    BucketExists,
    BucketNotEmpty,
    NoSuchBucket,
    NoSuchKey,
)
from emulator.standins.supabase.storage.models import Bucket, Content, Stored
from emulator.standins.supabase.storage.schema import SCHEMA

BLOCK_BYTES = 1_048_576
# Sorts behind every letter that a key may have.
AFTER_KEYS = "\x7f"
PUT = """
INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (bucket_id, name) DO UPDATE SET
    owner = excluded.owner, blob = excluded.blob, size = excluded.size, etag = excluded.etag,
    mimetype = excluded.mimetype, cache_control = excluded.cache_control,
    user_metadata = excluded.user_metadata, updated_at = excluded.updated_at
"""


class Store:
    """Buckets and objects of one project, for whoever asks: `access.py` knows who may."""

    def __init__(self, directory: Path, clock: Clock, ids: Ids, *, full_sync: bool) -> None:
        self._database = Database(directory / "storage.sqlite", SCHEMA, full_sync=full_sync)
        self._clock = clock
        self._ids = ids
        self.blobs = Blobs(directory / "blobs", ids, full_sync=full_sync)
        self.blobs.sweep(self._is_wanted)

    def close(self) -> None:
        self._database.close()

    def create_bucket(self, bucket: Bucket) -> None:
        row = (*values(bucket), self._clock.now(), self._clock.now())
        try:
            self._database.execute("INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        except IntegrityError:
            raise BucketExists() from None

    def bucket(self, id: str) -> Bucket:
        row = self._database.one("SELECT * FROM buckets WHERE id = ?", (id,))
        if row is None:
            raise NoSuchBucket()
        return bucket_of(row)

    def buckets(self) -> list[Bucket]:
        return [bucket_of(row) for row in self._database.all("SELECT * FROM buckets ORDER BY id")]

    def save_bucket(self, bucket: Bucket) -> None:
        self._database.execute(
            "UPDATE buckets SET name = ?2, owner = ?3, public = ?4, file_size_limit = ?5,"
            " allowed_mime_types = ?6, updated_at = ?7 WHERE id = ?1",
            (*values(bucket), self._clock.now()),
        )

    def delete_bucket(self, id: str) -> None:
        with self._database.transaction():
            self.bucket(id)
            if self._database.one("SELECT 1 FROM objects WHERE bucket_id = ?", (id,)):
                raise BucketNotEmpty()
            self._database.execute("DELETE FROM buckets WHERE id = ?", (id,))

    def empty_bucket(self, id: str) -> None:
        self.bucket(id)
        self.remove(self.objects(id))

    def find(self, bucket_id: str, name: str) -> Stored | None:
        sql = "SELECT * FROM objects WHERE bucket_id = ? AND name = ?"
        row = self._database.one(sql, (bucket_id, name))
        return None if row is None else stored_of(row)

    def objects(self, bucket_id: str, prefix: str = "") -> list[Stored]:
        """A bucket's objects whose names begin so, by name."""
        sql = "SELECT * FROM objects WHERE bucket_id = ? AND name >= ? AND name < ? ORDER BY name"
        bounds = (bucket_id, prefix, prefix + AFTER_KEYS)
        return [stored_of(row) for row in self._database.all(sql, bounds)]

    def put(
        self, bucket_id: str, name: str, owner: str, content: Content, *, upsert: bool
    ) -> Stored:
        """The object with this content. Raises `AlreadyExists`; the blob is then the caller's."""
        now = self._clock.now()
        with self._database.transaction():
            self.bucket(bucket_id)
            there = self.find(bucket_id, name)
            if there is not None and not upsert:
                raise AlreadyExists()
            id, born = (there.id, there.created_at) if there else (self._ids.uuid(), now)
            stored = Stored(id, bucket_id, name, owner, content, born, now)
            self._database.execute(PUT, row_of(stored))
        if there is not None:
            self.blobs.remove(there.content.blob)
        return stored

    def duplicate(self, content: Content) -> Content:
        """The same bytes as another blob. Raises `NoSuchKey` if they have gone."""
        writer = self.blobs.create()
        try:
            with self.blobs.path(content.blob).open("rb") as source:
                while block := source.read(BLOCK_BYTES):
                    writer.write(block)
            writer.seal()
        except FileNotFoundError:
            writer.discard()
            raise NoSuchKey() from None
        return replace(content, blob=writer.blob)

    def move(self, stored: Stored, bucket_id: str, name: str) -> Stored:
        moved = replace(stored, bucket_id=bucket_id, name=name, updated_at=self._clock.now())
        with self._database.transaction():
            self.bucket(bucket_id)
            if self.find(bucket_id, name) is not None:
                raise AlreadyExists()
            changed = self._database.execute(
                "UPDATE objects SET bucket_id = ?, name = ?, updated_at = ? WHERE id = ?",
                (bucket_id, name, moved.updated_at, stored.id),
            )
            if not changed:
                raise NoSuchKey()
        return moved

    def remove(self, objects: Iterable[Stored]) -> list[Stored]:
        """Those that were still there."""
        gone = []
        with self._database.transaction():
            for one in objects:
                sql = "DELETE FROM objects WHERE id = ? AND blob = ?"
                if self._database.execute(sql, (one.id, one.content.blob)):
                    gone.append(one)
        for one in gone:
            self.blobs.remove(one.content.blob)
        return gone

    def _is_wanted(self, blob: str) -> bool:
        return self._database.one("SELECT 1 FROM objects WHERE blob = ?", (blob,)) is not None


def values(bucket: Bucket) -> tuple[object, ...]:
    types = bucket.allowed_mime_types
    return (
        bucket.id,
        bucket.name,
        bucket.owner,
        bucket.public,
        bucket.file_size_limit,
        None if types is None else orjson.dumps(types).decode(),
    )


def bucket_of(row: Row) -> Bucket:
    given = dict(row)
    types = given["allowed_mime_types"]
    given["allowed_mime_types"] = None if types is None else orjson.loads(types)
    return Bucket(**{**given, "public": bool(given["public"])})


def row_of(item: Stored) -> tuple[object, ...]:
    content = item.content
    about = content.user_metadata
    return (
        item.id,
        item.bucket_id,
        item.name,
        item.owner,
        content.blob,
        content.size,
        content.etag,
        content.mimetype,
        content.cache_control,
        None if about is None else orjson.dumps(about).decode(),
        item.created_at,
        item.updated_at,
    )


def stored_of(row: Row) -> Stored:
    about = row["user_metadata"]
    content = Content(
        row["blob"],
        row["size"],
        row["etag"],
        row["mimetype"],
        row["cache_control"],
        None if about is None else orjson.loads(about),
    )
    return Stored(
        row["id"],
        row["bucket_id"],
        row["name"],
        row["owner"],
        content,
        row["created_at"],
        row["updated_at"],
    )
