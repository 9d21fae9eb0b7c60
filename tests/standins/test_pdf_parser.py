"""The PDF parser: documents of any kind, and what is said of those that are none."""

import base64
from typing import Any

import pytest

from tests.standins.conftest import Ask

URL = "https://pdf-parser.example.com/parse-pdf"


def pdf(*pages: str) -> bytes:
    """A small PDF, one line of text a page, in Helvetica."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for text in pages:
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
        stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
        objects.append(stream)
        page = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
            b" >> >> >>" % len(objects)
        )
        objects.append(page)
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def data_url(document: bytes) -> dict[str, Any]:
    return {"pdfUrl": f"data:application/pdf;base64,{base64.b64encode(document).decode()}"}


async def test_the_text_of_every_page_is_read(ask: Ask) -> None:
    read = await ask("POST", URL, json=data_url(pdf("Ada Example", "Python, SQL")))

    assert read.json() == {"text": "Ada Example\nPython, SQL", "pages": 2}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "pdfUrl is required"),
        (b'{"pdfUrl": 1}', "pdfUrl is required"),
        (b'{"pdfUrl": "https://example.com/a.pdf"}', "pdfUrl has to be a data: URL"),
        (b'{"pdfUrl": "file:///etc/passwd"}', "pdfUrl has to be a data: URL"),
        (b'{"pdfUrl": "data:application/pdf;base64,%%%"}', "pdfUrl is not valid base64"),
        (b'{"pdfUrl": "data:,hello"}', "the document is not a PDF that can be read"),
        (b'{"pdfUrl": "data:,"}', "the document is not a PDF that can be read"),
    ],
)
async def test_what_is_no_document_is_refused(ask: Ask, body: bytes, reason: str) -> None:
    refused = await ask("POST", URL, content=body)

    assert refused.status_code == 400
    assert refused.json()["error"].startswith(reason)


async def test_half_a_document_is_no_error_of_ours(ask: Ask) -> None:
    refused = await ask("POST", URL, json=data_url(pdf("Hello")[:300]))

    assert refused.status_code in (200, 400)
