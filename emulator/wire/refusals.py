"""What a listener says to whom it does not let in, and that it is in the events."""

from itertools import count

from emulator.core.errors import CloudflareError
from emulator.core.events import Event
from emulator.twin import Twin
from emulator.wire.api import answer
from emulator.wire.body import Receive, discard, stream_body
from emulator.wire.call import Scope
from emulator.wire.envelope import failure
from emulator.wire.stream import Send

POLICY_VIOLATION = 1008


class Refusals:
    """In Cloudflare's envelope, before any product has seen the request."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._rays = count(int(twin.ids.hex(12), 16))

    async def refuse(
        self, scope: Scope, receive: Receive, send: Send, refusal: CloudflareError
    ) -> None:
        ray = f"{next(self._rays):016x}-{self._twin.settings.colo}"
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await discard(stream_body(receive, 0))
            await answer(send, receive, failure(refusal), ray)
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                ray,
                "api",
                "refused",
                None,
                scope.get("method", "GET"),
                scope["path"],
                refusal.status,
                refusal.code,
                0.0,
                {"reason": str(refusal)},
            )
        )
