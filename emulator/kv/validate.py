"""KV's rules for one key, value, piece of metadata or expiration: pure, the same on all doors."""

import orjson

from emulator.kv.errors import (
    InvalidExpiration,
    KeyNameEmpty,
    KeyNameNotAllowed,
    KeyTooLong,
    MetadataNotJson,
    MetadataTooLarge,
    ValueTooLarge,
)
from emulator.kv.limits import (
    MAX_KEY_BYTES,
    MAX_METADATA_BYTES,
    MAX_VALUE_BYTES,
    MIN_TTL_SECONDS,
)
from emulator.kv.models import Pair

IN_THE_PAST = (
    "Please specify integer greater than the current number of seconds since the UNIX epoch."
)


def key_bytes(key: str) -> bytes:
    """The key as it is stored and sorted: UTF-8. Raises what KV says of a bad one."""
    encoded = key.encode()
    if not encoded:
        raise KeyNameEmpty()
    if len(encoded) > MAX_KEY_BYTES:
        raise KeyTooLong(length=len(encoded), limit=MAX_KEY_BYTES)
    if key in (".", ".."):
        raise KeyNameNotAllowed(key=key)
    return encoded


def check_pair(pair: Pair) -> None:
    """Raises what KV says of a value or metadata that is too large, or not JSON."""
    if len(pair.value) > MAX_VALUE_BYTES:
        raise ValueTooLarge(length=len(pair.value), limit=MAX_VALUE_BYTES)
    if pair.metadata is None:
        return
    length = len(pair.metadata.encode())
    if length > MAX_METADATA_BYTES:
        raise MetadataTooLarge(length=length, limit=MAX_METADATA_BYTES)
    try:
        orjson.loads(pair.metadata)
    except orjson.JSONDecodeError as error:
        raise MetadataNotJson(reason=error) from None


def expiry_of(pair: Pair, now: float) -> int | None:
    """The epoch second from which the pair is absent; None if never. A TTL wins."""
    seconds = int(now)
    if (ttl := pair.ttl_seconds) is not None:
        if ttl <= 0:
            raise refusal("expiration_ttl", ttl, "Please specify integer greater than 0.")
        if ttl < MIN_TTL_SECONDS:
            raise refusal("expiration_ttl", ttl, "Expiration TTL must be at least 60.")
        return seconds + ttl
    if (at := pair.expires_at) is not None:
        if at <= seconds:
            raise refusal("expiration", at, IN_THE_PAST)
        if at < seconds + MIN_TTL_SECONDS:
            rule = "Expiration times must be at least 60 seconds in the future."
            raise refusal("expiration", at, rule)
        return at
    return None


def refusal(name: str, value: int, rule: str) -> InvalidExpiration:
    return InvalidExpiration(name=name, value=value, rule=rule)
