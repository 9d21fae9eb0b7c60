"""Small files: pictures, what only says that it is one, and a résumé."""

import base64

import fpdf

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><title>Not a photo</title><script>alert(1)</script>"
# On the twin a rule of its models knows this one's résumé.
RESUME = (
    "Ada Lindqvist",
    "Backend Engineer, Stockholm, ada.lindqvist@example.com",
    "2025-01 until today: Backend Engineer at Mossbank Networks",
    "2017 to 2020: BSc Computer Science, University of the Harbour",
    "Skills: Rust, GraphQL, observability",
)


def resume_pdf(*lines: str) -> bytes:
    """A page with these lines, or with a whole résumé."""
    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    for line in lines or RESUME:
        document.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())
