"""Where a listing stands: its snapshot, its size and the last id, in a form not to be read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import orjson

from emulator.vectorize.errors import InvalidCursor


@dataclass(frozen=True, slots=True)
class Cursor:
    """`snapshot` is the last mutation the listing knows, `last` the id it has come to."""

    snapshot: int
    total: int
    expires_at: float
    last: str

    def text(self) -> str:
        parts = [self.snapshot, self.total, self.expires_at, self.last]
        return urlsafe_b64encode(orjson.dumps(parts)).decode()


def cursor_of(text: str, now: float) -> Cursor:
    """Raises `InvalidCursor` for one that is none or too old."""
    try:
        snapshot, total, expires_at, last = orjson.loads(urlsafe_b64decode(text))
        cursor = Cursor(int(snapshot), int(total), float(expires_at), str(last))
    except (ValueError, TypeError, OverflowError):
        raise InvalidCursor() from None
    if not -(2**63) <= cursor.snapshot < 2**63 or cursor.expires_at <= now:
        raise InvalidCursor()
    return cursor
