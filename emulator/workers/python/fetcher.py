"""`fetch`: to the outside, to another script, to static assets; all of it by the twin's sockets."""

import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from emulator.workers.python.headers import Headers
from emulator.workers.python.messages import REDIRECTS, Request, Response
from emulator.workers.python.streams import ReadableStream
from emulator.workers.python.values import JsException, JsProxy, dumps
from emulator.workers.python.wire import CAUSE_HEADER, TOKEN_HEADER, Answer, Channel

MAX_REDIRECTS = 20
PROTO_HEADER = b"x-forwarded-proto"
CF_HEADER = b"cftwin-cf"
# A connection's own, and what the way to the twin says itself.
OURS = frozenset(
    (b"host", b"connection", b"content-length", b"transfer-encoding", TOKEN_HEADER, PROTO_HEADER)
    + (CAUSE_HEADER,)
    + (CF_HEADER, b"keep-alive", b"upgrade", b"expect", b"te", b"trailer")
)
METHODS_BY_STATUS = {301: "GET", 302: "GET", 303: "GET"}


class Fetcher(JsProxy):
    """Something to fetch from. `token` is None behind a socket that leads to one script."""

    def __init__(self, channel: Channel, token: str | None, name: str = "") -> None:
        self._channel = channel
        self._token = token
        self._name = name

    async def fetch(self, resource: Any, init: Any = None, **named: Any) -> Response:
        """The answer, redirects followed. Raises `JsException`."""
        request = Request(resource, init, **named)
        for _ in range(MAX_REDIRECTS + 1):
            kept = request.source if isinstance(request.source, bytes | None) else b"?"
            answer = await self._once(request)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None or request.redirect == "manual":
                return answer
            if request.redirect == "error":
                raise JsException("TypeError", "A redirect was met, and redirect is 'error'.")
            request = redirected(request, answer, location, kept)
        raise JsException("TypeError", "Too many redirects.")

    async def _once(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        headers = [pair for pair in request.headers.raw() if pair[0] not in OURS]
        headers = [
            (b"host", parts.netloc.encode()),
            *headers,
            (PROTO_HEADER, parts.scheme.encode()),
        ]
        if self._token is not None:
            headers.append((TOKEN_HEADER, self._token.encode()))
        if request.cf is not None:
            headers.append((CF_HEADER, dumps(request.cf)))
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        source = request.take()
        length = source.length if isinstance(source, ReadableStream) else None
        body = source.chunks() if isinstance(source, ReadableStream) else source
        if body is None and request.method not in ("GET", "HEAD"):
            body = b""
        answer = await self._channel.request(request.method, target, headers, body, length)
        return response_of(answer, request)

    def __getattr__(self, name: str) -> Any:
        """Methods of the other script."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(
            f"RPC from a Python Worker ({self._name}.{name}) is not implemented by Cloudflare Twin"
        )


def redirected(request: Request, answer: Response, location: str, kept: bytes | None) -> Request:
    method = request.method
    if METHODS_BY_STATUS.get(answer.status) and method not in ("GET", "HEAD"):
        if answer.status == 303 or method == "POST":
            method, kept = "GET", None
    if kept == b"?":
        raise JsException(
            "TypeError",
            "A request with a one-time-use body (it was initialized from a stream, "
            "not a buffer) encountered a redirect requiring the body to be retransmitted.",
        )
    headers = request.headers.copy()
    target = urljoin(request.url, location)
    if urlsplit(target).netloc != urlsplit(request.url).netloc:
        headers.delete("authorization")
    if kept is None:
        headers.delete("content-type")
    return Request(target, method=method, headers=headers, body=kept, cf=request.cf)


def response_of(answer: Answer, request: Request) -> Response:
    """The answer as JavaScript's, its content decoded."""
    headers = Headers(
        [
            (name.decode("latin-1"), value.decode("utf-8", "replace"))
            for name, value in answer.headers
        ]
    )
    headers.delete("transfer-encoding")
    headers.delete("connection")
    encoding = (headers.get("content-encoding") or "").lower()
    length = headers.get("content-length")
    chunks, size = answer.chunks(), int(length) if length and length.isdigit() else None
    if encoding in ("gzip", "deflate") and request.method != "HEAD":
        chunks, size = inflated(chunks, encoding), None
    made = Response(None, status=answer.status if answer.status >= 200 else 502)
    made.headers, made.statusText, made.url = headers, answer.reason, request.url
    if request.method == "HEAD" or answer.status in (204, 205, 304):
        answer.close()
    else:
        made.source = ReadableStream(chunks, size)
    return made


async def inflated(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Raises `JsException` if it is not what it says."""
    state = zlib.decompressobj(47 if encoding == "gzip" else 15)
    try:
        async for chunk in chunks:
            if content := state.decompress(chunk):
                yield content
        if content := state.flush():
            yield content
    except zlib.error as error:
        raise JsException("TypeError", f"The body could not be decoded: {error}") from None
