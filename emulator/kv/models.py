"""What KV holds, in our words. Times are whole epoch seconds, metadata is JSON text."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Namespace:
    id: str
    title: str
    jurisdiction: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key holds."""

    value: bytes
    metadata: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a listing shows it."""

    name: str
    metadata: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Some keys of a listing; `cursor` is None on the last page."""

    keys: Sequence[Key]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """How many pairs were written or keys deleted, and which keys were not."""

    done: int
    failed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One write of a bulk. `ttl_seconds` wins over `expires_at`."""

    key: str
    value: bytes
    metadata: str | None = None
    ttl_seconds: int | None = None
    expires_at: int | None = None

    @classmethod
    def from_json(cls, row: object) -> "Pair":
        """A pair as Cloudflare's bulk write spells it. Raises `ValueError`."""
        if not isinstance(row, Mapping):
            raise ValueError("a pair must be an object")
        key, value, metadata = row.get("key"), row.get("value"), row.get("metadata")
        if not isinstance(key, str):
            raise ValueError("a pair must have a key, a string")
        if not isinstance(value, str):
            raise ValueError(f"{key}: the value must be a string")
        return cls(
            key,
            b64decode(value, validate=True) if row.get("base64") else value.encode(),
            None if metadata is None else orjson.dumps(metadata).decode(),
            whole_number("expiration_ttl", row.get("expiration_ttl")),
            whole_number("expiration", row.get("expiration")),
        )


def whole_number(name: str, value: object) -> int | None:
    """A whole number however a client spells it: 60, 60.0, "60". Raises `ValueError`."""
    if value is None:
        return None
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = 0.5
        if number.is_integer() and abs(number) < 2**53:
            return int(number)
    raise ValueError(f"{name} must be a whole number")
