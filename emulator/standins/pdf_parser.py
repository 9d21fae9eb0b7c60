"""A PDF parser as JobMatch calls one: `POST /parse-pdf {"pdfUrl": "data:…"}` → `{text, pages}`.

Only documents that the request holds are read: no URL is fetched.
"""

import asyncio
import base64
import binascii
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.standins.standin import Asgi, Place

MAX_PDF_BYTES = 32 * 1024**2
PARSE_SECONDS = 20.0
# Documents that are read at the same time; the others wait.
MAX_AT_ONCE = 4
PROGRAM = Path(__file__).with_name("pdf_text.py")


class BadDocument(Exception):
    """Why there is no text, in a sentence."""


def create_app(place: Place) -> Asgi:
    at_once = asyncio.Semaphore(MAX_AT_ONCE)

    async def parse_pdf(request: Request) -> Response:
        try:
            document = document_of(await request.body())
            async with at_once:
                return JSONResponse(await text_of(document))
        except BadDocument as reason:
            return JSONResponse({"error": str(reason)}, 400)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/parse-pdf", parse_pdf, methods=["POST"]),
            Route("/health", health),
        ]
    )


def document_of(body: bytes) -> bytes:
    """The bytes of the data URL in the request. Raises `BadDocument`."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadDocument("the body is not JSON") from None
    url = asked.get("pdfUrl") if isinstance(asked, dict) else None
    if not isinstance(url, str) or not url:
        raise BadDocument("pdfUrl is required")
    scheme, _, rest = url.partition(":")
    head, comma, data = rest.partition(",")
    if scheme.lower() != "data" or not comma:
        raise BadDocument("pdfUrl has to be a data: URL; Cloudflare Twin fetches no other")
    try:
        document = decoded(head, data)
    except (ValueError, binascii.Error):
        raise BadDocument("pdfUrl is not valid base64") from None
    if len(document) > MAX_PDF_BYTES:
        raise BadDocument(f"the document is larger than {MAX_PDF_BYTES} bytes")
    return document


def decoded(head: str, data: str) -> bytes:
    if head.lower().endswith(";base64"):
        return base64.b64decode(unquote_to_bytes(data), validate=True)
    return unquote_to_bytes(data)


async def text_of(document: bytes) -> dict[str, Any]:
    """`{"text", "pages"}`. Raises `BadDocument`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(document), PARSE_SECONDS)
    except TimeoutError:
        raise BadDocument("the document takes too long to read") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    answer: dict[str, Any] = orjson.loads(out) if out else {"error": "the document is too complex"}
    if "error" in answer:
        raise BadDocument(answer["error"])
    return answer
