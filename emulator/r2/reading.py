"""An object that is being read: which of its bytes, and whether whoever asks may have them."""

from collections.abc import Sequence
from typing import NamedTuple

from emulator.core.blobs import Blobs
from emulator.r2.conditions import resolve
from emulator.r2.content import Source
from emulator.r2.errors import InvalidPart, InvalidRequest, MissingSecurityHeader
from emulator.r2.models import ByteRange, Piece, StoredObject


class Reading(NamedTuple):
    """An object and the bytes that were asked for, `length` of them from `offset` on."""

    stored: StoredObject
    offset: int
    length: int
    source: Source


def reading_of(
    blobs: Blobs,
    stored: StoredObject,
    pieces: Sequence[Piece],
    wanted: ByteRange | None,
    part: int | None,
) -> Reading:
    if part is None:
        offset, length = resolve(wanted, stored.size)
    else:
        offset, length = part_range(stored, pieces, part)
    source = Source(blobs, pieces, offset, length, stored.data)
    return Reading(stored, offset, length, source)


def part_range(stored: StoredObject, pieces: Sequence[Piece], part: int) -> tuple[int, int]:
    """Where part `part` lies; of an object that was not uploaded in parts, 1 is the whole."""
    if not stored.is_multipart:
        return 0, stored.size
    return sum(piece.size for piece in pieces[: part - 1]), pieces[part - 1].size


def check_part(stored: StoredObject, part: int | None) -> None:
    last = stored.parts if stored.is_multipart else 1
    if part is not None and not 1 <= part <= last:
        raise InvalidPart()


def check_customer_key(stored: StoredObject, ssec: str | None) -> None:
    """An object with a customer's key is served to whoever has that key, and to no other."""
    if stored.ssec == ssec:
        return
    if ssec is None:
        raise MissingSecurityHeader()
    if stored.ssec is None:
        raise InvalidRequest(reason="The encryption parameters are not applicable to this object.")
    raise InvalidRequest(
        reason="The provided encryption parameters did not match the ones used originally."
    )
