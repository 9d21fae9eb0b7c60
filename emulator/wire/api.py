"""The Cloudflare API v4 as an ASGI application: route, authenticate, read, handle, answer.

The pipeline of every request is `ApiV4.__call__`, top to bottom. Handlers are lean
coroutines over whole bodies; whatever they raise is rendered here and nowhere else.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from itertools import count
from time import perf_counter

from emulator.core.errors import CloudflareError, InternalError
from emulator.core.events import Event
from emulator.core.trip import Passage, Trip
from emulator.twin import Twin
from emulator.wire.auth import authenticate, authorize
from emulator.wire.body import ClientGone, Receive, discard, read_body, stream_body
from emulator.wire.call import Call, Scope
from emulator.wire.envelope import failure
from emulator.wire.ratelimit import RateLimiter
from emulator.wire.reply import Reply
from emulator.wire.routing import Route, RouteTree
from emulator.wire.stream import Send, send_stream

BASE = "/client/v4"
SERVER = (b"server", b"cloudflare")
CLIENT_CLOSED_REQUEST = 499

log = logging.getLogger("cftwin.api")


class ApiV4:
    """Serves a table of routes below `/client/v4`."""

    def __init__(self, twin: Twin, routes: Iterable[Route]) -> None:
        self._twin = twin
        self._tree = RouteTree(routes, BASE)
        self._events = twin.events
        self._latency = twin.latency
        self._directory = twin.directory
        self._limiter = RateLimiter(twin.clock) if twin.settings.rate_limit else None
        self._rays = count(int(twin.ids.hex(12), 16))
        self._colo = twin.settings.colo

    @property
    def routes(self) -> tuple[Route, ...]:
        return self._tree.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        ray = f"{next(self._rays):016x}-{self._colo}"
        route: Route | None = None
        params: Mapping[str, str] = {}
        call: Call | None = None
        code: int | None = None
        passage: Passage | None = None
        try:
            route, params = self._tree.match(scope["method"], scope["raw_path"])
            call = await self._admit(scope, receive, route, params)
            if (delays := self._latency.delays) is not None:
                passage = await delays.enter(trip_of(scope, route, params))
            reply = await route.handler(call)
        except CloudflareError as error:
            if route is not None and route.stream and call is not None:
                await discard(call.chunks())
            code = error.code
            reply = failure(error, route.on_failure if route else None)
        except ClientGone:
            self._record(started, scope, ray, route, params, call, CLIENT_CLOSED_REQUEST, None)
            return
        except Exception:
            log.exception("%s %s failed; reference = %s", scope["method"], scope["path"], ray)
            internal = InternalError(reference=ray)
            code = internal.code
            reply = failure(internal, route.on_failure if route else None)
        if passage is not None and route is not None:
            await passage.leave(route.name, call.detail if call else None)
        await answer(send, receive, reply, ray)
        self._record(started, scope, ray, route, params, call, reply.status, code)

    async def _admit(
        self, scope: Scope, receive: Receive, route: Route, params: Mapping[str, str]
    ) -> Call:
        """The call the route's handler may see. The body is read last: refusing is cheap."""
        credential = account = None
        if not route.public:
            credential = authenticate(self._directory, scope["headers"], route.unknown_token)
            if self._limiter is not None:
                self._limiter.admit(credential.id)
            if (account_id := params.get("account_id")) is not None:
                account = authorize(self._twin, credential, route, account_id, scope["path"])
        if route.stream:
            chunks = stream_body(receive, route.max_body_bytes)
            return Call(scope, params, credential, account, b"", chunks)
        body = await read_body(receive, route.max_body_bytes)
        return Call(scope, params, credential, account, body)

    def _record(
        self,
        started: float,
        scope: Scope,
        ray: str,
        route: Route | None,
        params: Mapping[str, str],
        call: Call | None,
        status: int,
        code: int | None,
    ) -> None:
        self._events.record(
            Event(
                self._twin.clock.now(),
                ray,
                "api",
                route.name if route else "unknown",
                params.get("account_id"),
                scope["method"],
                scope["path"],
                status,
                code,
                (perf_counter() - started) * 1000,
                call.detail if call else None,
            )
        )


def trip_of(scope: Scope, route: Route, params: Mapping[str, str]) -> Trip:
    """The call, for a latency profile. Databases and namespaces are told apart."""
    resource = params.get("database_id") or params.get("namespace_id") or ""
    return Trip("rest", route.name, params.get("account_id", ""), resource, scope)


async def answer(send: Send, receive: Receive, reply: Reply, ray: str) -> None:
    """Send the reply; a stream is sent as it comes, and ended if the client goes."""
    body = reply.body
    headers = [*reply.headers, SERVER, (b"cf-ray", ray.encode())]
    if isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    async with aclosing(body):
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send_stream(send, receive, body)
