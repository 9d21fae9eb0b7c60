"""`caches`: the Cache API of a script, by the protocol that workerd speaks."""

from typing import Any
from urllib.parse import quote, urlsplit

from emulator.workers.python.fetcher import PROTO_HEADER, response_of
from emulator.workers.python.messages import Request, Response
from emulator.workers.python.values import JsException, JsProxy, options_of
from emulator.workers.python.wire import TOKEN_HEADER, Channel

NOT_GET = "Cannot cache response to non-GET request."
PARTIAL = "Cannot cache response to a range request (206 Partial Content)."
VARIES = "Cannot cache response with 'Vary: *' header."


class Cache(JsProxy):
    """One cache; the default one has no name."""

    def __init__(self, channel: Channel, token: str, name: str | None = None) -> None:
        self._channel = channel
        self._token = token
        self._name = name

    async def match(self, resource: Any, given: Any = None, **named: Any) -> Response | None:
        request = Request(resource)
        if request.method != "GET" and not options_of(given, named).get("ignoreMethod"):
            return None
        headers = [*request.headers.raw(), (b"cache-control", b"only-if-cached")]
        answer = await self._ask("GET", request, headers)
        if answer.headers.get("cf-cache-status") != "HIT":
            await answer.content()
            return None
        return answer

    async def put(self, resource: Any, response: Any) -> None:
        request, stored = Request(resource), getattr(response, "js_object", response)
        if request.method != "GET":
            raise JsException("TypeError", NOT_GET)
        if stored.status == 206:
            raise JsException("TypeError", PARTIAL)
        if "*" in (stored.headers.get("vary") or ""):
            raise JsException("TypeError", VARIES)
        content = await stored.content()
        pairs = [pair for pair in stored.headers.raw() if pair[0] != b"content-length"]
        pairs.append((b"content-length", b"%d" % len(content)))
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in pairs)
        head = b"HTTP/1.1 %d %s\r\n" % (stored.status, stored.statusText.encode() or b"OK")
        answer = await self._ask("PUT", request, [], head + lines + b"\r\n" + content)
        await answer.content()
        # One that is too large is not stored, and no error.
        if answer.status >= 300 and answer.status != 413:
            raise JsException("Error", f"Cache API PUT failed: {answer.status}")

    async def delete(self, resource: Any, given: Any = None, **named: Any) -> bool:
        request = Request(resource)
        answer = await self._ask("PURGE", request, [])
        await answer.content()
        return answer.status == 200

    async def _ask(
        self, method: str, request: Request, headers: Any, body: bytes | None = None
    ) -> Response:
        parts = urlsplit(request.url)
        sent = [
            (b"host", parts.netloc.encode()),
            (TOKEN_HEADER, self._token.encode()),
            (PROTO_HEADER, parts.scheme.encode()),
            *[pair for pair in headers if pair[0] not in (b"host", b"content-length")],
        ]
        if self._name is not None:
            sent.append((b"cf-cache-namespace", quote(self._name, safe="").encode()))
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = await self._channel.request(method, target, sent, body)
        return response_of(answer, request)


class Caches(JsProxy):
    """`caches.default` and `caches.open(name)`."""

    def __init__(self, channel: Channel, token: str) -> None:
        self._channel = channel
        self._token = token
        self.default = Cache(channel, token)

    async def open(self, name: str) -> Cache:
        return Cache(self._channel, self._token, str(name))
