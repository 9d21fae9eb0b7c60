"""The twin's REST API against the peers', on the same data."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from loadtests.bench.api import BATCH, Api
from loadtests.bench.corpus import EVENTS, ITEMS, documents, fill_docs, fill_items, search_terms
from loadtests.bench.figures import rps, rps_ratio
from loadtests.bench.peers import PeersAbsent, explorer, find_peers, worker
from loadtests.bench.process import Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant
from loadtests.bench.session import Session
from loadtests.bench.twin import open_account, twin_command
from loadtests.bench.verdict import Verdict, at_least_times
from loadtests.bench.wrk import Load

TITLE = "The twin against miniflare and wrangler dev"
Terms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """`floor` is how many times miniflare's rate is wanted."""

    name: str
    floor: float
    load: Callable[[Api, Terms], Load]


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask a server; a server may have several, over the same data."""

    name: str
    server: Server
    api: Api


OPERATIONS = (
    Operation("D1 point SELECT", 6, lambda api, _: api.point_select()),
    Operation("D1 insert", 3.5, lambda api, _: api.insert()),
    Operation("D1 FTS5, 10,000 documents", 3, lambda api, terms: api.search(terms)),
    Operation(f"D1 batch of {BATCH} inserts", 5, lambda api, _: api.insert_batch()),
    Operation("KV get 100 B", 8, lambda api, _: api.get()),
    Operation("KV put 100 B", 4, lambda api, _: api.put("x" * 100)),
)


def run(session: Session) -> Part:
    try:
        peers = find_peers()
    except PeersAbsent as absent:
        return Part(TITLE, not_run=str(absent))
    with ExitStack() as stack:
        # A directory each: the twin would take the peers' wrangler.json for its own.
        ours, theirs = session.directory / "peers-twin", session.directory / "peers"
        theirs.mkdir()
        twin = stack.enter_context(running(twin_command("twin", "--state", "state"), ours))
        miniflare = stack.enter_context(running(peers.miniflare(theirs), theirs))
        wrangler = stack.enter_context(running(peers.wrangler(theirs), theirs))
        doors = (
            Door("twin", twin, open_account(twin, verb="raw")),
            Door("miniflare, REST", miniflare, explorer(miniflare)),
            Door("miniflare, Worker", miniflare, worker(miniflare)),
            Door("wrangler dev, REST", wrangler, explorer(wrangler)),
        )
        terms = fill(session, doors)
        cells = [compare(session, operation, doors, terms) for operation in OPERATIONS]
    verdicts = (judge(*pair) for pair in zip(OPERATIONS, cells, strict=True))
    return Part(TITLE, tuple(cell for taken in cells for cell in taken), tuple(verdicts))


def fill(session: Session, doors: Iterable[Door]) -> Terms:
    """The same rows, documents and keys for every server; the terms to search them by."""
    texts = list(documents())
    for door in {door.server.pid: door for door in reversed(tuple(doors))}.values():
        session.say(f"filling {door.name}")
        door.api.execute(ITEMS)
        fill_items(door.api, 1, 10_000)
        door.api.execute(EVENTS)
        fill_docs(door.api, texts)
        door.api.put_many([f"k{number}" for number in range(1, 1_001)], "x" * 100)
    return search_terms(texts)


def compare(
    session: Session, operation: Operation, doors: Iterable[Door], terms: Terms
) -> tuple[Cell, ...]:
    contestants = [
        Contestant(door.name, door.server, operation.load(door.api, terms)) for door in doors
    ]
    return session.stopwatch.compare(operation.name, contestants, session.say)


def judge(operation: Operation, cells: tuple[Cell, ...]) -> Verdict:
    """The twin against whichever of miniflare's two doors is the faster.

    The subject does not say which, so that a run can be compared with the one before.
    """
    twin, *miniflare, _wrangler = cells
    faster = max(miniflare, key=lambda cell: rps(cell.samples).median)
    subject = f"{operation.name}, of miniflare's faster door"
    return at_least_times(subject, operation.floor, rps_ratio(twin.samples, faster.samples))
