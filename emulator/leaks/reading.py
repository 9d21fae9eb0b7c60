"""Everything that an answer says, in whatever encoding it may have taken.

Layers are peeled one by one: compressed bytes, documents, escapes, base64, hex. Each is bounded,
because what is read may be made to be large.
"""

import html
import io
import json
import re
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

DEPTH = 3
MAX_BYTES = 8 * 1024 * 1024
MAX_RUNS = 200
MAX_PAGES = 50
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{14,}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){14,}")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
GZIP, PDF, ZIP = b"\x1f\x8b", b"%PDF-", b"PK\x03\x04"
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True, slots=True)
class Layer:
    """`where` is how it was come by: `body`, `body/pdf`, `header location`, …"""

    where: str
    text: str


def layers(where: str, data: bytes, depth: int = DEPTH) -> Iterator[Layer]:
    """The text of some bytes and of everything inside them."""
    data = data[:MAX_BYTES]
    text = data.decode("utf-8", "replace")
    yield Layer(where, text)
    if b"\0" in data:
        # UTF-16 and UTF-32 of plain words.
        yield Layer(f"{where}/utf-16", data.replace(b"\0", b"").decode("latin-1"))
    if depth:
        for name, inner in inside(data, text):
            yield from layers(f"{where}/{name}", inner, depth - 1)


def inside(data: bytes, text: str) -> Iterator[tuple[str, bytes]]:
    yield from packed(data)
    if "&" in text and (plain := html.unescape(text)) != text:
        yield "html", plain.encode()
    if "%" in text and (raw := unquote_to_bytes(data)) != data:
        yield "percent", raw
    if "\\u" in text:
        yield (
            "json",
            ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).encode("utf-8", "replace"),
        )
    for found in list(HEX.finditer(data))[:MAX_RUNS]:
        yield "hex", bytes.fromhex(found[0].decode())
    runs = [found[0] for found in list(BASE64.finditer(data))[:MAX_RUNS]]
    for run in runs:
        for skipped in range(min(4, len(run) - 13)):
            if is_something(inner := decoded(run[skipped:])):
                yield "base64", inner


def is_something(data: bytes) -> bool:
    """Whether decoded bytes are text or a file, and not what any word would become."""
    plain = sum(32 <= byte < 127 or byte == 0 for byte in data)
    return plain * 8 >= len(data) * 7 or data.startswith((GZIP, PDF, ZIP, *ZLIB))


def packed(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What a file or a stream holds that is not text by itself."""
    if data.startswith(GZIP):
        yield "gzip", inflated(data, 31)
    elif data.startswith(ZLIB):
        yield "deflate", inflated(data, 15)
    elif data.startswith(ZIP):
        yield from (("zip", member) for member in members(data))
    elif PDF in data[:1024]:
        yield "pdf", pdf_text(data).encode("utf-8", "replace")


def inflated(data: bytes, bits: int) -> bytes:
    with suppress(zlib.error):
        return zlib.decompressobj(bits).decompress(data, MAX_BYTES)
    return b""


def members(data: bytes) -> Iterator[bytes]:
    """Of a ZIP file, thus of DOCX, XLSX and EPUB: their names, and bytes without XML's tags."""
    left = MAX_BYTES
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        for member in archive.infolist():
            with archive.open(member) as file:
                content = file.read(left)
            left -= len(content)
            yield member.filename.encode() + b"\n" + re.sub(rb"<[^>]*>", b"", content)
            if left <= 0:
                return
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError):
        return


def pdf_text(data: bytes) -> str:
    """With blanks left out a second time: a line may break within a word."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        return ""
    with suppress(PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        reader = PdfReader(io.BytesIO(data))
        text = "\n".join(page.extract_text() for page in reader.pages[:MAX_PAGES])
        named = json.dumps({name: str(value) for name, value in (reader.metadata or {}).items()})
        return "\n".join((text, named, re.sub(r"\s+", "", text)))
    return ""


def decoded(run: bytes) -> bytes:
    plain = run.translate(bytes.maketrans(b"-_", b"+/"))
    whole = plain[: len(plain) // 4 * 4]
    rest = plain[len(whole) :]
    if len(rest) > 1:
        whole += rest + b"=" * (4 - len(rest))
    return b64decode(whole)
