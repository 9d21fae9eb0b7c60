"""One bucket's multipart uploads: begun, filled part by part, completed or aborted."""

from base64 import b64decode
from collections.abc import Callable, Sequence

from emulator.core.keys import end_of
from emulator.r2 import listing, rows
from emulator.r2.backing import Backing
from emulator.r2.content import Content
from emulator.r2.digests import CRC64NVME, combined_crc64nvme, composite, multipart_etag
from emulator.r2.errors import (
    BadDigest,
    EntityTooLarge,
    EntityTooSmall,
    InvalidArgument,
    InvalidPart,
    NoSuchUpload,
    UnequalParts,
)
from emulator.r2.lifecycle import Lifecycle
from emulator.r2.limits import (
    MAX_LIST_KEYS,
    MAX_OBJECT_BYTES,
    MAX_PARTS,
    MAX_UPLOAD_BYTES,
    MIN_PART_BYTES,
)
from emulator.r2.models import (
    UNCONDITIONAL,
    Attributes,
    Bucket,
    Checksum,
    ChosenPart,
    Conditions,
    Part,
    PartPage,
    Piece,
    StoredObject,
    Upload,
    UploadPage,
)
from emulator.r2.schema import (
    ADD_PART,
    ADD_UPLOAD,
    DELETE_PARTS,
    DELETE_UPLOAD,
    PART_BLOB,
    PARTS,
    UPLOAD,
    UPLOADS,
)
from emulator.r2.validate import check_metadata, key_bytes

Place = Callable[[StoredObject, Sequence[Piece], Conditions], StoredObject]

LAST_NUMBER = 2**62


class Uploads:
    """The unfinished uploads of one bucket. `place` makes an object of what is complete."""

    def __init__(
        self, backing: Backing, bucket: Bucket, lifecycle: Lifecycle, place: Place
    ) -> None:
        self._backing = backing
        self._storage = backing.storage
        self._bucket = bucket
        self._lifecycle = lifecycle
        self._place = place

    def create(
        self, key: str, attributes: Attributes, checksum_algorithm: str | None = None
    ) -> Upload:
        """Begin an upload of the object at `key`."""
        check_metadata(attributes.custom)
        upload_id = self._backing.ids.hex(128)
        values = (
            upload_id,
            self._bucket.number,
            key_bytes(key),
            self._backing.now_ms(),
            rows.http_column(attributes.http),
            rows.custom_column(attributes.custom),
            attributes.storage_class,
            attributes.ssec,
            checksum_algorithm,
        )
        self._storage.execute(ADD_UPLOAD, values)
        return self._of(self._storage.read_for_write(UPLOAD, self._named(key, upload_id)))

    def get(self, key: str, upload_id: str) -> Upload:
        """The upload, if it is still going on."""
        return self._of(self._storage.read(UPLOAD, self._named(key, upload_id)))

    def put_part(
        self,
        key: str,
        upload_id: str,
        number: int,
        content: Content,
        checksum: Checksum | None = None,
    ) -> Part:
        """Add the part, in place of one with its number."""
        check_part_number(number)
        if content.size > MAX_UPLOAD_BYTES:
            raise EntityTooLarge()
        upload = self._for_write(key, upload_id)
        assert content.blob is not None
        part = Part(number, content.size, content.md5.hex(), self._backing.now_ms(), checksum)
        replaced = self._storage.read_for_write(PART_BLOB, (upload.number, number))
        self._backing.let_go(blob for (blob,) in replaced)
        self._storage.execute(
            ADD_PART,
            (
                upload.number,
                number,
                part.size,
                part.etag,
                part.uploaded_ms,
                rows.checksum_column(checksum),
                content.blob,
            ),
        )
        return part

    def complete(
        self,
        key: str,
        upload_id: str,
        chosen: Sequence[ChosenPart],
        conditions: Conditions = UNCONDITIONAL,
        checksum: Checksum | None = None,
    ) -> StoredObject:
        """Make the chosen parts, by their numbers, the object; the others are dropped."""
        upload = self._for_write(key, upload_id)
        found = self._storage.read_for_write(PARTS, (upload.number, 0, MAX_PARTS))
        blobs = {row[0]: row[5] for row in found}
        parts = choose([rows.part_of(row) for row in found], chosen)
        check_sizes(parts)
        made = self._made(upload, parts, checksum)
        stored = self._place(
            made, [Piece(blobs[part.number], part.size) for part in parts], conditions
        )
        self._forget(upload)
        return stored

    def abort(self, key: str, upload_id: str) -> None:
        """End the upload and drop its parts."""
        self._forget(self._for_write(key, upload_id))

    def list(
        self,
        *,
        prefix: str = "",
        delimiter: str = "",
        limit: int = MAX_LIST_KEYS,
        key_marker: str = "",
        upload_id_marker: str = "",
    ) -> UploadPage:
        """A page of the uploads that go on, by key and age, behind the markers."""
        after = LAST_NUMBER
        if key_marker and upload_id_marker:
            marked = self._storage.read(UPLOAD, self._named(key_marker, upload_id_marker))
            after = marked[0][0] if marked else LAST_NUMBER
        shown: list[Upload] = []
        prefixes: list[str] = []
        for upload in self._live(prefix, key_marker, after):
            group = listing.group_of(upload.key, prefix, delimiter)
            if group is not None and (group in prefixes[-1:] or group <= key_marker):
                continue
            if len(shown) + len(prefixes) == limit:
                return UploadPage(shown, prefixes, is_truncated=limit > 0)
            if group is None:
                shown.append(upload)
            else:
                prefixes.append(group)
        return UploadPage(shown, prefixes)

    def parts(
        self, key: str, upload_id: str, *, after: int = 0, limit: int = MAX_LIST_KEYS
    ) -> PartPage:
        """A page of the parts that have arrived, by their numbers."""
        upload = self.get(key, upload_id)
        found = self._storage.read(PARTS, (upload.number, after, limit + 1))
        return PartPage([rows.part_of(row) for row in found[:limit]], len(found) > limit)

    def sweep(self) -> int:
        """Abort what the lifecycle rules have given up; how many uploads it was."""
        given_up = [upload for upload in self._all("", "", 0) if self._is_aborted(upload)]
        for upload in given_up:
            self._forget(upload)
        return len(given_up)

    def forget_all(self) -> None:
        """Abort every upload: the bucket goes."""
        for upload in self._all("", "", 0):
            self._forget(upload)

    def _live(self, prefix: str, key_marker: str, after: int) -> Sequence[Upload]:
        found = self._all(prefix, key_marker, after)
        return [upload for upload in found if not self._is_aborted(upload)]

    def _all(self, prefix: str, key_marker: str, after: int) -> Sequence[Upload]:
        start, number = max((key_marker.encode(), after if key_marker else 0), (prefix.encode(), 0))
        values = (self._bucket.number, start, number, end_of(prefix.encode()), LAST_NUMBER)
        return [rows.upload_of(row) for row in self._storage.read(UPLOADS, values)]

    def _named(self, key: str, upload_id: str) -> tuple[int, bytes, str]:
        return self._bucket.number, key.encode(), upload_id

    def _for_write(self, key: str, upload_id: str) -> Upload:
        return self._of(self._storage.read_for_write(UPLOAD, self._named(key, upload_id)))

    def _of(self, found: Sequence[tuple[object, ...]]) -> Upload:
        if not found:
            raise NoSuchUpload()
        upload = rows.upload_of(found[0])
        if self._is_aborted(upload):
            raise NoSuchUpload()
        return upload

    def _is_aborted(self, upload: Upload) -> bool:
        return self._lifecycle.is_aborted(upload.key, upload.created_ms, self._backing.now_ms())

    def _made(self, upload: Upload, parts: Sequence[Part], given: Checksum | None) -> StoredObject:
        checksum = whole_checksum(upload.checksum_algorithm, parts)
        if given is not None and checksum is not None and given.value != checksum.value:
            raise BadDigest(name=given.algorithm, given=given.value, actual=checksum.value)
        attributes = upload.attributes
        return StoredObject(
            0,
            upload.key,
            self._backing.ids.hex(),
            sum(part.size for part in parts),
            multipart_etag([bytes.fromhex(part.etag) for part in parts]),
            self._backing.now_ms(),
            attributes.storage_class or self._bucket.storage_class,
            attributes.http,
            attributes.custom,
            checksum,
            attributes.ssec,
            len(parts),
        )

    def _forget(self, upload: Upload) -> None:
        gone = self._storage.read_for_write(DELETE_PARTS, (upload.number,))
        self._backing.let_go(blob for (blob,) in gone)
        self._storage.execute(DELETE_UPLOAD, (upload.number,))


