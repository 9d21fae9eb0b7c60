"""The twin with many more routes than it has: its speed must not depend on how many.

Run as `cftwin` is: this is its command line, over a longer table of routes.
"""

from collections.abc import Iterator

from emulator import app
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.bridge.sessions import Sessions
from emulator.cli import main
from emulator.core.errors import NoRoute
from emulator.hosting.running import Runtime
from emulator.twin import Twin
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

EXTRA_ROUTES = 300
# The new ones stand beside the measured ones and away from them.
PLACES = (
    "/accounts/{account_id}/d1/database/{database_id}/extra",
    "/accounts/{account_id}/storage/kv/namespaces/{namespace_id}/extra",
    "/accounts/{account_id}/extra",
)


async def nothing(call: Call) -> Reply:
    raise NoRoute()


def extra_routes() -> Iterator[Route]:
    for number in range(EXTRA_ROUTES):
        place = PLACES[number % len(PLACES)]
        yield Route("GET", f"{place}{number}/{{item}}", f"extra.{number}", nothing)


def crowd() -> None:
    """Lengthen the table that the twin will be built with."""
    shipped = app.api_routes

    def api_routes(
        twin: Twin,
        gateway: Gateway,
        runtime: Runtime | None = None,
        sessions: Sessions | None = None,
    ) -> tuple[Route, ...]:
        return (*shipped(twin, gateway, runtime, sessions), *extra_routes())

    # The twin offers no way to add routes, and should not only to be measured.
    app.api_routes = api_routes


if __name__ == "__main__":
    crowd()
    main()
