"""The twin's S3 API against moto's server and miniflare's, and a page of a very large bucket."""

import http.client
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from random import Random
from time import perf_counter

from loadtests.bench.figures import rps_ratio, spread
from loadtests.bench.machine import wait_until_quiet
from loadtests.bench.peers import (
    PeersAbsent,
    find_peers,
    miniflare_bucket,
    moto_bucket,
    moto_command,
)
from loadtests.bench.process import Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant
from loadtests.bench.s3 import Bucket
from loadtests.bench.s3_corpus import fill, key_of
from loadtests.bench.session import Session
from loadtests.bench.twin import bucket_of, s3_command, s3_listener
from loadtests.bench.verdict import Verdict, at_least_times, below
from loadtests.bench.wrk import Load, LoadFailed

TITLE = "The twin's S3 API against moto and miniflare"
KIB, MIB = 1_024, 1_048_576
SMALL_OBJECTS, LARGE_OBJECTS = 64, 32

KEYS, PAGE_KEYS, PAGES = 1_000_000, 1_000, 30
PAGE_MS = 15


@dataclass(frozen=True, slots=True)
class Operation:
    """`floors` is how many times each peer's rate is wanted."""

    name: str
    floors: Mapping[str, float]
    load: Callable[[Bucket], Load]


@dataclass(frozen=True, slots=True)
class Door:
    """A bucket, and the server that it is measured at."""

    server: Server
    bucket: Bucket


OPERATIONS = (
    Operation(
        "GET 1 KiB", {"moto": 20, "miniflare": 6}, lambda bucket: bucket.get(KIB, SMALL_OBJECTS)
    ),
    Operation(
        "PUT 1 KiB", {"moto": 9, "miniflare": 7}, lambda bucket: bucket.put(KIB, SMALL_OBJECTS)
    ),
    Operation(
        "GET 1 MiB", {"moto": 3, "miniflare": 3}, lambda bucket: bucket.get(MIB, LARGE_OBJECTS)
    ),
    Operation(
        "PUT 1 MiB", {"moto": 1.5, "miniflare": 7}, lambda bucket: bucket.put(MIB, LARGE_OBJECTS)
    ),
)


def run(session: Session) -> Part:
    verdicts: list[Verdict] = []
    with ExitStack() as stack:
        doors = [start_twin(session, stack), start_moto(session, stack)]
        try:
            doors.append(start_miniflare(session, stack))
        except PeersAbsent as absent:
            verdicts.append(did_not_run("miniflare", absent))
        fill_all(session, doors)
        cells = [compare(session, operation, doors) for operation in OPERATIONS]
    for operation, taken in zip(OPERATIONS, cells, strict=True):
        verdicts += judge(operation, taken)
    verdicts.append(judge_pages(page_milliseconds(session)))
    return Part(TITLE, tuple(cell for taken in cells for cell in taken), tuple(verdicts))


def start_twin(session: Session, stack: ExitStack) -> Door:
    command = s3_command("--state", "state")
    server = stack.enter_context(running(command, session.directory / "s3-twin"))
    listener = s3_listener(server)
    bucket = bucket_of(listener)
    bucket.create()
    return Door(listener, bucket)


def start_moto(session: Session, stack: ExitStack) -> Door:
    server = stack.enter_context(running(moto_command(), session.directory / "s3-moto"))
    return Door(server, moto_bucket(server))


def start_miniflare(session: Session, stack: ExitStack) -> Door:
    """Raises `PeersAbsent`."""
    # A directory of its own: the twin would take the peers' wrangler.json for its own.
    directory = session.directory / "s3-miniflare"
    server = stack.enter_context(running(find_peers().miniflare(directory), directory))
    return Door(server, miniflare_bucket(server))


def fill_all(session: Session, doors: Iterable[Door]) -> None:
    for door in doors:
        session.say(f"filling {door.server.name}")
        door.bucket.fill(KIB, SMALL_OBJECTS)
        door.bucket.fill(MIB, LARGE_OBJECTS)


def compare(session: Session, operation: Operation, doors: Iterable[Door]) -> tuple[Cell, ...]:
    contestants = [
        Contestant(door.server.name, door.server, operation.load(door.bucket)) for door in doors
    ]
    return session.stopwatch.compare(operation.name, contestants, session.say)


def judge(operation: Operation, cells: tuple[Cell, ...]) -> list[Verdict]:
    """The twin, which comes first, against each peer that ran."""
    twin, *peers = cells
    return [
        at_least_times(
            f"{operation.name}, of {peer.contestant}",
            operation.floors[peer.contestant],
            rps_ratio(twin.samples, peer.samples),
        )
        for peer in peers
    ]


def did_not_run(peer: str, reason: Exception) -> Verdict:
    """A comparison that is missing must be seen, and is no target met."""
    return Verdict(f"compared with {peer}", "yes", f"it did not run: {reason}", met=False)


def page_milliseconds(session: Session) -> list[float]:
    """How long pages from random places take, one after the other on one connection."""
    directory = session.directory / "s3-listing"
    session.say(f"filling a bucket with {KEYS:,} objects")
    fill(directory / "state", KEYS)
    random = Random(KEYS)
    with running(s3_command("--state", "state"), directory) as server:
        bucket = bucket_of(s3_listener(server))
        with closing(http.client.HTTPConnection("127.0.0.1", bucket.port)) as connection:
            starts = [key_of(random.randrange(KEYS - PAGE_KEYS)) for _ in range(PAGES)]
            taken = [time_page(connection, bucket.page(start)) for start in starts]
    session.say(f"pages: {spread(taken)}")
    return taken


def time_page(connection: http.client.HTTPConnection, path: str) -> float:
    wait_until_quiet()
    started = perf_counter()
    connection.request("GET", path)
    content = connection.getresponse().read()
    milliseconds = (perf_counter() - started) * 1e3
    if (keys := content.count(b"<Key>")) != PAGE_KEYS:
        raise LoadFailed(f"a page has {keys} keys: {content[:300]!r}")
    return milliseconds


def judge_pages(milliseconds: list[float]) -> Verdict:
    subject = f"a page of {PAGE_KEYS:,} keys of {KEYS:,}, median of {PAGES}"
    return below(subject, PAGE_MS, "ms", spread(milliseconds))
