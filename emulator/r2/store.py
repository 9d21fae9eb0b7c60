"""One account's buckets and what is configured of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.r2 import cors
from emulator.r2.backing import Backing
from emulator.r2.bucket import BucketStore
from emulator.r2.content import Content, Incoming
from emulator.r2.cors import CorsRule
from emulator.r2.errors import (
    BucketAlreadyExists,
    BucketNotEmpty,
    InvalidArgument,
    NoSuchBucket,
    TooManyBuckets,
)
from emulator.r2.lifecycle import DEFAULT_RULES, Lifecycle
from emulator.r2.limits import MAX_BUCKETS, MAX_RULES
from emulator.r2.locks import Locks
from emulator.r2.models import (
    DEFAULT_JURISDICTION,
    JURISDICTIONS,
    STANDARD,
    STORAGE_CLASSES,
    Bucket,
    Usage,
)
from emulator.r2.schema import (
    ADD_BUCKET,
    BUCKETS,
    CONFIGURATIONS,
    CONFIGURE,
    UPLOAD_USAGE,
    USAGE,
)
from emulator.r2.validate import check_bucket_name

T = TypeVar("T")
Json = Any

LOCATIONS = ("WNAM", "ENAM", "WEUR", "EEUR", "APAC", "OC")
SWEEP_SECONDS = 3_600

# Kinds of configuration; those with rules hold them under "rules".
CORS, LIFECYCLE, LOCK = "cors", "lifecycle", "lock"
DOMAINS, PUBLIC, SIPPY, EVENTS = "domains", "public", "sippy", "events"


class R2Store:
    """One account's buckets, by jurisdiction and name. Knows R2's rules and nothing of HTTP."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._backing = Backing(directory, settings, clock, ids)
        self._storage = self._backing.storage
        self._region = settings.region
        self._ids = ids
        self._clock = clock
        self._buckets: dict[tuple[str, str], BucketStore] = {}
        self._configurations: dict[tuple[int, str], Json] = {}
        self._sweep_at = clock.now() + SWEEP_SECONDS
        self._load()

    def create_bucket(
        self,
        name: str,
        jurisdiction: str = DEFAULT_JURISDICTION,
        *,
        location: str | None = None,
        storage_class: str = STANDARD,
    ) -> Bucket:
        """A new, empty bucket; its name is unique in the account and jurisdiction."""
        check_bucket_name(name)
        check_choice("jurisdiction", jurisdiction, JURISDICTIONS)
        check_choice("storage class", storage_class, STORAGE_CLASSES)
        location = (location or self._region).upper()
        check_choice("location hint", location, LOCATIONS)
        if (jurisdiction, name) in self._buckets:
            raise BucketAlreadyExists()
        if len(self._buckets) >= MAX_BUCKETS:
            raise TooManyBuckets()
        now = self._backing.now_ms()
        row = (name, jurisdiction, location, storage_class, now, self._ids.hex())
        with self._storage.transaction():
            self._storage.execute(ADD_BUCKET, row)
            number = self._storage.last_number()
            self._save(number, LIFECYCLE, {"rules": list(DEFAULT_RULES)})
        bucket = Bucket(number, *row)
        self._open(bucket)
        return bucket

    def get_bucket(self, name: str, jurisdiction: str = DEFAULT_JURISDICTION) -> Bucket:
        return self.bucket(name, jurisdiction).bucket

    def list_buckets(self, jurisdiction: str = DEFAULT_JURISDICTION) -> Sequence[Bucket]:
        """All of the jurisdiction, by name."""
        found = (one.bucket for one in self._buckets.values())
        return sorted(
            (bucket for bucket in found if bucket.jurisdiction == jurisdiction),
            key=lambda bucket: bucket.name,
        )

    def set_storage_class(
        self, name: str, storage_class: str, jurisdiction: str = DEFAULT_JURISDICTION
    ) -> Bucket:
        """What new objects get that name no class themselves."""
        check_choice("storage class", storage_class, STORAGE_CLASSES)
        known = self.get_bucket(name, jurisdiction)
        self._storage.execute(
            "UPDATE buckets SET storage_class = ? WHERE number = ?", (storage_class, known.number)
        )
        return self._reload(known.number)

    def delete_bucket(self, name: str, jurisdiction: str = DEFAULT_JURISDICTION) -> None:
        """Remove an empty bucket, with its unfinished uploads."""
        store = self.bucket(name, jurisdiction)
        number = store.bucket.number
        self._backing.commit_now(store.sweep)

        def work() -> None:
            sql = "SELECT 1 FROM objects WHERE bucket = ? LIMIT 1"
            if self._storage.read_for_write(sql, (number,)):
                raise BucketNotEmpty()
            store.uploads.forget_all()
            self._storage.execute("DELETE FROM configurations WHERE bucket = ?", (number,))
            self._storage.execute("DELETE FROM buckets WHERE number = ?", (number,))
            # Before anybody else may write: what is put from now on finds no bucket.
            del self._buckets[jurisdiction, name]

        try:
            self._backing.commit_now(work)
        except BaseException:
            self._buckets[jurisdiction, name] = store
            raise
        self._configurations = {
            place: value for place, value in self._configurations.items() if place[0] != number
        }

    def bucket(self, name: str, jurisdiction: str = DEFAULT_JURISDICTION) -> BucketStore:
        """The objects of a bucket. Raises `NoSuchBucket`."""
        store = self._buckets.get((jurisdiction, name))
        if store is None:
            raise NoSuchBucket()
        return store

    def public_bucket(self, public_id: str) -> BucketStore | None:
        """The bucket with that public address, if it may be read there."""
        for store in self._buckets.values():
            if store.bucket.public_id == public_id:
                settings = self.configuration(store.bucket, PUBLIC) or {}
                return store if settings.get("enabled") else None
        return None

    def configuration(self, bucket: Bucket, kind: str) -> Json | None:
        """What was configured, in the form of Cloudflare's API; None for nothing."""
        return self._configurations.get((bucket.number, kind))

    def configure(self, bucket: Bucket, kind: str, value: Json | None) -> None:
        """Replace what is configured; None removes it."""
        if value is not None and len(value.get("rules", ())) > MAX_RULES:
            raise InvalidArgument(reason=f"at most {MAX_RULES} rules are allowed")
        if value is None:
            sql = "DELETE FROM configurations WHERE bucket = ? AND kind = ?"
            self._storage.execute(sql, (bucket.number, kind))
            self._configurations.pop((bucket.number, kind), None)
        else:
            self._save(bucket.number, kind, value)
        self._open(bucket)

    def cors_rules(self, bucket: Bucket) -> Sequence[CorsRule]:
        return cors.rules_of(self._rules(bucket, CORS))

    def usage(self) -> tuple[dict[str, Usage], dict[str, Usage]]:
        """By storage class: what is published, and what unfinished uploads hold."""
        self.sweep()
        published: dict[str, Usage] = {}
        uploading: dict[str, Usage] = {}
        for store in self._buckets.values():
            add_up(published, self.bucket_usage(store.bucket))
            found = self._storage.read(
                UPLOAD_USAGE, (store.bucket.number, store.bucket.storage_class)
            )
            add_up(uploading, {row[0]: usage_of(row) for row in found})
        return published, uploading

    def bucket_usage(self, bucket: Bucket) -> Mapping[str, Usage]:
        """How much the bucket holds, by storage class."""
        found = self._storage.read(USAGE, (bucket.number,))
        return {row[0]: usage_of(row) for row in found}

    def incoming(self, algorithms: Iterable[str] = (), *, part: bool = False) -> Incoming:
        """Where the bytes of a new object or part go before `keep` makes it one."""
        return self._backing.incoming(algorithms, part=part)

    async def keep(self, content: Content, work: Callable[[], T]) -> T:
        """Run a write that makes new content an object or part; if it fails the content goes."""
        return await self._backing.keep(content, work)

    def drop(self, content: Content) -> None:
        """Content that was finished and is not wanted after all."""
        self._backing.drop(content)

    async def commit(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """Run any other write in its turn; returns when it is on disk."""
        if self._clock.now() >= self._sweep_at:
            self._sweep_at = self._clock.now() + SWEEP_SECONDS
            await self._backing.commit(self._sweep_all)
        return await self._backing.commit(work, brief=brief)

    def commit_now(self, work: Callable[[], T]) -> T:
        """`commit` for callers without an event loop."""
        return self._backing.commit_now(work)

    def sweep(self) -> int:
        """Free what lifecycle rules have ended; reads have not shown it any more."""
        return self._backing.commit_now(self._sweep_all)

    def close(self) -> None:
        self._backing.close()

    def _sweep_all(self) -> int:
        return sum(store.sweep() for store in list(self._buckets.values()))

    def _load(self) -> None:
        for number, kind, value in self._storage.read(CONFIGURATIONS):
            self._configurations[number, kind] = orjson.loads(value)
        for row in self._storage.read(BUCKETS):
            self._open(Bucket(*row))

    def _open(self, bucket: Bucket) -> None:
        lifecycle = Lifecycle(self._rules(bucket, LIFECYCLE))
        locks = Locks(self._rules(bucket, LOCK))
        place = (bucket.jurisdiction, bucket.name)
        self._buckets[place] = BucketStore(self._backing, bucket, lifecycle, locks)

    def _reload(self, number: int) -> Bucket:
        [row] = [row for row in self._storage.read(BUCKETS) if row[0] == number]
        bucket = Bucket(*row)
        self._open(bucket)
        return bucket

    def _rules(self, bucket: Bucket, kind: str) -> Sequence[Mapping[str, Any]]:
        value = self.configuration(bucket, kind)
        return value["rules"] if value else ()

    def _save(self, number: int, kind: str, value: Json) -> None:
        self._storage.execute(CONFIGURE, (number, kind, orjson.dumps(value).decode()))
        self._configurations[number, kind] = value


def usage_of(row: Sequence[Any]) -> Usage:
    return Usage(row[1], int(row[2]), int(row[3]))


def add_up(total: dict[str, Usage], more: Mapping[str, Usage]) -> None:
    for storage_class, usage in more.items():
        known = total.get(storage_class, Usage())
        total[storage_class] = Usage(
            known.objects + usage.objects,
            known.payload_bytes + usage.payload_bytes,
            known.metadata_bytes + usage.metadata_bytes,
        )


def check_choice(what: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise InvalidArgument(reason=f"The {what} '{given}' is not one of {', '.join(allowed)}")
