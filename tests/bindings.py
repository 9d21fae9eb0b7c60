"""The binding listener on a Unix socket of its own, and clients that speak as workerd does."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from uvicorn.server import ServerState

from emulator import Twin
from emulator.app import doors_of, gateway_of
from emulator.server import bind_runtime, config
from emulator.wire.binding import HEADER, Binding, BindingListener, Bindings, Door


class Runtime:
    """What the Workers runtime has: the socket's path, and a token for each binding."""

    def __init__(self, path: Path, bindings: Bindings, account_id: str) -> None:
        self.path = path
        self.bindings = bindings
        self.account_id = account_id
        self.stack = AsyncExitStack()

    async def bind(self, kind: str, resource: str, **more: str) -> httpx.AsyncClient:
        """A client of one binding."""
        return await self.client(
            self.bindings.issue(Binding(self.account_id, kind, resource, **more))
        )

    async def client(self, token: str | None) -> httpx.AsyncClient:
        headers = {} if token is None else {HEADER.decode(): token}
        return await self.stack.enter_async_context(
            httpx.AsyncClient(
                # Without certificates, whose reading takes longer than most tests.
                transport=httpx.AsyncHTTPTransport(uds=str(self.path), verify=False),
                base_url="http://fake-host",
                headers=headers,
            )
        )


@asynccontextmanager
async def listening(
    twin: Twin, bindings: Bindings, doors: Mapping[str, Door] | None = None
) -> AsyncIterator[Path]:
    """The listener; where its socket is."""
    # Not below the test's own directory, whose name may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="cftwin-") as directory:
        listener = bind_runtime(
            BindingListener(twin, bindings, doors or doors_of(twin, gateway_of(twin))),
            Path(directory) / "bindings",
        )
        settings, state = config(listener), ServerState()
        settings.load()
        # uvicorn's own server takes a fifth of a second to end.
        server = await asyncio.get_running_loop().create_server(
            lambda: listener.http(settings, state, {}), sock=listener.socket
        )
        try:
            yield Path(directory) / "bindings"
        finally:
            server.close()


@asynccontextmanager
async def runtime_of(
    twin: Twin, account_id: str, doors: Mapping[str, Door] | None = None
) -> AsyncIterator[Runtime]:
    bindings = Bindings(twin.ids)
    async with listening(twin, bindings, doors) as path:
        runtime = Runtime(path, bindings, account_id)
        async with runtime.stack:
            yield runtime
