"""A program of its own: a PDF on its input, `{"text", "pages"}` or `{"error"}` on its output.

A document can be made so that reading it never ends or takes all memory; here that harms
nobody, and whoever started it ends it. It imports nothing of the twin, which takes long.
"""

import json
import resource
import sys
from contextlib import suppress
from io import BytesIO

MAX_MEMORY_BYTES = 2 * 1024**3
MAX_PAGES = 500


class BadDocument(Exception):
    """Why there is no text, in a sentence."""


def main() -> None:
    # Not every system can.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    try:
        text, pages = text_of(sys.stdin.buffer.read())
        answer: dict[str, object] = {"text": text, "pages": pages}
    except BadDocument as reason:
        answer = {"error": str(reason)}
    except Exception as error:
        answer = {"error": f"the document is not a PDF that can be read: {error}"}
    sys.stdout.write(json.dumps(answer))


def text_of(document: bytes) -> tuple[str, int]:
    """The text of all pages, and how many there are. Raises `BadDocument`, and what pypdf does."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(document))
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadDocument("the document needs a password")
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise BadDocument(f"the document has more than {MAX_PAGES} pages")
    return "\n".join(page.extract_text() for page in reader.pages), pages


if __name__ == "__main__":
    main()
