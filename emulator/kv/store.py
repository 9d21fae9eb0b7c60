"""One account's KV: namespaces, and the entries in them.

Reads never wait for a write and see only what is committed. Writes are plain methods; a
server runs them through `commit`, which gathers those that wait into one transaction.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from emulator.core.clock import Clock
from emulator.core.commits import Commits
from emulator.core.ids import Ids
from emulator.core.keys import end_of
from emulator.core.lane import LaneFull
from emulator.core.pace import WritePace
from emulator.core.settings import Settings
from emulator.core.storage import Row, Storage, Value
from emulator.kv.cursor import cursor_at, key_after
from emulator.kv.errors import (
    BulkReadTooLarge,
    InvalidBody,
    InvalidListLimit,
    KeyNotFound,
    NamespaceExists,
    NamespaceIdInvalid,
    NamespaceNotFound,
    NoKeys,
    TitleMissing,
    TitleTooLong,
    TooManyKeys,
    TooManyNamespaces,
    TooManyWrites,
)
from emulator.kv.limits import (
    MAX_BULK_GET_BYTES,
    MAX_BULK_GET_KEYS,
    MAX_BULK_PAIRS,
    MAX_LIST_KEYS,
    MAX_NAMESPACES,
    MAX_TITLE_CHARACTERS,
)
from emulator.kv.models import BulkOutcome, Entry, Key, KeyPage, Namespace, Pair
from emulator.kv.schema import (
    DELETE,
    GET,
    LIST,
    NAMESPACE,
    NAMESPACES,
    NUMBER,
    PUT,
    SCHEMA,
    STORED,
    SWEEP,
    TITLED,
)
from emulator.kv.validate import check_pair, expiry_of, key_bytes

T = TypeVar("T")

Read = Callable[[str, Sequence[Value]], list[Row]]

BRIEF_BYTES = 65_536
SWEEP_SECONDS = 60
SWEEP_ROWS = 256


class KVStore:
    """One account's namespaces. Knows KV's rules and nothing of HTTP."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._storage = Storage(directory / "kv.sqlite", SCHEMA, full_sync=settings.full_sync)
        self._clock = clock
        self._ids = ids
        self._pace = WritePace() if settings.kv_write_limit else None
        self._commits = Commits("kv-writes", self._storage, on_loop=not settings.full_sync)
        self._sweep_at = clock.now()

    def create_namespace(
        self, title: str, namespace_id: str | None = None, jurisdiction: str | None = None
    ) -> Namespace:
        """A new, empty namespace; its title is unique in the account, and so is its id."""
        namespace = Namespace(namespace_id or self._ids.hex(), title, jurisdiction)
        with self._storage.transaction():
            self._check_title(namespace)
            if self._storage.read_for_write(NUMBER, (namespace.id,)):
                raise NamespaceExists()
            [(count,)] = self._storage.read_for_write("SELECT count(*) FROM namespaces")
            if count >= MAX_NAMESPACES:
                raise TooManyNamespaces(limit=MAX_NAMESPACES)
            self._storage.execute(
                "INSERT INTO namespaces (id, title, jurisdiction) VALUES (?, ?, ?)",
                (namespace.id, title, jurisdiction),
            )
        return namespace

    def get_namespace(self, namespace_id: str) -> Namespace:
        return self._namespace(self._storage.read, namespace_id, "get namespace")

    def namespace_titled(self, title: str) -> Namespace:
        """The namespace of that title, whatever its id."""
        for namespace in self.namespaces():
            if namespace.title == title:
                return namespace
        raise NamespaceNotFound(operation="get namespace")

    def namespaces(self) -> Sequence[Namespace]:
        """All of them, by id."""
        return [Namespace(*row) for row in self._storage.read(NAMESPACES)]

    def rename_namespace(self, namespace_id: str, title: str) -> Namespace:
        with self._storage.transaction():
            read = self._storage.read_for_write
            known = self._namespace(read, namespace_id, "rename namespace")
            namespace = Namespace(known.id, title, known.jurisdiction)
            self._check_title(namespace)
            self._storage.execute("UPDATE namespaces SET title = ? WHERE id = ?", (title, known.id))
        return namespace

    def delete_namespace(self, namespace_id: str) -> None:
        """The namespace and every entry in it."""
        with self._storage.transaction():
            number = self._number(self._storage.read_for_write, namespace_id, "remove namespace")
            self._storage.execute("DELETE FROM entries WHERE namespace = ?", (number,))
            self._storage.execute("DELETE FROM namespaces WHERE number = ?", (number,))

    def get(self, namespace_id: str, key: str) -> Entry:
        """The live entry at `key`; an expired one is as absent as a missing one."""
        rows = self._storage.read(GET, (namespace_id, key_bytes(key)))
        if not rows:
            self._number(self._storage.read, namespace_id, "get")
            raise KeyNotFound()
        [(value, metadata, expires_at)] = rows
        # Reads decide; the sweep only frees disk, so a late one is never seen.
        if expires_at is not None and expires_at <= self._clock.now():
            raise KeyNotFound()
        return Entry(value, metadata, expires_at)

    def put(
        self,
        namespace_id: str,
        key: str,
        value: bytes,
        *,
        metadata: str | None = None,
        ttl_seconds: int | None = None,
        expires_at: int | None = None,
    ) -> None:
        """Replace what `key` holds, its metadata (JSON text) and its expiration included."""
        encoded = key_bytes(key)
        pair = Pair(key, value, metadata, ttl_seconds, expires_at)
        check_pair(pair)
        now = self._clock.now()
        if not self._write(namespace_id, encoded, pair, now):
            self._number(self._storage.read_for_write, namespace_id, "put")
            raise TooManyWrites()
        self._sweep_if_due(now)

    def delete(self, namespace_id: str, key: str) -> None:
        """Remove the key; one that is absent is no error."""
        number = self._number(self._storage.read_for_write, namespace_id, "remove key")
        self._storage.execute(DELETE, (number, key_bytes(key)))

    def list(
        self,
        namespace_id: str,
        *,
        prefix: str = "",
        limit: int = MAX_LIST_KEYS,
        cursor: str | None = None,
    ) -> KeyPage:
        """Up to `limit` keys by their bytes. Expired ones are left out, so a page may be empty."""
        if limit < 1:
            raise InvalidListLimit(limit=limit, rule="greater than 0")
        if limit > MAX_LIST_KEYS:
            raise InvalidListLimit(limit=limit, rule="less than 1000")
        number = self._number(self._storage.read, namespace_id, "list keys")
        start = prefix.encode()
        end = end_of(start)
        if cursor:
            start = max(start, key_after(cursor))
        rows = self._storage.read(LIST, (number, start, end, limit + 1))
        now = self._clock.now()
        keys = [
            Key(key.decode(), metadata, expires_at)
            for key, metadata, expires_at in rows[:limit]
            if expires_at is None or expires_at > now
        ]
        return KeyPage(keys, cursor_at(rows[limit - 1][0]) if len(rows) > limit else None)

    def get_many(self, namespace_id: str, keys: Sequence[str]) -> dict[str, Entry | None]:
        """The entries at up to 100 keys; None where there is none."""
        if not keys:
            raise NoKeys()
        if len(keys) > MAX_BULK_GET_KEYS:
            raise TooManyKeys(limit=MAX_BULK_GET_KEYS)
        found: dict[str, Entry | None] = {}
        size = 0
        for key in keys:
            try:
                entry = found[key] = self.get(namespace_id, key)
            except KeyNotFound:
                found[key] = None
                continue
            size += len(entry.value)
            if size > MAX_BULK_GET_BYTES:
                raise BulkReadTooLarge()
        return found

    def put_many(self, namespace_id: str, pairs: Sequence[Pair]) -> BulkOutcome:
        """Write up to 10,000 pairs; of one key the last counts. A bad pair refuses them all.

        Keys written within the last second are not written; the outcome names them.
        """
        check_count(pairs, "key-value pairs")
        self._number(self._storage.read_for_write, namespace_id, "bulk put")
        now = self._clock.now()
        checked: dict[bytes, Pair] = {}
        for pair in pairs:
            check_pair(pair)
            expiry_of(pair, now)
            checked[key_bytes(pair.key)] = pair
        with self._storage.transaction():
            failed = [
                pair.key
                for key, pair in checked.items()
                if not self._write(namespace_id, key, pair, now)
            ]
        self._sweep_if_due(now)
        return BulkOutcome(len(pairs) - len(failed), failed)

    def delete_many(self, namespace_id: str, keys: Sequence[str]) -> BulkOutcome:
        """Remove up to 10,000 keys, absent ones too."""
        check_count(keys, "keys")
        number = self._number(self._storage.read_for_write, namespace_id, "bulk remove")
        encoded = [key_bytes(key) for key in keys]
        with self._storage.transaction():
            for key in encoded:
                self._storage.execute(DELETE, (number, key))
        return BulkOutcome(len(keys))

    def stored_bytes(self) -> int:
        """What keys, values and metadata take, those included that have just expired."""
        [(size,)] = self._storage.read(STORED, ())
        return int(size)

    def sweep(self, limit: int = SWEEP_ROWS) -> int:
        """Free the disk of up to `limit` expired entries; how many they were."""
        return self._storage.execute(SWEEP, (int(self._clock.now()), limit))

    async def commit(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """Run a write in its turn, with others that wait; returns when it is on disk.

        A brief one, of at most `BRIEF_BYTES`, may run on the event loop.
        """
        try:
            return await self._commits.run(work, brief=brief)
        except LaneFull:
            raise TooManyWrites() from None

    def close(self) -> None:
        self._commits.close()
        self._storage.close()

    def _write(self, namespace_id: str, key: bytes, pair: Pair, now: float) -> bool:
        """Whether the key's pace allowed it."""
        expires_at = expiry_of(pair, now)
        if self._pace is not None and not self._pace.admits((namespace_id, key), now):
            return False
        row = (key, expires_at, pair.metadata, pair.value, namespace_id)
        if self._storage.execute(PUT, row) == 0:
            raise absent(namespace_id, "put")
        return True

    def _sweep_if_due(self, now: float) -> None:
        # A full sweep means that there is more: the next write goes on with it.
        if now >= self._sweep_at and self.sweep() < SWEEP_ROWS:
            self._sweep_at = now + SWEEP_SECONDS

    def _namespace(self, read: Read, namespace_id: str, operation: str) -> Namespace:
        rows = read(NAMESPACE, (namespace_id,))
        if not rows:
            raise absent(namespace_id, operation)
        return Namespace(*rows[0])

    def _number(self, read: Read, namespace_id: str, operation: str) -> int:
        rows = read(NUMBER, (namespace_id,))
        if not rows:
            raise absent(namespace_id, operation)
        return int(rows[0][0])

    def _check_title(self, namespace: Namespace) -> None:
        if not namespace.title:
            raise TitleMissing()
        if len(namespace.title) > MAX_TITLE_CHARACTERS:
            raise TitleTooLong(limit=MAX_TITLE_CHARACTERS)
        if self._storage.read_for_write(TITLED, (namespace.title, namespace.id)):
            raise NamespaceExists()


def absent(namespace_id: str, operation: str) -> NamespaceNotFound:
    """Cloudflare does not look for what is no id; ids from a configuration may be anything."""
    if len(namespace_id) == 32 and set(namespace_id) <= set("0123456789abcdef"):
        return NamespaceNotFound(operation=operation)
    return NamespaceIdInvalid(namespace_id=namespace_id)


def check_count(items: Sequence[object], what: str) -> None:
    if len(items) > MAX_BULK_PAIRS:
        raise InvalidBody(reason=f"more than {MAX_BULK_PAIRS} {what}")
