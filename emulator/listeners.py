"""Every listener of a twin, bound: the API, the edge, S3, and the runtime's own.

Bound before anything is loaded, so a port that is taken is known at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from emulator.app import (
    Behind,
    Restore,
    create_app,
    create_bindings,
    create_bridge,
    create_s3,
    doors_of,
    gateway_of,
)
from emulator.bridge.sessions import Sessions
from emulator.console_log import ConsoleLog
from emulator.edge.app import Edge
from emulator.hosting.fleet import Fleet, ScriptLog
from emulator.hosting.scheduler import Scheduler
from emulator.outbound.outside import Outside
from emulator.phrase import PhrasedProtocol
from emulator.server import Listener, bind, bind_runtime, open_socket
from emulator.twin import Twin
from emulator.wire.binding import Bindings, Door
from emulator.workers.tails import Watchers


@dataclass(frozen=True, slots=True)
class Listeners:
    """What listens, and what runs behind it."""

    api: Listener
    edge: Listener
    s3: Listener
    bindings: Listener
    fleet: Fleet
    front: Edge
    directory: "TemporaryDirectory[str]"
    scheduler: Scheduler
    bridge: Listener | None = None
    # The file of the authority that the bridge's clients have to trust.
    bridge_ca: Path | None = None
    outside: Outside | None = None

    @property
    def all(self) -> tuple[Listener, ...]:
        bridges = (self.bridge,) if self.bridge else ()
        return (self.api, self.edge, self.s3, self.bindings, *bridges)

    def start(self) -> None:
        """Begin with what runs by itself, once somebody listens."""
        self.scheduler.start()

    async def close(self) -> None:
        """End what runs; who listens is ended by the servers."""
        await self.scheduler.close()
        await self.front.close()
        await self.fleet.close()
        if self.outside is not None:
            self.outside.close()
        self.directory.cleanup()


def listen(
    twin: Twin, log: ScriptLog, restore: Restore | None = None, default_script: str | None = None
) -> Listeners:
    """Raises `OSError` for a port that is taken."""
    settings = twin.settings
    # Not below the state: a socket's path has to be short.
    directory = TemporaryDirectory(prefix="cftwin-run-")
    run = Path(directory.name)
    gateway = gateway_of(twin)
    bindings = Bindings(twin.ids)
    outside = Outside(twin)
    watchers = Watchers(Random(twin.ids.hex()))
    doors = doors_of(twin, gateway, outside, watchers)
    runtime = bind_runtime(create_bindings(twin, bindings, doors), run / "b")
    socket = open_socket(settings.host, settings.edge_port)
    console = ConsoleLog(twin.clock, counted(twin, log))
    twin.forgotten.append(console.forget)
    fleet = Fleet(twin, bindings, runtime.url, run, socket.getsockname()[1], console)
    watchers.tell = fleet.watched
    scheduler = Scheduler(twin, fleet, console)
    front = Edge(twin, fleet, default_script, scheduler)
    edge = Listener(front, socket)
    s3 = bind(create_s3(twin), settings.host, settings.s3_port)
    sessions = Sessions(twin.clock, twin.ids) if settings.bridge_port else None
    bridge, bridge_ca = bridge_of(twin, sessions, doors, front) if sessions else (None, None)
    behind = Behind(watchers, scheduler, console)
    app = create_app(twin, restore, s3.url, fleet, edge.url, sessions, outside, behind)
    api = bind(app, settings.host, settings.api_port)
    outside.base_url = api.url
    outside.own.append(lambda account_id, host, path: front if front.serves(host, path) else None)
    return Listeners(
        api,
        edge,
        s3,
        runtime,
        fleet,
        front,
        directory,
        scheduler,
        bridge,
        bridge_ca,
        outside,
    )


def counted(twin: Twin, log: ScriptLog) -> ScriptLog:
    """The same log, its lines counted: Cloudflare bills them."""

    def show(account_id: str, script: str, level: str, text: str) -> None:
        twin.meter.logged(account_id, script)
        log(account_id, script, level, text)

    return show


def bridge_of(
    twin: Twin, sessions: Sessions, doors: Mapping[str, Door], front: Edge
) -> tuple[Listener, Path]:
    """Where `wrangler dev` reaches its remote bindings, and what it has to trust for that."""
    # With a bridge, not with the twin: it is heavy.
    from emulator.bridge.authority import Authority

    authority = Authority(twin.path / "bridge")
    app = create_bridge(twin, sessions, doors, front.of)
    try:
        listener = bind(app, twin.settings.host, twin.settings.bridge_port)
    except PermissionError as error:
        hint = "emulator/bridge/README.md says how a port below 1024 is allowed"
        raise PermissionError(error.errno, f"{error.strerror}; {hint}") from None
    return replace(listener, http=PhrasedProtocol, tls=authority.context()), authority.path
