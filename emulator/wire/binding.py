"""Where the Workers runtime reaches the products: one listener, a door for each kind of binding.

Every request carries a token in a header that the runtime injects. It stands for one resource
of one account, was made when this process began to serve it, and dies with the process. A
Worker never sees it, and workerd removes a header of that name that a Worker sets itself.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import NamedTuple
from urllib.parse import parse_qsl

from emulator.core.asking import CAUSE_HEADER, Asked
from emulator.core.errors import CloudflareError, InternalError, NotImplementedHere, NotPermitted
from emulator.core.events import Event
from emulator.core.ids import Ids
from emulator.core.trip import Passage, Trip
from emulator.twin import Account, Twin
from emulator.wire.api import CLIENT_CLOSED_REQUEST
from emulator.wire.body import ClientGone, Receive, discard, read_body, stream_body
from emulator.wire.call import Scope
from emulator.wire.reply import Headers, Reply
from emulator.wire.stream import Send, send_stream

HEADER = b"cftwin-binding"
# In `scope["extensions"]` of servers that can: sets the reason phrase of the answer.
REASON = "cftwin.reason"
TOKEN_DIGITS = 64

TEXT: Headers = ((b"content-type", b"text/plain; charset=utf-8"),)

log = logging.getLogger("cftwin.binding")


@dataclass(frozen=True, slots=True)
class Binding:
    """What a token opens. `resource` is the product's id or name; only R2 has jurisdictions.

    `script` holds the token, and calls the resource `name`; None: nobody says.
    """

    account_id: str
    kind: str
    resource: str
    jurisdiction: str = "default"
    script: str | None = None
    name: str = ""


class Bindings:
    """The tokens that are good now. Kept by whoever starts the runtime."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._by_token: dict[bytes, Binding] = {}

    def issue(self, binding: Binding) -> str:
        """A new token, the value of the header `cftwin-binding`."""
        token = self._ids.hex(TOKEN_DIGITS)
        self._by_token[token.encode()] = binding
        return token

    def revoke(self, token: str) -> None:
        """The token opens nothing any more; one that never did is no error."""
        self._by_token.pop(token.encode(), None)

    def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Binding | None:
        """What the request's token opens; None without a good one."""
        for name, value in headers:
            if name == HEADER:
                return self._by_token.get(value)
        return None


