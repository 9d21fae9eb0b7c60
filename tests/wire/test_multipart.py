"""Multipart bodies come apart as they were put together, whatever their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.wire.multipart import MalformedMultipart, parts_of

TYPE = "multipart/form-data; boundary=xyz"


def body_of(*parts: tuple[str, bytes]) -> bytes:
    lines = [
        b'--xyz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), data)
        for n, data in parts
    ]
    return b"".join(lines) + b"--xyz--\r\n"


@given(st.binary(max_size=200).filter(lambda data: b"--xyz" not in data))
def test_bytes_survive(data: bytes) -> None:
    assert [part.data for part in parts_of(body_of(("value", data)), TYPE)] == [data]


def test_names_files_and_types_are_told_apart() -> None:
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="./a-b.txt"; filename="blob"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\nx\r\n--xyz--\r\n"
    )

    part = parts_of(body, TYPE)[0]

    assert (part.name, part.filename) == ("./a-b.txt", "blob")
    assert part.content_type == "application/octet-stream"


def test_a_text_part_may_be_large() -> None:
    assert len(parts_of(body_of(("value", b"x" * 3_000_000)), TYPE)[0].data) == 3_000_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", TYPE),
        (b"garbage", TYPE),
        (body_of(("a", b"1"))[:-9], TYPE),
        (body_of(("a", b"1")), "multipart/form-data"),
    ],
)
def test_what_is_not_multipart_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(MalformedMultipart):
        parts_of(body, content_type)
