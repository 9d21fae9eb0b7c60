"""One bucket's objects: read, written, copied, deleted, listed."""

from collections.abc import Callable, Sequence

from emulator.core.keys import end_of
from emulator.r2 import listing, rows
from emulator.r2.backing import Backing
from emulator.r2.conditions import check_read, check_write
from emulator.r2.content import Content
from emulator.r2.errors import (
    EntityTooLarge,
    InvalidArgument,
    InvalidMaxKeys,
    InvalidObjectName,
    NoSuchKey,
    ObjectLocked,
    R2Error,
    TooManyRequests,
)
from emulator.r2.lifecycle import Lifecycle
from emulator.r2.limits import (
    MAX_DELETE_KEYS,
    MAX_LIST_KEYS,
    MAX_UPLOAD_BYTES,
)
from emulator.r2.locks import Locks
from emulator.r2.models import (
    UNCONDITIONAL,
    Attributes,
    Bucket,
    ByteRange,
    Checksum,
    Conditions,
    HttpMetadata,
    Metadata,
    ObjectPage,
    Piece,
    StoredObject,
)
from emulator.r2.reading import Reading, check_customer_key, check_part, reading_of
from emulator.r2.schema import (
    ADD_PIECE,
    DELETE,
    DELETE_PIECES,
    HEAD,
    INSERT,
    LIST,
    OBJECT,
    PIECES,
    UPDATE,
)
from emulator.r2.uploads import Uploads
from emulator.r2.validate import check_metadata, key_bytes

Edit = Callable[[StoredObject], Attributes]


