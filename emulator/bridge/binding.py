"""The bindings of a Worker in `wrangler dev`: each call of one is a request to the bridge.

`MF-Binding` names the binding, `MF-URL` is what the runtime asked of it, `MF-Header-…` are the
headers it sent; the answer is the binding's own. The same doors answer as for Workers that run
here, and a call is theirs alone once it has come this far: bodies stream both ways.
"""

from collections.abc import Callable, Mapping, MutableMapping
from itertools import count
from time import perf_counter
from typing import Any, cast
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import orjson

from emulator.bridge.errors import AddressInvalid, BindingUnknown, BindingUnnamed
from emulator.bridge.sessions import Json, Preview, Sessions
from emulator.core.errors import CloudflareError, NotImplementedHere
from emulator.core.events import Event
from emulator.twin import Twin
from emulator.wire.binding import (
    HEADER,
    Binding,
    BindingListener,
    Bindings,
    Door,
    answer,
    refused_in_text,
)
from emulator.wire.body import Receive, discard, stream_body
from emulator.wire.call import Scope
from emulator.wire.inside import Asgi
from emulator.wire.stream import Send

# What answers for a script of an account; None for one that does not run here.
Services = Callable[[str, str], Asgi | None]

NAME, URL, TOKEN = b"mf-binding", b"mf-url", b"cf-workers-preview-token"
SENT = b"mf-header-"
# Without it wrangler looks whether the answer is that of somebody in between.
FORWARDED = (b"mf-forwarded-response", b"true")
# Those of the connection, which are not the binding's.
OWN = {HEADER, b"connection", b"content-length", b"host", b"transfer-encoding", b"upgrade"}
# That of the request itself describes the body that comes.
KEPT = {b"content-length", b"transfer-encoding"}

# By type: the kind of door, and the field that names the resource.
KINDS: Mapping[str, tuple[str, str]] = {
    "d1": ("d1", "id"),
    "kv_namespace": ("kv", "namespace_id"),
    "r2_bucket": ("r2", "bucket_name"),
    "vectorize": ("vectorize", "index_name"),
}


class Bridge:
    """The application of the bridge's listener."""

    def __init__(
        self, twin: Twin, sessions: Sessions, doors: Mapping[str, Door], services: Services
    ) -> None:
        self._twin = twin
        self._sessions = sessions
        self._services = services
        self._bindings = Bindings(twin.ids)
        self._listener = BindingListener(twin, self._bindings, doors)
        self._rays = count(int(twin.ids.hex(12), 16))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        preview: Preview | None = None
        is_socket = scope["type"] == "websocket"
        try:
            preview = self._sessions.find(token_of(scope))
            name = name_of(scope)
            if name is None and scope.get("method") == "GET":
                await send_text(send, b"The bridge of Cloudflare Twin.\n")
            elif is_socket and is_rpc(scope):
                raise NotImplementedHere(operation=f"RPC over the remote binding {name}")
            else:
                await self._pass_on(preview, name, scope, receive, send)
        except CloudflareError as error:
            self._record(started, scope, preview, error)
            if is_socket:
                await refuse_socket(scope, receive, send, error)
                return
            await discard(stream_body(receive, 0))
            await answer(scope, receive, send, refused_in_text(error), str(error))

    async def _pass_on(
        self, preview: Preview, name: str | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if name is None:
            raise BindingUnnamed()
        binding = preview.bindings.get(name)
        if binding is None:
            raise BindingUnknown(name=name)
        inner = inner_scope(scope)
        if binding["type"] == "service":
            await self._service(preview, binding)(inner, receive, marked(send))
            return
        if scope["type"] == "websocket":
            raise NotImplementedHere(operation=f"A WebSocket of the remote binding {name}")
        token = self._bindings.issue(opened(preview.account_id, binding))
        inner["headers"].insert(0, (HEADER, token.encode()))
        try:
            await self._listener(inner, receive, marked(send))
        finally:
            self._bindings.revoke(token)

    def _service(self, preview: Preview, binding: Json) -> Asgi:
        """Raises `NotImplementedHere` where scripts do not run, or not by that entry point."""
        entrypoint = binding.get("entrypoint") or "default"
        app = self._services(preview.account_id, binding["service"])
        if app is None or entrypoint != "default":
            what = f"The remote binding {binding['name']} to {binding['service']}.{entrypoint}"
            raise NotImplementedHere(operation=what)
        return app

    def _record(
        self, started: float, scope: Scope, preview: Preview | None, error: CloudflareError
    ) -> None:
        """A refusal of the bridge's own; what a door answers, the door records."""
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                f"{next(self._rays):016x}-{self._twin.settings.colo}",
                "bridge",
                "bridge.refused",
                preview.account_id if preview else None,
                scope.get("method", "GET"),
                scope["path"],
                error.status,
                error.code,
                (perf_counter() - started) * 1000,
                None,
            )
        )


