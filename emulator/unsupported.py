"""What Cloudflare has and the twin does not: each of its paths answers 501 with its name.

Of a product that is built in part, its own routes win over these.
"""

from collections.abc import Iterable
from functools import partial

from emulator.core.errors import NotImplementedHere
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

ACCOUNT = "/accounts/{account_id}"

PRODUCTS = (
    ("ai", f"{ACCOUNT}/ai"),
    ("ai_gateway", f"{ACCOUNT}/ai-gateway"),
    ("browser_rendering", f"{ACCOUNT}/browser-rendering"),
    ("event_notifications", f"{ACCOUNT}/event_notifications"),
    ("hyperdrive", f"{ACCOUNT}/hyperdrive"),
    ("images", f"{ACCOUNT}/images"),
    ("pages", f"{ACCOUNT}/pages"),
    ("pages.assets", "/pages/assets"),
    ("queues", f"{ACCOUNT}/queues"),
    ("r2", f"{ACCOUNT}/r2"),
    ("r2.data_catalog", f"{ACCOUNT}/basin-catalog"),
    ("r2.data_catalog", f"{ACCOUNT}/r2-catalog"),
    ("r2.super_slurper", f"{ACCOUNT}/slurper"),
    ("secrets_store", f"{ACCOUNT}/secrets_store"),
    ("stream", f"{ACCOUNT}/stream"),
    ("vectorize", f"{ACCOUNT}/vectorize"),
    ("workers", f"{ACCOUNT}/workers"),
    ("workflows", f"{ACCOUNT}/workflows"),
    ("zones", "/zones"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def refuse(operation: str, call: Call) -> Reply:
    raise NotImplementedHere(operation=operation)


def routes(built: Iterable[Route]) -> tuple[Route, ...]:
    """A refusal for every path below these that is not `built`."""
    known = {(route.method, route.path) for route in built}
    return tuple(
        Route(method, path, f"{name}.unsupported", partial(refuse, f"{name}: {method} {path}"))
        for name, prefix in PRODUCTS
        for path in (prefix, f"{prefix}/{{rest:path}}")
        for method in METHODS
        if (method, path) not in known
    )
