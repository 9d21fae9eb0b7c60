"""`Request` and `Response` as JavaScript has them."""

import re
from collections.abc import AsyncIterator
from http import HTTPMethod, HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from emulator.workers.python.forms import Blob, FormData, URLSearchParams, parse_form
from emulator.workers.python.headers import Headers
from emulator.workers.python.streams import ReadableStream, encoded, gathered, once
from emulator.workers.python.values import (
    JsBuffer,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    is_bytes,
    options_of,
    parse,
    to_js,
)

NULL_BODY = (101, 103, 204, 205, 304)
REDIRECTS = (301, 302, 303, 307, 308)
USED = (
    "Body has already been used. It can only be used once. "
    "Use tee() first if you need to read it twice."
)
TEXT = "text/plain;charset=UTF-8"
HOST = re.compile(r"[^\s/?#@<>\\^|%\"\x00-\x20\x7f]+")

Source = bytes | ReadableStream | None


def source_of(body: Any) -> tuple[Source, str | None]:
    """What the body is read from, and the media type that it brings. Raises `JsException`."""
    if body is None or isinstance(body, ReadableStream):
        return body, None
    if isinstance(body, str):
        return body.encode("utf-8", "replace"), TEXT
    if is_bytes(body):
        return bytes(body), None
    if isinstance(body, Blob):
        return body.content, body.type or None
    if isinstance(body, FormData):
        return body.encoded()
    if isinstance(body, URLSearchParams):
        return str(body).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    if hasattr(body, "__aiter__"):
        return ReadableStream(encoded(aiter(body))), None
    raise JsException("TypeError", f"Unsupported type of body: {type(body).__name__}")


class Message(JsProxy):
    """What requests and answers have in common: headers and a body that is read once."""

    def __init__(self, headers: Any, body: Any) -> None:
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.source, kind = source_of(body)
        self.bodyUsed = False
        if kind is not None and "content-type" not in self.headers:
            self.headers.set("content-type", kind)

    @property
    def js_object(self) -> Any:
        return self

    @property
    def body(self) -> ReadableStream | None:
        """The body as a stream: it is this body's, and read there."""
        if isinstance(self.source, bytes):
            content = self.source
            self.source = ReadableStream(once(content), len(content))
        return self.source

    def take(self) -> Source:
        """The body, for who reads it all. Raises `JsException` the second time."""
        if self.bodyUsed or (isinstance(self.source, ReadableStream) and self.source.locked):
            raise JsException("TypeError", USED)
        self.bodyUsed = self.source is not None
        return self.source

    async def content(self) -> bytes:
        source = self.take()
        if isinstance(source, ReadableStream):
            return await gathered(source.chunks())
        return source or b""

    async def text(self) -> str:
        return (await self.content()).decode("utf-8", "replace").removeprefix("\ufeff")

    async def json(self) -> Any:
        return parse(await self.text())

    async def arrayBuffer(self) -> JsBuffer:  # JavaScript's name
        return JsBuffer(await self.content())

    bytes = buffer = arrayBuffer

    async def blob(self) -> Blob:
        return Blob(await self.content(), content_type=self.headers.get("content-type") or "")

    async def formData(self) -> FormData:
        return parse_form(await self.content(), self.headers.get("content-type") or "")

    form_data = formData

    def split(self) -> Source:
        """A second body with the same content."""
        if self.bodyUsed or (isinstance(self.source, ReadableStream) and self.source.locked):
            raise JsException("TypeError", USED)
        if isinstance(self.source, ReadableStream):
            shared = Shared(self.source)
            self.source = ReadableStream(shared.chunks(), self.source.length)
            return ReadableStream(shared.chunks(), self.source.length)
        return self.source


class Shared:
    """A stream that several read: what one has read is kept for the others."""

    def __init__(self, stream: ReadableStream) -> None:
        self._chunks = stream.chunks()
        self._read: list[bytes] = []

    async def chunks(self) -> AsyncIterator[bytes]:
        number = 0
        while True:
            if number == len(self._read):
                try:
                    self._read.append(await anext(self._chunks))
                except StopAsyncIteration:
                    return
            yield self._read[number]
            number += 1


class Request(Message):
    """A request; made from a URL or from another one."""

    def __init__(self, resource: Any, init: Any = None, **named: Any) -> None:
        options = options_of(init, named)
        given = getattr(resource, "js_object", resource)
        before = given if isinstance(given, Request) else None
        self.url: str = before.url if before else normal(str(given))
        self.method: str = method_of(options.get("method", before.method if before else "GET"))
        self.redirect: str = options.get("redirect", before.redirect if before else "follow")
        self.cf: Any = to_js(options.get("cf", before.cf if before else None))
        self.signal = None
        # The request of a client that wants to talk by WebSocket.
        self.socket: Any = before.socket if before else None
        headers = options.get("headers", before.headers.copy() if before else None)
        body = options.get("body")
        if body is None and before is not None:
            body = before.take()
        if body is not None and self.method in ("GET", "HEAD"):
            raise JsException("TypeError", "Request with a GET or HEAD method cannot have a body.")
        super().__init__(headers, body)

    @classmethod
    def new(cls, *given: Any, **named: Any) -> "Request":
        return cls(*given, **named)

    def clone(self) -> "Request":
        copy = Request(self.url, method=self.method, redirect=self.redirect, cf=self.cf)
        copy.headers, copy.source, copy.socket = self.headers.copy(), self.split(), self.socket
        return copy


