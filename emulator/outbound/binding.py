"""What a Worker's `fetch` reaches: every request that leaves a script comes here.

The runtime sends it in clear with the host it was meant for, and the scheme in a header.
"""

from collections.abc import Iterable

from emulator.core.asking import CAUSE_HEADER
from emulator.core.clock import Clock
from emulator.outbound.hosts import target_of
from emulator.outbound.outside import Outside
from emulator.outbound.sending import RawHeaders, Request, Sending
from emulator.wire.binding import HEADER, BindingCall, Door, refused_in_text
from emulator.wire.reply import Reply

# The limit that Cloudflare's Free and Pro plans have for a request.
MAX_BODY_BYTES = 100 * 1024**2
SCHEME = b"x-forwarded-proto"
# Said between the runtime and us, or about one connection only.
NOT_FORWARDED = frozenset(
    (HEADER, CAUSE_HEADER, SCHEME, b"cftwin-cf", b"connection", b"keep-alive", b"transfer-encoding")
)


def door(outside: Outside, clock: Clock) -> Door:
    """The door of kind `outbound`; its resource is the script's name."""
    sending = Sending(outside, clock)

    async def handle(call: BindingCall) -> Reply:
        call.operation = "outbound.refused"
        request = request_of(call, await call.body(MAX_BODY_BYTES))
        call.detail = {"url": request.url}
        by, reply = await sending.send(request)
        call.operation = f"outbound.{by}"
        return reply

    return Door(handle, refused_in_text)


def request_of(call: BindingCall, body: bytes) -> Request:
    """The request as the Worker made it. Raises `BadHost`."""
    scope = call.scope
    host = (call.header(b"host") or b"").decode("latin-1")
    scheme = (call.header(SCHEME) or b"http").decode("latin-1")
    return Request(
        call.account,
        call.binding.resource,
        target_of(host, scheme),
        scope["method"],
        scope["raw_path"],
        scope["query_string"],
        forwarded(scope["headers"]),
        body,
        call.header(CAUSE_HEADER),
    )


def forwarded(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    return tuple((name, value) for name, value in headers if name not in NOT_FORWARDED)
