"""The same Worker on the twin, in `wrangler dev` and in miniflare, asked by plain HTTP."""

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from loadtests.bench.api import Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.figures import rps_ratio
from loadtests.bench.peers import SOURCES, WORKER, Peers, PeersAbsent, find_peers, worker
from loadtests.bench.process import Command, Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant, Stopwatch
from loadtests.bench.session import Session
from loadtests.bench.twin import twin_command
from loadtests.bench.verdict import Verdict, at_least_times
from loadtests.bench.wrk import Load

TITLE = "A Worker on the twin against wrangler dev and miniflare"
CONNECTIONS = 16
KEYS = 1_000
# How many times the rate of `wrangler dev` is wanted: through the edge, and on the script's port.
EDGE, DIRECT = 3, 5


@dataclass(frozen=True, slots=True)
class Operation:
    """`floor` is how many times miniflare's rate is wanted on the script's own port."""

    name: str
    floor: float | None
    load: Callable[[Api], Load]


OPERATIONS = (
    Operation("static", None, lambda api: Load("GET", f"{WORKER}/static")),
    Operation("KV get 100 B", 2.5, lambda api: api.get(KEYS)),
    Operation("D1 first", 1.8, lambda api: api.point_select()),
    Operation("R2 get 1 KB", 2.5, lambda api: Load("GET", f"{WORKER}/objects/k<id>", rows=KEYS)),
)


def run(session: Session) -> Part:
    try:
        peers = find_peers()
    except PeersAbsent as absent:
        return Part(TITLE, not_run=str(absent))
    with ExitStack() as stack:
        ours, theirs = session.directory / "workers-twin", session.directory / "workers"
        theirs.mkdir()
        twin = stack.enter_context(running(deployed(peers, ours), ours))
        wrangler = stack.enter_context(running(peers.wrangler(theirs), theirs))
        miniflare = stack.enter_context(running(peers.miniflare(theirs), theirs))
        servers = (
            at(twin, "twin, edge", json.loads(twin.line)["edge"]),
            at(twin, "twin, port", json.loads(twin.line)["ports"]["bench"]),
            wrangler,
            miniflare,
        )
        fill(session, servers[1:])
        watch = Stopwatch(CONNECTIONS, session.stopwatch.seconds, session.stopwatch.rounds)
        cells = [compare(session, watch, operation, servers) for operation in OPERATIONS]
    verdicts = [judged for pair in zip(OPERATIONS, cells, strict=True) for judged in judge(*pair)]
    return Part(TITLE, tuple(cell for taken in cells for cell in taken), tuple(verdicts))


def deployed(peers: Peers, directory: Path) -> Command:
    """The twin, which deploys the Worker by wrangler when it starts."""
    shutil.copytree(SOURCES, directory, dirs_exist_ok=True)
    (directory / "node_modules").symlink_to(peers.modules)
    command = twin_command("twin", "--state", "state")
    return replace(command, environment={**command.environment, **peers.environment(directory)})


def at(server: Server, name: str, url: str) -> Server:
    """The same process by another port."""
    port = urlsplit(url).port
    assert port is not None
    return replace(server, name=name, port=port)


def fill(session: Session, servers: Iterable[Server]) -> None:
    """The same rows, keys and objects for every server, through its Worker."""
    for server in servers:
        session.say(f"filling {server.name}")
        api = worker(server)
        api.execute(ITEMS)
        fill_items(api, 1, 10_000)
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
            for number in range(1, KEYS + 1):
                client.put(f"{api.values}/k{number}", content="x" * 100).raise_for_status()
                path = f"{WORKER}/objects/k{number}"
                client.put(path, content="x" * 1024).raise_for_status()


def compare(
    session: Session, watch: Stopwatch, operation: Operation, servers: Iterable[Server]
) -> tuple[Cell, ...]:
    contestants = [
        Contestant(server.name, server, operation.load(worker(server))) for server in servers
    ]
    return watch.compare(operation.name, contestants, session.say)


def judge(operation: Operation, cells: tuple[Cell, ...]) -> Iterable[Verdict]:
    edge, port, wrangler, miniflare = (cell.samples for cell in cells)
    name = operation.name
    yield at_least_times(f"{name}, edge, of wrangler dev", EDGE, rps_ratio(edge, wrangler))
    yield at_least_times(f"{name}, port, of wrangler dev", DIRECT, rps_ratio(port, wrangler))
    if operation.floor is not None:
        ratio = rps_ratio(port, miniflare)
        yield at_least_times(f"{name}, port, of miniflare", operation.floor, ratio)
