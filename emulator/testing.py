"""A twin for tests: started on free ports in a thread, or reached by its address.

Whatever a fixture needs goes through the control plane, so both kinds work alike.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Thread

import httpx
import uvloop

from emulator.core.settings import Settings
from emulator.listeners import listen
from emulator.server import Listener, Servers
from emulator.twin import Twin


@dataclass(frozen=True, slots=True)
class TwinAccount:
    """An account of one test: its id, and the token and S3 keys that reach nothing else."""

    id: str
    token: str
    access_key_id: str
    secret_access_key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class RemoteClock:
    """The clock of a running twin. It only moves on."""

    def __init__(self, control: httpx.Client) -> None:
        self._control = control

    def now(self) -> float:
        return float(self._control.get("/_twin/clock").raise_for_status().json()["now"])

    def advance(self, seconds: float) -> None:
        body = {"advance_seconds": seconds}
        self._control.post("/_twin/clock", json=body).raise_for_status()


class TwinServer:
    """A twin that answers at `url`. `api` is what clients take as their base URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = f"{url}/client/v4"
        # What Workers have logged, of a twin in this process: script and text.
        self.log: list[tuple[str, str]] = []
        self.control = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.clock = RemoteClock(self.control)

    def create_account(self, name: str = "Test account") -> TwinAccount:
        made = self.control.post("/_twin/accounts", json={"name": name}).raise_for_status().json()
        return TwinAccount(made["account_id"], made["api_token"], **made["r2"])

    @property
    def s3(self) -> str:
        """What S3 clients take as their endpoint."""
        return str(self._health()["s3"])

    @property
    def edge(self) -> str:
        """Where Workers and Pages answer, by Host."""
        return str(self._health()["edge"])

    def _health(self) -> dict[str, object]:
        health: dict[str, object] = self.control.get("/_twin/health").raise_for_status().json()
        return health

    def delete_account(self, account_id: str) -> None:
        self.control.delete(f"/_twin/accounts/{account_id}").raise_for_status()


@contextmanager
def serving(settings: Settings | None = None) -> Iterator[TwinServer]:
    """A twin of this process on free ports, stopped when the context ends."""
    free = replace(settings or Settings(), api_port=0, edge_port=0, s3_port=0)
    twin = Twin(free)
    log: list[tuple[str, str]] = []
    listeners = listen(twin, lambda _account, script, _level, text: log.append((script, text)))
    with looping(listeners.all, listeners.close, listeners.start):
        server = TwinServer(listeners.api.url)
        server.log = log
        yield server
        server.control.close()
    twin.close()


@contextmanager
def looping(
    listeners: Sequence[Listener],
    close: Callable[[], Awaitable[None]] | None = None,
    start: Callable[[], None] | None = None,
) -> Iterator[None]:
    """The listeners answer, from a thread and a loop of their own; `start` runs there once
    they do, and `close` last.
    """
    loop = uvloop.new_event_loop()
    started = Event()
    work = (loop, listeners, started, close, start)
    thread = Thread(target=run, args=work, name="twin", daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def run(
    loop: asyncio.AbstractEventLoop,
    listeners: Sequence[Listener],
    started: Event,
    close: Callable[[], Awaitable[None]] | None,
    start: Callable[[], None] | None,
) -> None:
    asyncio.set_event_loop(loop)
    servers = Servers(listeners)
    loop.run_until_complete(servers.start())
    if start is not None:
        loop.call_soon(start)
    started.set()
    loop.run_forever()
    loop.run_until_complete(servers.stop())
    if close is not None:
        loop.run_until_complete(close())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
