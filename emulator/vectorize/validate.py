"""Vectorize's rules for names, ids and keys: pure, the same on all doors."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.vectorize.errors import (
    IdTooLong,
    InvalidConfig,
    InvalidId,
    InvalidIndexName,
    InvalidMetadataKey,
    NamespaceTooLong,
    TooManyIds,
)
from emulator.vectorize.limits import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_DIMENSIONS,
    MAX_ID_BYTES,
    MAX_KEY_CHARACTERS,
    MAX_NAME_BYTES,
    MAX_NAMESPACE_BYTES,
)

NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{MAX_NAME_BYTES - 1}}}")


def check_index(name: str, dimensions: int, description: str) -> None:
    """Raises `InvalidIndexName`, `InvalidConfig`."""
    if NAME.fullmatch(name) is None:
        raise InvalidIndexName(name=printable(name), limit=MAX_NAME_BYTES)
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise InvalidConfig(rule=f"dimensions must be from 1 to {MAX_DIMENSIONS}")
    if len(description) > MAX_DESCRIPTION_CHARACTERS:
        limit = MAX_DESCRIPTION_CHARACTERS
        raise InvalidConfig(rule=f"description must not be longer than {limit} characters")


def check_id(id: str) -> None:
    """Raises `IdTooLong`, `InvalidId`."""
    length = byte_length(id)
    if length > MAX_ID_BYTES:
        raise IdTooLong(limit=MAX_ID_BYTES, length=length)
    # [guess] that these are refused is not documented.
    if not id or "\0" in id:
        raise InvalidId(rule="it must not be empty or hold a NUL")


def check_ids(ids: Sequence[str], limit: int) -> None:
    if len(ids) > limit:
        raise TooManyIds(limit=limit, count=len(ids))
    for id in ids:
        check_id(id)


def check_namespace(namespace: str) -> None:
    """Raises `NamespaceTooLong`."""
    length = byte_length(namespace)
    if length > MAX_NAMESPACE_BYTES:
        raise NamespaceTooLong(limit=MAX_NAMESPACE_BYTES, length=length)


def check_path(path: str) -> None:
    """A property as indexes and filters name it: keys joined by dots. `InvalidMetadataKey`."""
    for key in path.split("."):
        check_key(key, whole=path)


def check_metadata(metadata: Mapping[str, Any], known: set[str]) -> None:
    """All keys at all depths. `known` are keys found good before, and grows."""
    waiting: list[Any] = [metadata]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            for key in value:
                if key not in known:
                    check_key(key, whole=key)
                    known.add(key)
            waiting += [child for child in value.values() if isinstance(child, Mapping | list)]
        else:
            waiting += [child for child in value if isinstance(child, Mapping | list)]


def check_key(key: str, *, whole: str) -> None:
    if not key:
        raise refusal(whole, "a key must not be empty")
    if key.startswith("$"):
        raise refusal(whole, "a key must not start with $")
    if '"' in key or "\0" in key or "." in key:
        raise refusal(whole, "a key must not hold a quotation mark, a dot or a NUL")
    if len(whole) > MAX_KEY_CHARACTERS:
        raise refusal(whole, f"a key must not be longer than {MAX_KEY_CHARACTERS} characters")


def refusal(key: str, rule: str) -> InvalidMetadataKey:
    return InvalidMetadataKey(key=printable(key[:MAX_KEY_CHARACTERS]), rule=rule)


def byte_length(text: str) -> int:
    """In UTF-8. Raises `InvalidId` for text that has none: lone surrogates."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidId(rule="it is not valid Unicode") from None


def printable(text: str) -> str:
    """As a message can carry it."""
    return text.encode("utf-8", "replace").decode()
