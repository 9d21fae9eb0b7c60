"""What buckets and keys may be called, and how limits and types are written."""

import re
from decimal import Decimal

from emulator.standins.supabase.storage.errors import (
    InvalidBucketName,
    InvalidKey,
    InvalidMimeType,
    InvalidSizeLimit,
)

MAX_BUCKET_CHARACTERS = 100
MAX_KEY_BYTES = 1_024
KEY = re.compile(r"[A-Za-z0-9_/!.*'() &$=@;:+,?-]+")
BUCKET = re.compile(r"[A-Za-z0-9_!.*'() &$=@;:+,?-]+")
SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(gb|mb|kb|b)", re.IGNORECASE)
UNITS = {"gb": 10**9, "mb": 10**6, "kb": 10**3, "b": 1}
MIME_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]+/(?:\*|[a-zA-Z0-9!#$&^_.+-]+)")
MAX_SIZE_DIGITS = 20
# What no header may hold.
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def check_key(key: str) -> str:
    """The key, if it is one. Raises `InvalidKey`."""
    if KEY.fullmatch(key) is None or len(key) > MAX_KEY_BYTES:
        raise InvalidKey(key=key[:MAX_KEY_BYTES].encode("utf-8", "replace").decode())
    return key


def check_bucket(name: str) -> str:
    if BUCKET.fullmatch(name) is None or len(name) > MAX_BUCKET_CHARACTERS or name != name.strip():
        raise InvalidBucketName()
    return name


def size_limit(value: int | str | None) -> int | None:
    """`20MB`, `"1000"` or a number as bytes."""
    if value is None or isinstance(value, int):
        if value is not None and not 0 <= value < 2**53:
            raise InvalidSizeLimit()
        return value
    if len(value) > MAX_SIZE_DIGITS:
        raise InvalidSizeLimit()
    if value.isascii() and value.isdecimal():
        return int(value) if int(value) < 2**53 else size_limit(-1)
    parts = SIZE.fullmatch(value)
    if parts is None:
        raise InvalidSizeLimit()
    return int(Decimal(parts[1]) * UNITS[parts[2].lower()])


def check_patterns(types: list[str] | None) -> list[str] | None:
    """The types a bucket takes: `image/png`, `image/*`, `*/*`."""
    for one in types or []:
        if MIME_TYPE.fullmatch(one) is None:
            raise InvalidMimeType(
                type=one[:MAX_BUCKET_CHARACTERS].encode("utf-8", "replace").decode()
            )
    return types


def check_type(content_type: str, allowed: list[str] | None) -> None:
    """Raises `InvalidMimeType` unless a bucket that takes `allowed` takes this."""
    if not allowed:
        return
    wanted = content_type.partition(";")[0].strip().lower()
    families = {wanted, f"{wanted.partition('/')[0]}/*", "*/*"}
    if families.isdisjoint(one.lower() for one in allowed):
        raise InvalidMimeType(type=wanted)