def opened(account_id: str, binding: Json) -> Binding:
    """What the doors know the binding as. Raises `NotImplementedHere`."""
    kind = binding["type"]
    if kind == "ai":
        return Binding(account_id, "ai", "ai", name=binding["name"])
    if kind not in KINDS:
        raise NotImplementedHere(operation=f"A remote binding of type {kind}")
    door, field = KINDS[kind]
    jurisdiction = binding.get("jurisdiction") or "default"
    return Binding(account_id, door, binding[field], jurisdiction, name=binding["name"])


def inner_scope(scope: Scope) -> MutableMapping[str, Any]:
    """The request as the binding was asked. Raises `AddressInvalid`."""
    text = (header(scope, URL) or b"http://example.com").decode("utf-8", "replace")
    try:
        url = urlsplit(text)
        host = url.netloc.encode("ascii")
        raw_path = url.path.encode("ascii") or b"/"
        query = url.query.encode("ascii")
    except ValueError:
        raise AddressInvalid(url=text[:200]) from None
    if url.scheme not in ("http", "https"):
        raise AddressInvalid(url=text[:200])
    headers = sent(scope)
    protocols = dict(headers).get(b"sec-websocket-protocol", b"").decode("latin-1")
    return {
        **scope,
        "scheme": url.scheme,
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": query,
        "headers": [(b"host", host), *headers],
        "subprotocols": [one.strip() for one in protocols.split(",") if one.strip()],
    }


def sent(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers that the runtime sent, and those that tell how long the body is."""
    pairs = []
    for name, value in scope["headers"]:
        if name in KEPT:
            pairs.append((name, value))
        elif name.startswith(SENT) and (inner := name[len(SENT) :]) not in OWN:
            pairs.append((inner, value))
    return pairs


def marked(send: Send) -> Send:
    """`send`, which says that the answer is the binding's."""

    async def forward(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], FORWARDED]}
        await send(message)

    return forward


async def refuse_socket(scope: Scope, receive: Receive, send: Send, error: CloudflareError) -> None:
    """Of a session of RPC, whatever is called in it rejects with the refusal; others never open."""
    await receive()
    if not is_rpc(scope):
        await refuse_handshake(scope, send, error)
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if (call := awaited(message)) is not None:
            rejection = ["reject", call, ["error", "Error", str(error)]]
            await send({"type": "websocket.send", "text": orjson.dumps(rejection).decode()})


async def refuse_handshake(scope: Scope, send: Send, error: CloudflareError) -> None:
    """In words where the server can: wrangler reads those of a preview that is over."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000})
        return
    reply = refused_in_text(error)
    start = {"status": reply.status, "headers": list(reply.headers)}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": reply.body})


def awaited(message: Mapping[str, Any]) -> int | None:
    """The call whose result the frame asks for: Cap'n Web's `["pull", number]`."""
    try:
        frame = orjson.loads(message.get("text") or b"")
    except orjson.JSONDecodeError:
        return None
    match frame:
        case ["pull", int(call)] if not isinstance(call, bool):
            return call
    return None


def header(scope: Scope, wanted: bytes) -> bytes | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return cast(bytes, value)
    return None


def query(scope: Scope, name: str) -> str | None:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get(name)


def token_of(scope: Scope) -> str | None:
    """In a header; in the query of the request that only looks whether the bridge is there."""
    value = header(scope, TOKEN)
    return value.decode("latin-1") if value else query(scope, "cf_workers_preview_token")


def name_of(scope: Scope) -> str | None:
    value = header(scope, NAME)
    return value.decode("utf-8", "replace") if value else query(scope, "MF-Binding")


def is_rpc(scope: Scope) -> bool:
    """Whether the socket is a session of Cap'n Web: it is opened by its URL alone."""
    return query(scope, "MF-Binding") is not None


async def send_text(send: Send, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})
