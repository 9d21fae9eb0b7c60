"""Markers are found in whatever encoding an answer has taken."""

import gzip
import html
import io
import json
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.leaks.markers import Markers
from emulator.leaks.reading import layers

MARKERS = Markers("reading")
MARKER = MARKERS.new("owner", "POST /notes|body.text")
WORD = MARKER.word.encode()


def percent(data: bytes) -> bytes:
    return "".join(f"%{byte:02x}" for byte in data).encode()


def entities(data: bytes) -> bytes:
    return "".join(f"&#{byte};" for byte in data).encode()


def escapes(data: bytes) -> bytes:
    return "".join(f"\\u{byte:04x}" for byte in data).encode()


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "upper": bytes.upper,
    "json": lambda data: json.dumps({"text": data.decode()}).encode(),
    "json-escapes": escapes,
    "percent": percent,
    "html": entities,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "hex": lambda data: data.hex().encode(),
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "base64": b64encode,
    "base64-url": urlsafe_b64encode,
    "base64-of-gzip": lambda data: b64encode(gzip.compress(data)),
    "percent-of-html": lambda data: quote(html.escape(data.decode())).encode(),
    "hex-of-json": lambda data: json.dumps([data.decode()]).encode().hex().encode(),
}


def seen(data: bytes) -> set[str]:
    found = (MARKERS.in_text(layer.text) for layer in layers("body", data))
    return {marker.word for markers in found for marker in markers}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_marker_is_found_in_each_encoding(encoding: str) -> None:
    assert seen(ENCODINGS[encoding](WORD)) == {MARKER.word}


@settings(deadline=None)
@given(st.text("abc XYZ09-_.", max_size=12), st.text("abc XYZ09-_.", max_size=12))
def test_a_marker_is_found_at_every_alignment_of_base64(before: str, after: str) -> None:
    inner = before.encode() + WORD + after.encode()

    assert seen(b'{"data": "' + b64encode(inner) + b'"}') == {MARKER.word}


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_read_and_blame_nobody(data: bytes) -> None:
    assert seen(data) == set()


def test_a_marker_is_found_in_a_word_document() -> None:
    document, file = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph(MARKER.word[:7])
    paragraph.add_run(MARKER.word[7:])
    document.save(file)

    assert seen(file.getvalue()) == {MARKER.word}


def test_a_compressed_flood_is_read_only_so_far() -> None:
    flood = gzip.compress(bytes(9 * 1024 * 1024) + WORD, 1)

    assert all(len(layer.text) <= 8 * 1024 * 1024 for layer in layers("body", flood))