def choose(parts: Sequence[Part], chosen: Sequence[ChosenPart]) -> list[Part]:
    """The parts that were chosen, by number. Raises `InvalidPart`."""
    there = {part.number: part for part in parts}
    numbers = {one.number for one in chosen}
    if not chosen or len(numbers) < len(chosen):
        raise InvalidPart()
    for one in chosen:
        part = there.get(one.number)
        if part is None or part.etag != one.etag:
            raise InvalidPart()
        if one.checksum is not None and one.checksum != part.checksum:
            raise InvalidPart()
    return [there[number] for number in sorted(numbers)]


def check_sizes(parts: Sequence[Part]) -> None:
    """R2's rule: all parts but the last are of one size, of 5 MiB or more."""
    leading = {part.size for part in parts[:-1]}
    if any(size < MIN_PART_BYTES for size in leading):
        raise EntityTooSmall()
    if len(leading) > 1 or (leading and parts[-1].size > max(leading)):
        raise UnequalParts()
    if sum(part.size for part in parts) > MAX_OBJECT_BYTES:
        raise EntityTooLarge()


def whole_checksum(algorithm: str | None, parts: Sequence[Part]) -> Checksum | None:
    """Of the parts' checksums, where every part has one of the upload's algorithm."""
    given = [part.checksum for part in parts if part.checksum is not None]
    digests = [raw(one) for one in given if one.algorithm == algorithm]
    if algorithm is None or len(digests) < len(parts):
        return None
    if algorithm == CRC64NVME:
        sizes = [part.size for part in parts]
        return combined_crc64nvme(zip(digests, sizes, strict=True))
    return composite(algorithm, digests)


def raw(checksum: Checksum) -> bytes:
    return b64decode(checksum.value)


def check_part_number(number: int) -> None:
    if not 1 <= number <= MAX_PARTS:
        raise InvalidArgument(
            reason=f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive"
        )
