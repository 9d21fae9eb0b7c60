"""The listeners' applications: every door of every product is mounted here, and only here.

The API's routes are one table behind a dispatcher whose cost does not grow with the table.
FastAPI is the shell around it: the control plane, its documentation, later the console. It
is loaded when first asked for, so that the twin is ready before it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from emulator import graphql, unsupported
from emulator.ai import rest as ai
from emulator.ai_gateway import rest as ai_gateway
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.core.errors import CloudflareError
from emulator.d1 import binding as d1_binding
from emulator.d1 import rest as d1
from emulator.d1 import time_travel_rest, transfer_rest
from emulator.d1.transfer import Transfers
from emulator.identity import rest as identity
from emulator.kv import binding as kv_binding
from emulator.kv import rest as kv
from emulator.r2 import binding as r2_binding
from emulator.r2 import rest as r2
from emulator.r2.s3.app import S3
from emulator.twin import Twin
from emulator.vectorize import rest as vectorize
from emulator.wire.api import BASE, ApiV4
from emulator.wire.binding import BindingListener, Bindings, Door
from emulator.wire.body import Receive
from emulator.wire.refusals import Refusals
from emulator.wire.routing import Route
from emulator.wire.stream import Send
from emulator.wire.upstream import Upstream
from emulator.wire.walls import Walls

if TYPE_CHECKING:
    from emulator.bridge.binding import Services
    from emulator.bridge.sessions import Sessions
    from emulator.console_log import ConsoleLog
    from emulator.hosting.running import Runtime
    from emulator.hosting.scheduler import Scheduler
    from emulator.outbound.outside import Outside, Own
    from emulator.workers.tails import Watchers

API = BASE.encode()
CONTROL = "/_twin"
GATEWAY = b"/gateway/"

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Restore = Callable[[], Awaitable[None]]


class Behind(NamedTuple):
    """Of what runs Workers, all that the API listener shows."""

    watchers: "Watchers"
    scheduler: "Scheduler"
    console: "ConsoleLog"


def api_routes(
    twin: Twin,
    gateway: Gateway,
    runtime: "Runtime | None" = None,
    sessions: "Sessions | None" = None,
) -> tuple[Route, ...]:
    """Every Cloudflare operation the twin answers: the only list of products.

    Scripts are taken only where a `runtime` runs them, and `wrangler dev` is bridged where
    there are `sessions` for it.
    """
    built = (
        *identity.routes(twin.directory),
        *d1.ROUTES,
        *time_travel_rest.ROUTES,
        *transfer_rest.routes(Transfers(twin.clock, twin.ids)),
        *kv.ROUTES,
        *r2.routes(twin.directory, twin.clock, twin.ids),
        *vectorize.ROUTES,
        *gateway.through(ai.routes(twin.inference)),
        *ai_gateway.ROUTES,
        *(worker_routes(twin, runtime, sessions) if runtime else ()),
        *graphql.routes(twin),
    )
    return (*built, *unsupported.routes(built))


def worker_routes(twin: Twin, runtime: "Runtime", sessions: "Sessions | None") -> tuple[Route, ...]:
    from emulator.bridge import rest as bridge
    from emulator.pages import rest as pages
    from emulator.previews import uploaded
    from emulator.resources import AccountResources
    from emulator.workers import rest as workers

    routes = (*workers.routes(twin, runtime, AccountResources), *pages.routes(twin, runtime))
    if sessions is None:
        return (*routes, *bridge.routes_when_off())
    if not twin.settings.bridge_hosts:
        routes = bridge.led_home(routes)
    return (*routes, *bridge.routes(sessions, uploaded))


def gateway_of(twin: Twin) -> Gateway:
    """AI Gateway before its providers."""

    def providers() -> Mapping[str, Upstream]:
        # With the first request through a gateway, not with the twin.
        from emulator.ai.upstream import stand_ins

        return stand_ins(twin.inference)

    return Gateway(twin, providers)


def create_app(
    twin: Twin,
    restore: Restore | None = None,
    s3_url: str | None = None,
    runtime: "Runtime | None" = None,
    edge_url: str | None = None,
    sessions: "Sessions | None" = None,
    outside: "Outside | None" = None,
    behind: "Behind | None" = None,
) -> Asgi:
    """The API listener. `restore` brings a reset account back to how `up` left it."""
    from emulator.outbound.outside import Outside
    from emulator.outbound.outside_rest import OutsideDoor, is_outside

    gateway = gateway_of(twin)
    api = ApiV4(twin, api_routes(twin, gateway, runtime, sessions))
    outside = outside or Outside(twin)
    outside.own.append(own_hosts(gateway, api))
    stand_ins = OutsideDoor(twin, outside)
    tail_sockets = Shell(lambda: load_tails(twin, behind.watchers if behind else None))
    shell = Shell(lambda: load_shell(twin, api, outside, restore, s3_url, edge_url, behind))

    walls = Walls(twin.settings.own_names)
    outer = Refusals(twin)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        strict = scope["path"].startswith(CONTROL)
        try:
            walls.check(scope.get("method", "GET"), scope["headers"], strict=strict)
        except CloudflareError as refusal:
            await outer.refuse(scope, receive, send, refusal)
            return
        if scope["type"] == "websocket":
            await tail_sockets(scope, receive, send)
        elif is_api(scope["raw_path"]):
            await api(scope, receive, send)
        elif scope["raw_path"].startswith(GATEWAY):
            await gateway(scope, receive, send)
        elif is_outside(scope["raw_path"]):
            await stand_ins(scope, receive, send)
        else:
            await shell(scope, receive, send)

    return front


def is_api(raw_path: bytes) -> bool:
    return raw_path.startswith(API) or raw_path.lstrip(b"/").startswith(API[1:])


def own_hosts(gateway: Asgi, api: Asgi) -> "Own":
    """Cloudflare's own hosts, which Workers find in this process."""
    apps = {"gateway.ai.cloudflare.com": gateway, "api.cloudflare.com": api}
    return lambda account_id, host, path: apps.get(host)


