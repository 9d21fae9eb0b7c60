"""ULIDs, the form of a log's id: 48 bits of milliseconds and 80 of chance, in 26 characters."""

from emulator.core.ids import Ids

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now: float, ids: Ids) -> str:
    """A new one; of two the later sorts behind, to the millisecond. `now` is epoch seconds."""
    number = (int(now * 1000) << 80) | int(ids.hex(20), 16)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
