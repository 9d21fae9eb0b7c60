"""What is written into the catalogue's columns comes out of them again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.r2.models import Checksum, HttpMetadata, StoredObject
from emulator.r2.rows import (
    checksum_column,
    checksum_of,
    custom_column,
    custom_of,
    http_column,
    http_of,
    object_of,
    part_of,
    upload_of,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MAYBE = st.none() | TEXT
HTTP = st.builds(HttpMetadata, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | st.integers(0, 2**52))
CUSTOM = st.dictionaries(TEXT, TEXT, max_size=4)
CHECKSUMS = st.none() | st.builds(Checksum, TEXT, TEXT, st.booleans())


@given(HTTP, CUSTOM, CHECKSUMS)
def test_columns_round_trip(
    http: HttpMetadata, custom: dict[str, str], checksum: Checksum | None
) -> None:
    assert http_of(text(http_column(http))) == http
    assert custom_of(text(custom_column(custom))) == custom
    assert checksum_of(text(checksum_column(checksum))) == checksum


@given(HTTP, CUSTOM, CHECKSUMS, TEXT, st.binary(max_size=4))
def test_a_row_is_an_object(
    http: HttpMetadata, custom: dict[str, str], checksum: Checksum | None, key: str, data: bytes
) -> None:
    stored = StoredObject(
        7, key, "v", len(data), "e", 5, "Standard", http, custom, checksum, "ssec", 0, data
    )
    columns = (http_column(http), custom_column(custom), checksum_column(checksum))
    row = (7, key.encode(), "v", len(data), "e", 5, "Standard", *columns, "ssec", 0)

    assert object_of((*row, data)) == stored
    assert object_of(row).data is None


@given(HTTP, CUSTOM, TEXT)
def test_a_row_is_an_upload(http: HttpMetadata, custom: dict[str, str], key: str) -> None:
    columns = (http_column(http), custom_column(custom))

    upload = upload_of((7, "id", key.encode(), 5, *columns, None, "ssec", "CRC32"))

    assert (upload.number, upload.id, upload.key, upload.created_ms) == (7, "id", key, 5)
    assert (upload.attributes.http, upload.attributes.custom) == (http, custom)
    assert (upload.attributes.ssec, upload.checksum_algorithm) == ("ssec", "CRC32")


def test_a_row_is_a_part() -> None:
    part = part_of((1, 2, "etag", 3, '["CRC32","AAAAAA==",false]', "blob"))

    assert (part.number, part.size, part.etag, part.uploaded_ms) == (1, 2, "etag", 3)
    assert part.checksum == Checksum("CRC32", "AAAAAA==")


def text(column: Any) -> str | None:
    assert column is None or isinstance(column, str)
    return column