class Response(Message):
    """An answer. `run` is set on one that is written by an ASGI application to its WebSocket."""

    def __init__(self, body: Any = None, init: Any = None, **named: Any) -> None:
        options = options_of(init, named)
        if isinstance(init, Response):
            options = {"status": init.status, "headers": init.headers.copy()}
        self.status: int = status_of(options.get("status", 200))
        self.statusText = str(options.get("statusText", ""))
        self.url = ""
        self.type = "default"
        self.redirected = False
        if body is not None and self.status in NULL_BODY and body != "":
            text = "Response with null body status (101, 204, 205, or 304) cannot have a body."
            raise JsException("TypeError", text)
        super().__init__(options.get("headers"), None if self.status in NULL_BODY else body)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def webSocket(self) -> None:
        return None

    @classmethod
    def new(cls, *given: Any, **named: Any) -> "Response":
        return cls(*given, **named)

    @staticmethod
    def json_of(data: Any, init: Any = None, **named: Any) -> "Response":
        made = Response(dumps(data), init, **named)
        if "content-type" not in made.headers:
            made.headers.set("content-type", "application/json")
        return made

    @staticmethod
    def redirect(url: str, status: Any = 302) -> "Response":
        if status_of(status) not in REDIRECTS:
            raise ValueError("Invalid redirect status code.")
        return Response(None, status=status, headers={"location": normal(url)})

    def clone(self) -> "Response":
        copy = Response(None, status=self.status, statusText=self.statusText)
        copy.headers, copy.source, copy.url = self.headers.copy(), self.split(), self.url
        return copy

    def json(self: Any, *given: Any, **named: Any) -> Any:
        """The body's value; called on the class, an answer that holds the value."""
        if isinstance(self, Response):
            return super().json()
        return Response.json_of(self, *given, **named)


def method_of(given: Any) -> str:
    name = given.value if isinstance(given, HTTPMethod) else str(given)
    return name.upper() if name.upper() in HTTPMethod.__members__ else name


def status_of(given: Any) -> int:
    """Raises `JsException`."""
    status = given.value if isinstance(given, HTTPStatus) else given
    if not isinstance(status, int) or not (200 <= status <= 599 or status == 101):
        text = "Responses may only be constructed with status codes in the range 200 to 599"
        raise JsException("RangeError", text)
    return status


def normal(url: str) -> str:
    """The URL as a request has it. Raises `JsException` for one that is not absolute."""
    try:
        parts = urlsplit(url.strip())
        whole = bool(parts.hostname) and (parts.port is None or parts.port >= 0)
        host = parts.netloc.rpartition("@")[2].lower()
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        raise JsException("TypeError", f"Invalid URL: {url}") from None
    if parts.scheme not in ("http", "https", "ws", "wss") or not whole or not HOST.fullmatch(host):
        raise JsException("TypeError", f"Invalid URL: {url}")
    safe = "".join(c if "!" <= c <= "~" and c not in '"<>`' else escaped(c) for c in parts.path)
    query = "".join(c if "!" <= c <= "~" and c not in '"<>' else escaped(c) for c in parts.query)
    host = host.removesuffix(":80" if parts.scheme == "http" else ":443")
    return urlunsplit((parts.scheme, host, safe or "/", query, parts.fragment))


def escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))


class URL(JsProxy):
    """An address and its parts."""

    def __init__(self, url: str, base: str | None = None) -> None:
        from urllib.parse import urljoin

        self.href = normal(urljoin(str(base), str(url)) if base else str(url))
        parts = urlsplit(self.href)
        self.protocol = f"{parts.scheme}:"
        self.host = parts.netloc
        self.hostname = parts.hostname or ""
        self.port = str(parts.port or "")
        self.pathname = parts.path
        self.search = f"?{parts.query}" if parts.query else ""
        self.hash = f"#{parts.fragment}" if parts.fragment else ""
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.searchParams = URLSearchParams(parts.query)

    @classmethod
    def new(cls, *given: Any) -> "URL":
        return cls(*given)

    def toString(self) -> str:
        return self.href

    __str__ = toString


def as_object(given: Any) -> JsObject:
    """What was given as an object: nothing is an empty one."""
    made = to_js(given if given is not None else {})
    return made if isinstance(made, JsObject) else JsObject()
