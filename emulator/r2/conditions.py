"""What must hold before an object is read, written or copied. Pure: values in, verdicts out."""

from emulator.r2.errors import InvalidRange, PreconditionFailed
from emulator.r2.models import ByteRange, Conditions, StoredObject

ANY = "*"


class NotModified(Exception):
    """The reader has it already. No refusal: HTTP's 304."""

    def __init__(self, stored: StoredObject) -> None:
        super().__init__(stored.key)
        self.stored = stored


def check_read(conditions: Conditions, stored: StoredObject) -> None:
    """Raises `PreconditionFailed` or `NotModified`, in the order of RFC 9110 §13.2.2."""
    if not conditions:
        return
    if not wanted_version(conditions, stored):
        raise PreconditionFailed()
    if conditions.none_match is not None:
        if matches(conditions.none_match, stored):
            raise NotModified(stored)
    elif conditions.modified_since_ms is not None and not is_newer(
        stored, conditions.modified_since_ms, conditions.to_the_second
    ):
        raise NotModified(stored)


def check_write(conditions: Conditions, stored: StoredObject | None) -> None:
    """Raises `PreconditionFailed`. What is absent has no ETag and was never modified."""
    if not conditions:
        return
    if stored is None:
        if conditions.match is not None or conditions.modified_since_ms is not None:
            raise PreconditionFailed()
        return
    try:
        check_read(conditions, stored)
    except NotModified:
        raise PreconditionFailed() from None


def wanted_version(conditions: Conditions, stored: StoredObject) -> bool:
    if conditions.match is not None:
        return matches(conditions.match, stored)
    if conditions.unmodified_since_ms is not None:
        return not is_newer(stored, conditions.unmodified_since_ms, conditions.to_the_second)
    return True


def matches(etags: frozenset[str], stored: StoredObject) -> bool:
    return ANY in etags or stored.etag in etags


def is_newer(stored: StoredObject, moment_ms: int, to_the_second: bool) -> bool:
    if to_the_second:
        return stored.uploaded_ms // 1000 > moment_ms // 1000
    return stored.uploaded_ms > moment_ms


def resolve(wanted: ByteRange | None, size: int) -> tuple[int, int]:
    """Offset and length within `size` bytes. Raises `InvalidRange` where nothing is left."""
    if wanted is None:
        return 0, size
    if wanted.suffix is not None:
        length = min(wanted.suffix, size)
        if not length:
            raise InvalidRange()
        return size - length, length
    if wanted.offset >= size or wanted.length == 0:
        raise InvalidRange()
    rest = size - wanted.offset
    return wanted.offset, rest if wanted.length is None else min(wanted.length, rest)
