"""What a reader finds in exported documents, and a résumé to upload."""

import io

import docx
import fpdf
import pypdf

Text = str


def pdf_pages(content: bytes) -> list[Text]:
    """The text of each page."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    return [page.extract_text() for page in reader.pages]


def page_size(content: bytes) -> tuple[float, float]:
    box = pypdf.PdfReader(io.BytesIO(content)).pages[0].mediabox
    return float(box.width), float(box.height)


def docx_text(content: bytes) -> Text:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(content)).paragraphs)


def flat(text: Text) -> Text:
    """Without line breaks, which are the page's and not the writer's."""
    return " ".join(text.split())


def written_pdf(*lines: Text) -> bytes:
    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    for line in lines:
        document.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())
