"""A twin for tests: started on free ports in a thread, or reached by its address.

Whatever a fixture needs goes through the control plane, so both kinds work alike.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

import httpx
import uvloop

from emulator.app import create_app, create_s3
from emulator.core.settings import Settings
from emulator.server import Listener, Servers, bind
from emulator.twin import Twin

if TYPE_CHECKING:
    from emulator.workers.running import Runtime


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
        self.control = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.clock = RemoteClock(self.control)

    def create_account(self, name: str = "Test account") -> TwinAccount:
        made = self.control.post("/_twin/accounts", json={"name": name}).raise_for_status().json()
        return TwinAccount(made["account_id"], made["api_token"], **made["r2"])

    @property
    def s3(self) -> str:
        """What S3 clients take as their endpoint."""
        return str(self.control.get("/_twin/health").raise_for_status().json()["s3"])

    def delete_account(self, account_id: str) -> None:
        self.control.delete(f"/_twin/accounts/{account_id}").raise_for_status()


@contextmanager
def serving(
    settings: Settings | None = None, runtime: "Runtime | None" = None
) -> Iterator[TwinServer]:
    """A twin of this process on free ports, stopped when the context ends."""
    twin = Twin(settings or Settings())
    s3 = bind(create_s3(twin), twin.settings.host, 0)
    listener = bind(create_app(twin, s3_url=s3.url, runtime=runtime), twin.settings.host, 0)
    loop = uvloop.new_event_loop()
    started = Event()
    thread = Thread(target=run, args=(loop, (listener, s3), started), name="twin", daemon=True)
    thread.start()
    started.wait()
    server = TwinServer(listener.url)
    try:
        yield server
    finally:
        server.control.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        twin.close()


def run(loop: asyncio.AbstractEventLoop, listeners: Sequence[Listener], started: Event) -> None:
    asyncio.set_event_loop(loop)
    servers = Servers(listeners)
    loop.run_until_complete(servers.start())
    started.set()
    loop.run_forever()
    loop.run_until_complete(servers.stop())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
