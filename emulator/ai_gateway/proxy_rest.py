"""AI Gateway's own endpoint: `/gateway/v1/{account}/{gateway}/…`.

The pipeline of every request is `Gateway.__call__`, top to bottom: read, find the gateway,
authenticate, plan, exchange, answer. What a gateway refuses is rendered here, in its own
form; what a provider answers is passed on.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import count
from time import perf_counter

from emulator.ai_gateway.attempt_rest import Wait
from emulator.ai_gateway.errors import (
    GatewayFailed,
    GatewayNotFound,
    NotBuiltHere,
    ProviderNotConfigured,
    RequestTooLarge,
    Unauthorized,
    UnknownGateway,
    gateway_body,
)
from emulator.ai_gateway.exchange_rest import Exchange, Incoming, UpstreamOf
from emulator.ai_gateway.guard_rest import Guarded
from emulator.ai_gateway.limits import MAX_REQUEST_BYTES
from emulator.ai_gateway.metadata import header_bytes
from emulator.ai_gateway.models import DEFAULT_ID, GatewayRecord, HeaderList
from emulator.ai_gateway.provider_client import configured
from emulator.ai_gateway.relay_rest import Client
from emulator.ai_gateway.targets import Plan, Target, plan_of
from emulator.ai_gateway.through_rest import (
    GATEWAY_HEADER,
    goes_through,
    headers_of,
    plan_of_call,
    upstream_of_call,
)
from emulator.core.asking import CAUSE_HEADER
from emulator.core.errors import BodyTooLarge, CloudflareError
from emulator.core.events import Event
from emulator.core.trip import Trip
from emulator.identity.models import Credential
from emulator.twin import Account, Twin
from emulator.wire.api import CLIENT_CLOSED_REQUEST, SERVER
from emulator.wire.auth import allows
from emulator.wire.body import ClientGone, Receive, read_body
from emulator.wire.call import Call, Scope
from emulator.wire.reply import JSON, Reply
from emulator.wire.routing import Handler, Route
from emulator.wire.stream import Send
from emulator.wire.upstream import Upstream, UpstreamUnreachable

PERMISSION = "ai_gateway:run"
VERSION = "v1"
SOCKETS = "AI Gateway's WebSockets API"

# What a runtime of ours says of its calls is no provider's business.
CAUSE = CAUSE_HEADER.decode()

log = logging.getLogger("cftwin.ai_gateway")


class Visit:
    """What has become known of one request so far, for its event."""

    def __init__(self, ray: str) -> None:
        self.ray = ray
        self.started = perf_counter()
        self.operation = "ai_gateway.unknown"
        self.account_id: str | None = None
        self.code: int | None = None
        self.exchange: Exchange | None = None


class Gateway:
    """All gateways of the twin, in front of their providers."""

    def __init__(
        self,
        twin: Twin,
        stand_ins: Callable[[], Mapping[str, Upstream]],
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._twin = twin
        self._stand_ins = stand_ins
        self._configured = configured(twin.settings.ai_gateway_upstreams)
        self._wait = wait
        self._rays = count(int(twin.ids.hex(12), 16))

    @cached_property
    def _upstreams(self) -> Mapping[str, Upstream]:
        stand_ins = dict(self._stand_ins())
        if (workers_ai := stand_ins.get("workers-ai")) is not None:
            stand_ins["workers-ai"] = Guarded(workers_ai, self._twin.directory)
        return stand_ins | dict(self._configured)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await refuse_socket(scope, send)
            return
        visit = Visit(f"{next(self._rays):016x}-{self._twin.settings.colo}")
        client: Client | None = None
        status = CLIENT_CLOSED_REQUEST
        try:
            body = await read_body(receive, MAX_REQUEST_BYTES)
            client = Client(receive)
            reply = await client.unless_gone(self._reply(scope, body, visit))
            status = reply.status
            await respond(send, client, reply, visit.ray)
        except BodyTooLarge:
            reply = refused(RequestTooLarge(limit=MAX_REQUEST_BYTES), visit)
            status = reply.status
            await respond(send, None, reply, visit.ray)
        except ClientGone:
            status = CLIENT_CLOSED_REQUEST
        except UpstreamUnreachable as error:
            # Said in the middle of an answer: cut short is all that it can be now.
            log.warning("a provider broke off: %s; reference = %s", error, visit.ray)
        finally:
            if client is not None:
                client.close()
            self._record(scope, visit, status)

    def through(self, routes: Iterable[Route]) -> tuple[Route, ...]:
        """The same routes, which go through a gateway where `cf-aig-gateway-id` names one."""
        return tuple(
            replace(route, handler=self._door(route)) if goes_through(route) else route
            for route in routes
        )

    async def _reply(self, scope: Scope, body: bytes, visit: Visit) -> Reply:
        try:
            return await self._answer(scope, body, visit)
        except CloudflareError as refusal:
            # The gateway's own, or of whoever looks on.
            return refused(refusal, visit)
        except Exception:
            log.exception("%s %s failed; reference = %s", scope["method"], scope["path"], visit.ray)
            return refused(GatewayFailed(reference=visit.ray), visit)

    async def _answer(self, scope: Scope, body: bytes, visit: Visit) -> Reply:
        headers = header_list(scope)
        given = dict(headers)
        account_id, gateway_id, path = address_of(scope)
        visit.account_id = account_id or None
        if not self._twin.directory.knows(account_id):
            raise UnknownGateway()
        account = self._twin.account(account_id)
        key = header_bytes(given.get("cf-aig-authorization", ""))
        permitted = permits(self._twin.directory.by_authorization(key), account)
        gateway = await self._admit(account, gateway_id, permitted=permitted)
        if given.get("upgrade", "").lower() == "websocket":
            raise NotBuiltHere(what=SOCKETS)
        sent = tuple(pair for pair in headers if pair[0] != CAUSE)
        plan = plan_of(scope["method"], path, sent, body)
        named = plan.targets[0].provider if plan.request_type == "provider" else plan.request_type
        visit.operation = f"ai_gateway.{named}"
        exchange = self._exchange(account, gateway, scope["method"], given, plan, self._upstream_of)
        visit.exchange = exchange
        if (delays := self._twin.latency.delays) is None:
            return await exchange.run()
        passage = await delays.enter(Trip("rest", visit.operation, account_id, gateway_id, scope))
        reply = await exchange.run()
        if passage is not None:
            await passage.leave(visit.operation, exchange.told.detail())
        return reply

    async def of_worker(
        self,
        account: Account,
        gateway_id: str,
        headers: Mapping[str, str],
        plan: Plan,
        upstream: Upstream | None = None,
    ) -> Exchange:
        """What a Worker asks through a gateway of its account, for which it needs no token.

        It is asked of `upstream` where there is one. Raises `UnknownGateway`.
        """
        gateway = await self._admit(account, gateway_id, permitted=True)
        upstream_of = self._upstream_of if upstream is None else lambda _: upstream
        return self._exchange(account, gateway, "POST", headers, plan, upstream_of)

    async def _admit(self, account: Account, gateway_id: str, *, permitted: bool) -> GatewayRecord:
        """The gateway, if the caller may use it. `default` is made when it is first used."""
        store = account.ai_gateway
        try:
            gateway = store.get(gateway_id)
        except GatewayNotFound:
            if gateway_id != DEFAULT_ID or not permitted:
                raise UnknownGateway() from None
            return await store.commit(store.create_default)
        if gateway.configuration.authentication and not permitted:
            raise Unauthorized()
        return gateway

    def _door(self, route: Route) -> Handler:
        """The route's handler, which a gateway comes before where the caller names one."""

        async def handle(call: Call) -> Reply:
            gateway_id = call.header(GATEWAY_HEADER)
            if gateway_id is None:
                return await route.handler(call)
            permitted = permits(call.credential, call.account)
            gateway = await self._admit(call.account, gateway_id, permitted=permitted)
            upstream = upstream_of_call(route, call)
            given = headers_of(call)
            plan = plan_of_call(call, given)
            method = call.scope["method"]
            exchange = self._exchange(
                call.account, gateway, method, given, plan, lambda _: upstream
            )
            try:
                return await exchange.run()
            finally:
                call.detail = {**(call.detail or {}), "ai_gateway": exchange.told.detail()}

        return handle

    def _exchange(
        self,
        account: Account,
        gateway: GatewayRecord,
        method: str,
        headers: Mapping[str, str],
        plan: Plan,
        upstream_of: UpstreamOf,
    ) -> Exchange:
        event_id = headers.get("cf-aig-event-id") or account.ai_gateway.new_id()
        incoming = Incoming(method, headers, event_id, self._twin.ids.uuid())
        return Exchange(
            account,
            gateway,
            incoming,
            plan,
            upstream_of,
            now=self._twin.clock.now(),
            wait=self._wait,
            zero_caches=self._twin.settings.ai_gateway_zero_ttl_caches,
        )

    def _upstream_of(self, target: Target) -> Upstream:
        upstream = self._upstreams.get(target.provider)
        if upstream is None:
            raise ProviderNotConfigured(provider=target.provider)
        return upstream

    def _record(self, scope: Scope, visit: Visit, status: int) -> None:
        exchange = visit.exchange
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                visit.ray,
                "ai_gateway",
                visit.operation,
                visit.account_id,
                scope["method"],
                scope["path"],
                status,
                visit.code,
                (perf_counter() - visit.started) * 1000,
                exchange.told.detail() if exchange is not None else None,
            )
        )