class Shell:
    """An application that is imported when the first request for it comes."""

    def __init__(self, load: Callable[[], Asgi]) -> None:
        self._load = load
        self._app: Asgi | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._lock:
            if self._app is None:
                self._app = await asyncio.to_thread(self._load)
        await self._app(scope, receive, send)


def load_shell(
    twin: Twin,
    api: ApiV4,
    outside: "Outside",
    restore: Restore | None,
    s3_url: str | None,
    edge_url: str | None,
    behind: "Behind | None" = None,
) -> Asgi:
    from emulator.admin import create_admin
    from emulator.admin_guard import add_guard
    from emulator.admin_latency import add_latency
    from emulator.admin_meter import add_meter
    from emulator.admin_mutation import add_mutation
    from emulator.admin_supabase import add_supabase

    app = create_admin(twin, api.routes, outside.outbox, restore, s3_url, edge_url)
    add_supabase(app, twin, outside)
    add_guard(app, twin)
    add_latency(app, twin)
    add_meter(app, twin)
    add_mutation(app, twin)
    if behind is not None:
        from emulator.admin_cron import add_cron, add_logs

        add_cron(app, twin, behind.scheduler)
        add_logs(app, behind.console)
    return app


def load_tails(twin: Twin, watchers: "Watchers | None") -> Asgi:
    from emulator.workers.tails import Watchers
    from emulator.workers.watch_rest import TailSockets

    return TailSockets(twin, watchers or Watchers(Random(twin.ids.hex())))


def create_s3(twin: Twin) -> Asgi:
    """The S3 listener: R2's buckets."""
    return S3(twin)


def doors_of(
    twin: Twin,
    gateway: Gateway,
    outside: "Outside | None" = None,
    watchers: "Watchers | None" = None,
) -> dict[str, Door]:
    """What serves each kind that a `Binding` names.

    `outside` and `watchers` are the API listener's too.
    """
    from emulator.ai import binding as ai_binding
    from emulator.ai_gateway.binding import WorkersGateways
    from emulator.outbound import binding as outbound_binding
    from emulator.outbound.outside import Outside
    from emulator.pages import binding as pages_binding
    from emulator.vectorize import binding as vectorize_binding
    from emulator.workers import assets_binding, cache_binding, tail_binding
    from emulator.workers.tails import Watchers

    return {
        "assets": assets_binding.DOOR,
        "pages_assets": pages_binding.DOOR,
        "ai": ai_binding.door(twin.inference, WorkersGateways(gateway)),
        "cache": cache_binding.DOOR,
        "d1": d1_binding.DOOR,
        "kv": kv_binding.DOOR,
        "outbound": outbound_binding.door(outside or Outside(twin), twin.clock),
        "r2": r2_binding.DOOR,
        "tail": tail_binding.door(watchers or Watchers(Random(twin.ids.hex()))),
        "vectorize": vectorize_binding.DOOR,
    }


def create_bridge(
    twin: Twin, sessions: "Sessions", doors: Mapping[str, Door], services: "Services"
) -> Asgi:
    """The bridge's listener: what Workers in `wrangler dev` find in `env`, if it is remote."""
    from emulator.bridge.binding import Bridge

    twin.forgotten.append(sessions.forget)
    return Bridge(twin, sessions, doors, services)


def create_bindings(twin: Twin, bindings: Bindings, doors: Mapping[str, Door]) -> Asgi:
    """The listener of the Workers runtime: what Workers find in `env`."""
    return BindingListener(twin, bindings, doors)
