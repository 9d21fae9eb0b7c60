"""The rules for names, keys and metadata."""

import re
from collections.abc import Mapping

from emulator.r2.errors import InvalidBucketName, InvalidObjectName, MetadataTooLarge
from emulator.r2.limits import (
    MAX_BUCKET_NAME,
    MAX_KEY_BYTES,
    MAX_METADATA_BYTES,
    MIN_BUCKET_NAME,
)

BUCKET_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def check_bucket_name(name: str) -> None:
    """https://developers.cloudflare.com/r2/buckets/create-buckets/#bucket-level-operations"""
    if not MIN_BUCKET_NAME <= len(name) <= MAX_BUCKET_NAME or not BUCKET_NAME.fullmatch(name):
        raise InvalidBucketName()


def key_bytes(key: str) -> bytes:
    """The key as it is sorted. Raises `InvalidObjectName`."""
    encoded = key.encode()
    if not 0 < len(encoded) <= MAX_KEY_BYTES:
        raise InvalidObjectName()
    return encoded


def check_metadata(custom: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in custom.items())
    if size > MAX_METADATA_BYTES:
        raise MetadataTooLarge()