class BucketStore:
    """The objects of one bucket. Every method that writes runs within `commit` or `keep`.

    `lifecycle` and `locks` are the bucket's rules as they are now: whoever changes them makes
    a new one of these.
    """

    def __init__(
        self, backing: Backing, bucket: Bucket, lifecycle: Lifecycle, locks: Locks
    ) -> None:
        self.bucket = bucket
        self.uploads = Uploads(backing, bucket, lifecycle, self._place)
        self._backing = backing
        self._storage = backing.storage
        self._lifecycle = lifecycle
        self._locks = locks

    def expiration(self, stored: StoredObject) -> tuple[int, str] | None:
        """When lifecycle rules will end the object, in epoch milliseconds, and which one."""
        return self._lifecycle.expiration(stored.key, stored.uploaded_ms)

    def head(self, key: str, ssec: str | None = None) -> StoredObject:
        """What is known of the object, without its content."""
        stored = self.find(key)
        check_customer_key(stored, ssec)
        return stored

    def find(self, key: str) -> StoredObject:
        """`head` for Workers, whose customer's keys go with content alone."""
        return self._find(HEAD, key)

    def get(
        self,
        key: str,
        conditions: Conditions = UNCONDITIONAL,
        wanted: ByteRange | None = None,
        *,
        part: int | None = None,
        ssec: str | None = None,
    ) -> Reading:
        """The object, if the conditions hold, and its bytes or the range or part of them.

        The reading is to be closed; until then nothing that happens to the object ends it.
        """
        stored = self._find(OBJECT, key)
        check_part(stored, part)
        if not stored.parts:
            self._check(stored, conditions, ssec)
            return reading_of(self._backing.blobs, stored, (), wanted, part)
        with self._backing.blobs.lock:
            # Once more, now that nobody removes blobs: it may have been overwritten just now.
            stored = self._find(OBJECT, key)
            self._check(stored, conditions, ssec)
            pieces = self.pieces(stored)
            self._backing.blobs.pin(piece.blob for piece in pieces)
        try:
            return reading_of(self._backing.blobs, stored, pieces, wanted, part)
        except Exception:
            self._backing.blobs.unpin([piece.blob for piece in pieces])
            raise

    def pieces(self, stored: StoredObject) -> Sequence[Piece]:
        """Where the content lies; of a multipart object a piece is a part."""
        if not stored.parts:
            return ()
        return [Piece(*row) for row in self._storage.read(PIECES, (stored.number,))]

    def put(
        self,
        key: str,
        content: Content,
        attributes: Attributes,
        conditions: Conditions = UNCONDITIONAL,
        checksum: Checksum | None = None,
    ) -> StoredObject:
        """Make the content the object at `key`, in place of whatever was there."""
        if content.size > MAX_UPLOAD_BYTES:
            raise EntityTooLarge()
        made = StoredObject(
            0,
            key,
            self._backing.ids.hex(),
            content.size,
            content.md5.hex(),
            self._backing.now_ms(),
            attributes.storage_class or self.bucket.storage_class,
            attributes.http,
            attributes.custom,
            checksum,
            attributes.ssec,
            len(content.pieces),
            content.data,
        )
        return self._place(made, content.pieces, conditions)

    def write(
        self,
        key: str,
        data: bytes,
        *,
        http: HttpMetadata | None = None,
        custom: Metadata | None = None,
    ) -> StoredObject:
        """`put` of bytes that are at hand, committed: for seeds and tests."""
        incoming = self._backing.incoming()
        incoming.write(data)
        content = incoming.finish()
        attributes = Attributes(http or HttpMetadata(), custom or {})
        try:
            return self._backing.commit_now(lambda: self.put(key, content, attributes))
        except BaseException:
            self._backing.drop(content)
            raise

    def copy(
        self,
        source: "BucketStore",
        source_key: str,
        key: str,
        edit: Edit,
        *,
        source_conditions: Conditions = UNCONDITIONAL,
        conditions: Conditions = UNCONDITIONAL,
        source_ssec: str | None = None,
    ) -> StoredObject:
        """A new object with the source's content; `edit` says what it is given beside it."""
        stored = source.find_for_write(source_key)
        if stored is None:
            raise NoSuchKey()
        source._check_copied(stored, source_conditions, source_ssec)
        attributes = edit(stored)
        made = stored._replace(
            key=key,
            version=self._backing.ids.hex(),
            uploaded_ms=self._backing.now_ms(),
            http=attributes.http,
            custom=attributes.custom,
            storage_class=attributes.storage_class or self.bucket.storage_class,
            ssec=attributes.ssec,
        )
        found = self._storage.read_for_write(PIECES, (stored.number,))
        return self._place(made, [Piece(*row) for row in found], conditions)

    def delete(self, key: str) -> None:
        """Remove the object; one that is absent is no error."""
        stored = self.find_for_write(key)
        if stored is None:
            return
        self._check_unlocked(stored)
        self.remove(stored)

    def delete_many(self, keys: Sequence[str]) -> dict[str, R2Error | None]:
        """Remove up to 1,000 objects; for each key the refusal, or None."""
        if len(keys) > MAX_DELETE_KEYS:
            raise InvalidArgument(reason=f"at most {MAX_DELETE_KEYS} keys can be deleted at once")
        outcome: dict[str, R2Error | None] = {}
        for key in keys:
            outcome[key] = None
            try:
                self.delete(key)
            except (ObjectLocked, InvalidObjectName) as refusal:
                outcome[key] = refusal
        return outcome

    def list(
        self,
        *,
        prefix: str = "",
        delimiter: str = "",
        limit: int = MAX_LIST_KEYS,
        start_after: str = "",
        cursor: str | None = None,
        skip_group: bool = False,
    ) -> ObjectPage:
        """A page of up to 1,000 objects and common prefixes by the bytes of the keys.

        `skip_group`: a `start_after` that is a common prefix stands for its whole group.
        """
        if limit < 0:
            raise InvalidMaxKeys()
        start = start_after.encode() + b"\0" if start_after else b""
        if skip_group and start_after.startswith(prefix):
            if listing.group_of(start_after, prefix, delimiter) == start_after:
                start = end_of(start_after.encode())
        if cursor:
            start = listing.start_of(cursor)
        if limit == 0:
            return ObjectPage(())
        listed = listing.page(
            self._read_live,
            prefix=prefix,
            delimiter=delimiter,
            start=start,
            limit=min(limit, MAX_LIST_KEYS),
        )
        resume = None if listed.resume is None else listing.cursor_at(listed.resume)
        return ObjectPage(listed.items, listed.prefixes, resume, listed.last)

    def sweep(self) -> int:
        """Free what the lifecycle rules have ended; how many objects and uploads it was."""
        swept = 0
        for prefix in self._lifecycle.expiring_prefixes():
            start, end = prefix.encode(), end_of(prefix.encode())
            while found := self._rows(start, end, MAX_LIST_KEYS):
                for stored in found:
                    if self._is_gone(stored) and not self._is_locked(stored):
                        self.remove(stored)
                        swept += 1
                start = found[-1].key.encode() + b"\0"
        return swept + self.uploads.sweep()

    def find_for_write(self, key: str) -> StoredObject | None:
        """The live object, content included, as the current transaction sees it."""
        return self._live(self._row_for_write(OBJECT, key_bytes(key)))

    def remove(self, stored: StoredObject) -> None:
        """Within a write: the object goes, whatever locks say."""
        self._forget_pieces(stored)
        self._storage.execute(DELETE, (stored.number,))

    def _find(self, sql: str, key: str) -> StoredObject:
        found = self._storage.read(sql, (self.bucket.number, key_bytes(key)))
        if not found:
            raise NoSuchKey()
        stored = self._as_it_is(rows.object_of(found[0]))
        if self._is_gone(stored):
            raise NoSuchKey()
        return stored

    def _place(
        self, made: StoredObject, pieces: Sequence[Piece], conditions: Conditions
    ) -> StoredObject:
        """Write the row and its pieces, in place of what may be there, expired or not."""
        encoded = key_bytes(made.key)
        check_metadata(made.custom)
        there = self._row_for_write(HEAD, encoded)
        old = self._live(there)
        check_write(conditions, old)
        if old is not None:
            self._check_unlocked(old)
        self._check_pace(encoded)
        number = self._store(encoded, made, there)
        for index, piece in enumerate(pieces):
            self._storage.execute(ADD_PIECE, (number, index, piece.blob, piece.size))
        return made

    def _store(self, encoded: bytes, made: StoredObject, there: StoredObject | None) -> int:
        """The row's number."""
        values = (
            made.version,
            made.size,
            made.etag,
            made.uploaded_ms,
            made.storage_class,
            rows.http_column(made.http),
            rows.custom_column(made.custom),
            rows.checksum_column(made.checksum),
            made.ssec,
            made.parts,
            made.data,
        )
        if there is not None:
            self._forget_pieces(there)
            self._storage.execute(UPDATE, (*values, there.number))
            return there.number
        self._storage.execute(INSERT, (self.bucket.number, encoded, *values))
        return self._storage.last_number() if made.parts else 0

    def _row_for_write(self, sql: str, encoded: bytes) -> StoredObject | None:
        """What lies there as the current transaction sees it, expired or not."""
        found = self._storage.read_for_write(sql, (self.bucket.number, encoded))
        return self._as_it_is(rows.object_of(found[0])) if found else None

    def _live(self, stored: StoredObject | None) -> StoredObject | None:
        return None if stored is None or self._is_gone(stored) else stored

    def _forget_pieces(self, stored: StoredObject) -> None:
        if stored.parts:
            gone = self._storage.read_for_write(DELETE_PIECES, (stored.number,))
            self._backing.let_go(blob for (blob,) in gone)

    def _read_live(self, start: bytes, end: bytes, limit: int) -> Sequence[StoredObject]:
        """Exactly `limit` live objects, unless the bucket has no more."""
        found = self._rows(start, end, limit)
        if not self._lifecycle.expires:
            return found
        live = [stored for stored in found if not self._is_gone(stored)]
        while len(live) < limit and len(found) == limit:
            found = self._rows(found[-1].key.encode() + b"\0", end, limit)
            live += [stored for stored in found if not self._is_gone(stored)]
        return live[:limit]

    def _rows(self, start: bytes, end: bytes, limit: int) -> Sequence[StoredObject]:
        found = self._storage.read(LIST, (self.bucket.number, start, end, limit))
        return [self._as_it_is(rows.object_of(row)) for row in found]

    def _as_it_is(self, stored: StoredObject) -> StoredObject:
        """With the storage class that lifecycle rules have given it by now."""
        if not self._lifecycle.moves:
            return stored
        storage_class = self._lifecycle.storage_class(
            stored.key, stored.uploaded_ms, self._backing.now_ms(), stored.storage_class
        )
        return stored._replace(storage_class=storage_class)

    def _is_gone(self, stored: StoredObject) -> bool:
        if not self._lifecycle.expires:
            return False
        now = self._backing.now_ms()
        expired = self._lifecycle.is_expired(stored.key, stored.uploaded_ms, now)
        return expired and not self._is_locked(stored)

    def _is_locked(self, stored: StoredObject) -> bool:
        return self._locks.hold(stored.key, stored.uploaded_ms, self._backing.now_ms())

    def _check_unlocked(self, stored: StoredObject) -> None:
        if self._is_locked(stored):
            raise ObjectLocked()

    def _check_pace(self, encoded: bytes) -> None:
        pace = self._backing.pace
        place = (self.bucket.number, encoded)
        if pace is not None and not pace.admits(place, self._backing.clock.now()):
            raise TooManyRequests()

    def _check(self, stored: StoredObject, conditions: Conditions, ssec: str | None) -> None:
        check_customer_key(stored, ssec)
        check_read(conditions, stored)

    def _check_copied(self, stored: StoredObject, conditions: Conditions, ssec: str | None) -> None:
        check_customer_key(stored, ssec)
        check_write(conditions, stored)
