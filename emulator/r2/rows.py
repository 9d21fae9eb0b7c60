"""Rows of the catalogue as objects, uploads and parts, and the other way round."""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from emulator.core.storage import Row, Value
from emulator.r2.models import (
    NOTHING,
    PLAIN,
    Attributes,
    Checksum,
    HttpMetadata,
    Part,
    StoredObject,
    Upload,
)


def object_of(row: Row) -> StoredObject:
    """From the columns of a listing; the content comes behind them, where it was asked for."""
    number, key, version, size, etag, uploaded_ms, storage_class, http, custom = row[:9]
    return StoredObject(
        number,
        key.decode(),
        version,
        size,
        etag,
        uploaded_ms,
        storage_class,
        http_of(http),
        custom_of(custom),
        checksum_of(row[9]),
        row[10],
        row[11],
        row[12] if len(row) > 12 else None,
    )


def upload_of(row: Row) -> Upload:
    number, upload_id, key, created_ms, http, custom, storage_class, ssec, algorithm = row
    attributes = Attributes(http_of(http), custom_of(custom), storage_class, ssec)
    return Upload(upload_id, number, key.decode(), created_ms, attributes, algorithm)


def part_of(row: Row) -> Part:
    number, size, etag, uploaded_ms, checksum, _blob = row
    return Part(number, size, etag, uploaded_ms, checksum_of(checksum))


def http_of(text: str | None) -> HttpMetadata:
    return PLAIN if text is None else HttpMetadata(**orjson.loads(text))


def custom_of(text: str | None) -> Mapping[str, str]:
    return NOTHING if text is None else MappingProxyType(orjson.loads(text))


def checksum_of(text: str | None) -> Checksum | None:
    return None if text is None else Checksum(*orjson.loads(text))


def http_column(http: HttpMetadata) -> Value:
    return orjson.dumps(http.to_row()).decode() if http != PLAIN else None


def custom_column(custom: Mapping[str, str]) -> Value:
    return orjson.dumps(dict(custom)).decode() if custom else None


def checksum_column(checksum: Checksum | None) -> Value:
    if checksum is None:
        return None
    return orjson.dumps((checksum.algorithm, checksum.value, checksum.composite)).decode()
