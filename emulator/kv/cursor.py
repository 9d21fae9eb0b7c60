"""Where a listing stands: the last key looked at, in a form callers cannot read at a glance."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from emulator.kv.errors import InvalidCursor


def cursor_at(key: bytes) -> str:
    return urlsafe_b64encode(key).decode()


def key_after(cursor: str) -> bytes:
    """The smallest key that sorts behind the cursor. Raises `InvalidCursor`."""
    try:
        return urlsafe_b64decode(cursor) + b"\0"
    except ValueError:
        raise InvalidCursor() from None