class BindingCall:
    """One call of a Worker, as a door sees it: the account, the resource, the raw request."""

    __slots__ = (
        "_chunks",
        "_receive",
        "account",
        "binding",
        "code",
        "detail",
        "operation",
        "scope",
    )

    def __init__(self, scope: Scope, receive: Receive, binding: Binding, account: Account) -> None:
        self.scope = scope
        self.binding = binding
        self.account = account
        # What the event of this call shall say.
        self.operation = f"{binding.kind}.unknown"
        self.code: int | None = None
        self.detail: dict[str, object] | None = None
        self._receive: Receive | None = receive
        self._chunks: AsyncIterator[bytes] | None = None

    @property
    def asked(self) -> Asked:
        """Who asks, for whoever looks on."""
        binding, cause = self.binding, self.header(CAUSE_HEADER)
        return Asked(
            binding.account_id,
            "binding",
            self.scope["method"],
            self.scope["path"],
            binding.script,
            binding.name,
            cause.decode("latin-1") if cause else None,
        )

    @property
    def query(self) -> dict[str, str]:
        text = self.scope["query_string"].decode("latin-1")
        return dict(parse_qsl(text, keep_blank_values=True))

    def header(self, name: bytes) -> bytes | None:
        """The bytes of a header, by its lower-case name: workerd's are UTF-8."""
        for key, value in self.scope["headers"]:
            if key == name:
                return bytes(value)
        return None

    def length(self) -> int | None:
        """How long the body says it is."""
        text = self.header(b"content-length")
        return int(text) if text is not None and text.isdigit() and len(text) < 19 else None

    async def body(self, limit: int) -> bytes:
        """The whole body. Raises `BodyTooLarge`, `ClientGone`."""
        return await read_body(self._take(), limit)

    def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body as it comes, to be asked for once. Raises `BodyTooLarge`, `ClientGone`."""
        self._chunks = stream_body(self._take(), limit)
        return self._chunks

    async def discard(self) -> None:
        """Read what the door has left of the body."""
        chunks = self._chunks
        if self._receive is not None:
            chunks = self.chunks(0)
        if chunks is not None:
            await discard(chunks)

    def _take(self) -> Receive:
        receive, self._receive = self._receive, None
        if receive is None:
            raise RuntimeError("the body has been read")
        return receive


class Door(NamedTuple):
    """How a product speaks to Workers: what answers a call, and how it refuses one."""

    handle: Callable[[BindingCall], Awaitable[Reply]]
    refused: Callable[[CloudflareError], Reply]


async def not_built(call: BindingCall) -> Reply:
    raise NotImplementedHere(operation=f"The binding {call.binding.kind}")


def refused_in_text(error: CloudflareError) -> Reply:
    """A refusal where no product has a say, or none of its own way of saying it."""
    return Reply(str(error).encode("utf-8", "replace"), status=error.status, headers=TEXT)


UNBUILT = Door(not_built, refused_in_text)


class BindingListener:
    """Serves the doors to the runtime: find the binding, handle, answer, record."""

    def __init__(self, twin: Twin, bindings: Bindings, doors: Mapping[str, Door]) -> None:
        self._twin = twin
        self._latency = twin.latency
        self._bindings = bindings
        self._doors = doors
        self._rays = count(int(twin.ids.hex(12), 16))
        self._colo = twin.settings.colo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        started = perf_counter()
        ray = f"{next(self._rays):016x}-{self._colo}"
        binding = self._bindings.find(scope["headers"])
        door = self._doors.get(binding.kind, UNBUILT) if binding else UNBUILT
        call: BindingCall | None = None
        error: CloudflareError | None = None
        passage: Passage | None = None
        try:
            call = self._admit(scope, receive, binding)
            if (delays := self._latency.delays) is not None:
                passage = await delays.enter(trip_of(call))
            reply = await door.handle(call)
        except ClientGone:
            self._record(started, scope, ray, binding, call, CLIENT_CLOSED_REQUEST, None)
            return
        except CloudflareError as refusal:
            error = refusal
        except Exception:
            log.exception("%s %s failed; reference = %s", scope["method"], scope["path"], ray)
            error = InternalError(reference=ray)
        if call is not None and (error or not isinstance(reply.body, bytes)):
            await call.discard()
        if error is not None:
            reply = door.refused(error)
        if passage is not None and call is not None:
            await passage.leave(call.operation, call.detail)
        await answer(scope, receive, send, reply, str(error) if error else None)
        code = error.code if error else call.code if call else None
        self._record(started, scope, ray, binding, call, reply.status, code)

    def _admit(self, scope: Scope, receive: Receive, binding: Binding | None) -> BindingCall:
        """The call, if its token is good and the account still there. Raises `NotPermitted`."""
        if binding is None or not self._twin.directory.knows(binding.account_id):
            raise NotPermitted()
        return BindingCall(scope, receive, binding, self._twin.account(binding.account_id))

    def _record(
        self,
        started: float,
        scope: Scope,
        ray: str,
        binding: Binding | None,
        call: BindingCall | None,
        status: int,
        code: int | None,
    ) -> None:
        path = scope["path"]
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                ray,
                "binding",
                call.operation if call else "unknown",
                binding.account_id if binding else None,
                scope["method"],
                f"/{binding.kind}/{binding.resource}{path}" if binding else path,
                status,
                code,
                (perf_counter() - started) * 1000,
                call.detail if call else None,
                binding.script if binding else None,
                call.asked.cause if call and self._twin.meter.requests is not None else None,
            )
        )


def trip_of(call: BindingCall) -> Trip:
    """The call, for a latency profile."""
    binding = call.binding
    return Trip("binding", binding.kind, binding.account_id, binding.resource, call.scope)


async def answer(
    scope: Scope, receive: Receive, send: Send, reply: Reply, reason: str | None
) -> None:
    """Send the reply. A stream tells its length itself."""
    if reason is not None and (phrase := scope.get("extensions", {}).get(REASON)) is not None:
        phrase(reason)
    body = reply.body
    headers = [*reply.headers]
    if isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send_stream(send, receive, body)
    finally:
        await body.aclose()


def header_json(text: bytes) -> bytes:
    """JSON as a header can hold it: white space is spaces, and DEL is escaped."""
    return text.translate(SPACES).replace(b"\x7f", b"\\u007f")


SPACES = bytes(0x20 if byte in b"\t\r\n" else byte for byte in range(256))
