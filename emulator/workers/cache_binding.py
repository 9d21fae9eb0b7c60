"""The Cache API as the runtime speaks it: `caches.default` and `caches.open(…)` of a script.

A match is a GET with `only-if-cached`, a put a PUT whose body is a whole HTTP response, a
delete a PURGE; the request's own URL is the key. A put that is refused with 413 is no error
to a Worker, as at Cloudflare.
"""

from collections.abc import Mapping
from urllib.parse import unquote

from emulator.core.errors import MethodNotAllowed
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.reply import Headers, Reply
from emulator.workers.cache import (
    CachedResponse,
    CacheKey,
    Caches,
    is_unchanged,
    range_of,
)
from emulator.workers.errors import NotAResponse
from emulator.workers.limits import MAX_CACHED_BYTES, MAX_CACHED_HEAD_BYTES

STATUS = b"cf-cache-status"
# Of this connection, and not of the response.
OF_TRANSFER = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


async def handle(call: BindingCall) -> Reply:
    caches, key = call.account.workers.caches, key_of(call)
    match call.scope["method"]:
        case "GET":
            call.operation = "cache.match"
            return match(caches, caches.match(key), headers_of(call))
        case "PUT":
            call.operation = "cache.put"
            status, headers, body = response_in(
                await call.body(MAX_CACHED_BYTES + MAX_CACHED_HEAD_BYTES)
            )
            caches.put(key, status, headers, body)
            return Reply(status=204, headers=())
        case "PURGE":
            call.operation = "cache.delete"
            return Reply(status=200 if caches.delete(key) else 404, headers=())
    raise MethodNotAllowed()


def match(caches: Caches, found: CachedResponse | None, asked: Mapping[str, str]) -> Reply:
    if found is None:
        return Reply(status=504, headers=((STATUS, b"MISS"),))
    headers = shown(found, caches.age(found))
    if is_unchanged(found, asked):
        return Reply(status=304, headers=headers)
    part = range_of(asked.get("range", ""), len(found.body)) if found.status == 200 else None
    if part is None:
        return Reply(found.body, status=found.status, headers=headers)
    return partial(found.body, part, headers)


def partial(body: bytes, part: tuple[int, int], headers: Headers) -> Reply:
    start, end = part
    if start >= end:
        # [guess] what is told of a range that there is not.
        unsatisfied = (b"content-range", b"bytes */%d" % len(body))
        return Reply(status=416, headers=(*headers, unsatisfied))
    place = (b"content-range", b"bytes %d-%d/%d" % (start, end - 1, len(body)))
    return Reply(body[start:end], status=206, headers=(*headers, place))


def shown(found: CachedResponse, age: int) -> Headers:
    headers = [(name.encode(), value.encode()) for name, value in found.headers]
    return (*headers, (STATUS, b"HIT"), (b"age", b"%d" % age))


def key_of(call: BindingCall) -> CacheKey:
    """The URL as the Worker has it, and the cache it means."""
    scope, headers = call.scope, headers_of(call)
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    url = f"{headers.get('x-forwarded-proto', 'http')}://{headers.get('host', '')}{path}"
    return CacheKey(call.binding.resource, unquote(headers.get("cf-cache-namespace", "")), url)


def headers_of(call: BindingCall) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("utf-8", "replace")
        for name, value in call.scope["headers"]
    }


def response_in(text: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of a response as text. Its body is not chunked, whatever it says.

    Raises `NotAResponse`.
    """
    head, end, body = text.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    version, _, rest = first.partition(" ")
    digits = rest[:3]
    if not end or not version.startswith("HTTP/") or not (digits.isascii() and digits.isdigit()):
        raise NotAResponse()
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise NotAResponse()
        if (name := name.strip().lower()) not in OF_TRANSFER | {STATUS.decode(), "age"}:
            headers.append((name, value.strip()))
    return int(digits), headers, body


DOOR = Door(handle, refused_in_text)
