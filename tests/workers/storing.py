"""`cftwin` that takes scripts, though nothing runs them: run as it is."""

from emulator import app
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.cli import main
from emulator.twin import Twin
from emulator.wire.routing import Route
from emulator.workers.running import NotRunning, Runtime


def store() -> None:
    """The twin that is built next takes scripts."""
    shipped = app.api_routes

    def api_routes(
        twin: Twin, gateway: Gateway, runtime: Runtime | None = None
    ) -> tuple[Route, ...]:
        return shipped(twin, gateway, runtime or NotRunning())

    app.api_routes = api_routes


if __name__ == "__main__":
    store()
    main()
