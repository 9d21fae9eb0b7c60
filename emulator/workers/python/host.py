"""The process of a Python Worker: `python -m emulator.workers.python.host CONFIG OPTIONS`.

The options are workerd's: `--socket-addr=NAME=unix:PATH`, `--socket-fd=NAME=N`, and
`--control-fd=N`, to which a line is written for each socket that is served. A script that
cannot be imported ends it with 1, and its reason on standard error.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from emulator.cork import CorkedProtocol
from emulator.workers.python.asgi import AsgiServer
from emulator.workers.python.caching import Caches
from emulator.workers.python.clients import turn_clients
from emulator.workers.python.env import env_of
from emulator.workers.python.fetcher import Fetcher
from emulator.workers.python.hermetic import confine
from emulator.workers.python.invocation import Invocations
from emulator.workers.python.logs import Lines, writer
from emulator.workers.python.modules import Surroundings, install
from emulator.workers.python.script import Script, ScriptError, lay_out, load
from emulator.workers.python.serving import Control, Front
from emulator.workers.python.wire import Channel

FILES = "files"
BACKLOG = 1_024
# Callers of the twin keep their connections.
KEEP_ALIVE_SECONDS = 600
OWN = str(Path(__file__).parent)


@dataclass(slots=True)
class Options:
    """What the command line says: sockets by name, and who is told when they are served."""

    config: Path
    sockets: dict[str, socket.socket] = field(default_factory=dict)
    directory: Path = Path()
    told: int | None = None


def options_of(arguments: Iterable[str]) -> Options:
    config, *rest = arguments
    options = Options(Path(config))
    for one in rest:
        name, _, value = one.removeprefix("--").partition("=")
        if name == "control-fd":
            options.told = int(value)
            continue
        label, _, place = value.partition("=")
        if name == "socket-fd":
            options.sockets[label] = socket.socket(fileno=int(place))
        else:
            path = Path(place.removeprefix("unix:"))
            options.sockets[label], options.directory = listening(path), path.parent
    return options


def listening(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen(BACKLOG)
    return made


class Host:
    """Serves one script until it is told to end."""

    def __init__(self, options: Options, config: Mapping[str, Any]) -> None:
        self._options = options
        self._config = config
        self._channel = Channel(config["listener"])
        say = writer()
        self._invocations = Invocations(say, self._channel, config["name"], config["tail"])
        self._channel.cause = self._invocations.cause
        self._asgi = AsgiServer(self._invocations.say)
        self._states: list[ServerState] = []
        self._servers: list[asyncio.Server] = []

    def surround(self) -> Surroundings:
        """Everything a script may meet, in its place before the script is."""
        config, channel = self._config, self._channel
        outbound = Fetcher(channel, config["outbound"], "fetch")
        around = Surroundings(
            env_of(config["bindings"], channel),
            outbound,
            Caches(channel, config["cache"]),
            self._invocations,
            self._asgi,
        )
        install(around)
        turn_clients(outbound, config["listener"], config["outbound"])
        services = {one["path"] for one in config["bindings"] if one["kind"] == "service"}
        confine({config["listener"], *services})
        sys.stdout = Lines("log", self._invocations.say)
        return around

    async def run(self) -> None:
        """Raises what importing the script raises, and `ScriptError`."""
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        around = self.surround()
        files = self._options.directory / FILES
        name = lay_out(self._config["modules"], files)
        script = Script(load(name, files), around.env, self._asgi)
        # Until here the reason of a failure goes there by itself.
        sys.stderr = Lines("error", self._invocations.say)
        fronts: dict[str, Any] = {"control": Control(script, self._invocations)}
        for label, entrypoint in self._config["entrypoints"].items():
            fronts[label] = Front(script, self._invocations, entrypoint)
        usual = Front(script, self._invocations)
        for label, sock in self._options.sockets.items():
            await self._serve(fronts.get(label, usual), sock)
            self._tell(label)
        await ended.wait()
        await self._end()

    async def _serve(self, app: Any, sock: socket.socket) -> None:
        config, state = configured(app), ServerState()
        config.load()
        sock.setblocking(False)
        server = await asyncio.get_running_loop().create_server(
            lambda: CorkedProtocol(config=config, server_state=state, app_state={}),
            sock=sock,
        )
        self._servers.append(server)
        self._states.append(state)

    def _tell(self, label: str) -> None:
        if self._options.told is not None:
            line = json.dumps({"event": "listen", "socket": label}) + "\n"
            os.write(self._options.told, line.encode())

    async def _end(self) -> None:
        """What is asked is answered first, and what is waited for done."""
        for server in self._servers:
            server.close()
        for state in self._states:
            for connection in list(state.connections):
                connection.shutdown()
        while tasks := [task for state in self._states for task in state.tasks]:
            await asyncio.wait(tasks)
        await self._invocations.drained()
        await self._asgi.close()


def configured(app: Any) -> uvicorn.Config:
    def sockets(*given: Any, **named: Any) -> asyncio.Protocol:
        from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

        return WebSocketsSansIOProtocol(*given, **named)

    return uvicorn.Config(
        app,
        loop="none",
        ws=sockets,  # type: ignore[arg-type]  # a function that makes what it takes
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )


def reason_of(error: BaseException) -> str:
    """The traceback from where the script's own code begins."""
    lines = traceback.TracebackException.from_exception(error)
    own = [frame for frame in lines.stack if not frame.filename.startswith((OWN, "<frozen"))]
    kept = [f for f in own if "importlib" not in f.filename and "runpy" not in f.filename]
    lines.stack = traceback.StackSummary.from_list(kept)
    return "".join(lines.format()).rstrip()


def main() -> int:
    options = options_of(sys.argv[1:])
    host = Host(options, json.loads(options.config.read_bytes()))
    sys.argv = sys.argv[:1]
    try:
        asyncio.run(host.run())
    except ScriptError as error:
        print(error, file=sys.__stderr__)
        return 1
    except (Exception, SystemExit) as error:
        print(f"Uncaught {reason_of(error)}", file=sys.__stderr__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