def permits(credential: Credential | None, account: Account) -> bool:
    scopes = None if credential is None else credential.scopes(account.id)
    return scopes is not None and allows(scopes, PERMISSION)


def address_of(scope: Scope) -> tuple[str, str, str]:
    """Account, gateway and what follows, with its query; raises `UnknownGateway`.

    The path begins with `/gateway/v1` here, and at Cloudflare's own host with `/v1`.
    """
    path = scope["raw_path"].decode("latin-1").lstrip("/").removeprefix("gateway/")
    version, _, rest = path.partition("/")
    account_id, _, rest = rest.partition("/")
    gateway_id, _, rest = rest.partition("/")
    if version != VERSION or not gateway_id:
        raise UnknownGateway()
    query = scope["query_string"].decode("latin-1")
    return account_id, gateway_id, f"{rest}?{query}" if query else rest


def header_list(scope: Scope) -> HeaderList:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )


def refused(refusal: CloudflareError, visit: Visit) -> Reply:
    visit.code = refusal.code
    return Reply(gateway_body(refusal), status=refusal.status, headers=JSON)


async def refuse_socket(scope: Scope, send: Send) -> None:
    """A handshake is refused with the reason where the server can say one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000})
        return
    refusal = NotBuiltHere(what=SOCKETS)
    await send(
        {"type": "websocket.http.response.start", "status": refusal.status, "headers": list(JSON)}
    )
    await send({"type": "websocket.http.response.body", "body": gateway_body(refusal)})


async def respond(send: Send, client: Client | None, reply: Reply, ray: str) -> None:
    """Send the reply; a stream as it comes, until its end or until the client goes away."""
    headers = [*reply.headers, SERVER, (b"cf-ray", ray.encode())]
    body = reply.body
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    if isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % len(body)))
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    assert client is not None
    await send(start)
    await client.send_stream(send, body)
