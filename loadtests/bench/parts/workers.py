"""The same Worker on the twin, in `wrangler dev` and in miniflare, asked by plain HTTP."""

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx

from loadtests.bench.api import Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.figures import rps_ratio, spread
from loadtests.bench.peers import SOURCES, WORKER, Peers, PeersAbsent, find_peers, worker
from loadtests.bench.process import Command, Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant, Stopwatch
from loadtests.bench.session import Session
from loadtests.bench.twin import twin_command
from loadtests.bench.verdict import Verdict, at_least_times, below
from loadtests.bench.wrk import Load, apply

TITLE = "A Worker on the twin against wrangler dev and miniflare, 16 connections"
CONNECTIONS = 16
KEYS = 1_000
LOOPS = b"export default { fetch() { while (true) {} } };"
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
        neighbour = beside_a_loop(session, watch, twin, servers[1])
    verdicts = [judged for pair in zip(OPERATIONS, cells, strict=True) for judged in judge(*pair)]
    verdicts.append(neighbour)
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


def beside_a_loop(session: Session, watch: Stopwatch, twin: Server, neighbour: Server) -> Verdict:
    """How much later a script answers while another one computes without a pause."""
    ready = json.loads(twin.line)
    api = f"{ready['api']}/accounts/{ready['account_id']}/workers/scripts/loops"
    headers = {"Authorization": f"Bearer {ready['api_token']}"}
    metadata = json.dumps({"main_module": "loops.js", "compatibility_date": "2026-01-01"})
    files: dict[str, tuple[str | None, str | bytes, str]] = {
        "metadata": (None, metadata, "application/json"),
        "loops.js": ("loops.js", LOOPS, "application/javascript+module"),
    }
    httpx.put(api, files=files, headers=headers, timeout=60).raise_for_status()
    httpx.post(f"{api}/subdomain", json={"enabled": True}, headers=headers).raise_for_status()
    load = OPERATIONS[0].load(worker(neighbour))

    def p99s() -> list[float]:
        taken = [
            apply(load, neighbour.port, CONNECTIONS, watch.seconds, 10_000 + number).p99_ms
            for number in range(watch.rounds)
        ]
        session.say(f"p99 of the neighbour: {', '.join(f'{one:.1f} ms' for one in taken)}")
        return taken

    quiet = p99s()
    looping = Thread(target=loop_once, args=(ready["edge"],), daemon=True)
    looping.start()
    beside = p99s()
    ratios = [one / other for one, other in zip(beside, quiet, strict=True)]
    return below("static, port, p99 beside a script that loops", 2, "×", spread(ratios))


def loop_once(edge: str) -> None:
    """Until the twin ends the script; the answer says so."""
    host = {"host": "loops.twin.workers.localhost"}
    httpx.get(edge, headers=host, timeout=120)


def judge(operation: Operation, cells: tuple[Cell, ...]) -> Iterable[Verdict]:
    edge, port, wrangler, miniflare = (cell.samples for cell in cells)
    name = operation.name
    yield at_least_times(f"{name}, edge, of wrangler dev", EDGE, rps_ratio(edge, wrangler))
    yield at_least_times(f"{name}, port, of wrangler dev", DIRECT, rps_ratio(port, wrangler))
    if operation.floor is not None:
        ratio = rps_ratio(port, miniflare)
        yield at_least_times(f"{name}, port, of miniflare", operation.floor, ratio)
