"""Vectorize against FAISS by itself, and an index that is too large to be read for each query.

A raw append is FAISS's `add` and a write to a file of the same float32 rows: it has no ids,
no metadata and no JSON. The upsert is held against one that reads the same NDJSON first.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter

from loadtests.bench import wrk
from loadtests.bench.figures import Spread, spread
from loadtests.bench.machine import wait_until_quiet
from loadtests.bench.process import Server, running
from loadtests.bench.report import Part, Table
from loadtests.bench.rounds import interleave
from loadtests.bench.session import Session
from loadtests.bench.twin import twin_command
from loadtests.bench.vectorize_api import TOP_K, VectorizeApi, query_body, recall
from loadtests.bench.vectorize_corpus import clustered, fill, group_of, ndjson, queries
from loadtests.bench.vectorize_raw import RawIndex, nearest
from loadtests.bench.verdict import Measured, Verdict, at_least_percent, at_least_times, below

TITLE = "Vectorize against FAISS"
NAME = "bench"

ROWS, DIMENSIONS, UPSERT = 100_000, 768, 1_000
# Each sample is the mean of so many queries, one after another.
SAMPLES, QUERIES_A_SAMPLE = 15, 4
QUERY_TIMES, CROWD, CROWD_TIMES = 1.3, 32, 5
UPSERT_PERCENT = 70
RESTARTS, RESTART_SECONDS = 3, 2

MANY_ROWS, FEW_DIMENSIONS = 1_000_000, 384
MANY_QUERIES = 100
PARTITION_SECONDS = 900
MOST_GIB, MOST_MS, LEAST_RECALL = 2.5, 10, 0.98


@dataclass(frozen=True, slots=True)
class Figures:
    """A line of the part's table."""

    what: str
    milliseconds: Spread

    def row(self) -> tuple[str, str]:
        value = self.milliseconds
        return self.what, f"{value.median:.2f} ({value.low:.2f}–{value.high:.2f})"


def run(session: Session) -> Part:
    figures: list[Figures] = []
    verdicts: list[Verdict] = []
    state = session.directory / "vectorize" / "state"
    with (
        serving(session, state) as (server, api),
        closing(RawIndex(session.directory / "raw", DIMENSIONS)) as raw,
    ):
        api.create(DIMENSIONS)
        verdicts += compare_upserts(session, api, raw, figures)
        verdicts += compare_queries(session, api, raw, figures)
        verdicts.append(compare_crowd(session, api, server))
    verdicts.append(judge_restarts(session, state))
    verdicts += judge_many(session, figures)
    table = Table(("what", "ms"), tuple(line.row() for line in figures))
    return Part(TITLE, verdicts=tuple(verdicts), tables=(table,))


@contextmanager
def serving(session: Session, state: Path) -> Iterator[tuple[Server, VectorizeApi]]:
    command = twin_command("twin", "--state", str(state))
    with (
        running(command, session.directory / "vectorize") as server,
        closing(VectorizeApi(server, NAME)) as api,
    ):
        yield server, api


def compare_upserts(
    session: Session, api: VectorizeApi, raw: RawIndex, figures: list[Figures]
) -> list[Verdict]:
    """Fill the index over HTTP and, batch by batch, raw ones next to it."""
    session.say(f"upserting {ROWS:,} vectors")
    taken: list[tuple[float, ...]] = []
    with closing(RawIndex(session.directory / "raw-read", DIMENSIONS)) as reading:
        for first in range(0, ROWS, UPSERT):
            values = clustered(first, UPSERT, DIMENSIONS)
            body = ndjson(first, values)
            works = (
                partial(api.upsert, body),
                partial(reading.read_and_append, body),
                partial(raw.append, values),
            )
            taken.append(tuple(map(timed, works)))
    http, read, bare = zip(*taken, strict=True)
    subject = f"upsert of {UPSERT:,} vectors of {DIMENSIONS}"
    figures += [
        Figures(f"{subject} over HTTP", spread(http)),
        Figures("reading the same NDJSON, FAISS add and file append", spread(read)),
        Figures("FAISS add and file append of the same float32", spread(bare)),
    ]
    return [
        at_least_percent(
            f"{subject} over HTTP, of read and raw append", UPSERT_PERCENT, ratio(read, http)
        )
    ]


def compare_queries(
    session: Session, api: VectorizeApi, raw: RawIndex, figures: list[Figures]
) -> list[Verdict]:
    """One query at a time: over HTTP, by FAISS alone, and over HTTP with a filter."""
    asked = queries(SAMPLES * QUERIES_A_SAMPLE, DIMENSIONS)
    plain = [query_body(query) for query in asked]
    filtered = [query_body(query, {"group": group_of(7)}) for query in asked]
    found = [api.query(body) for body in plain]
    truth = [raw.search(query, TOP_K) for query in asked]
    ways: list[Callable[[int], object]] = [
        lambda at: api.query(plain[at]),
        lambda at: raw.search(asked[at], TOP_K),
        lambda at: api.query(filtered[at]),
    ]
    http, bare, narrow = interleave(ways, sample, SAMPLES)
    subject = f"query of {TOP_K} of {ROWS:,} × {DIMENSIONS}"
    figures += [
        Figures(f"{subject} over HTTP", spread(http)),
        Figures(f"{subject} by FAISS, one thread", spread(bare)),
        Figures(f"{subject} over HTTP, a filter lets 1 % in", spread(narrow)),
    ]
    session.say(f"queries: {http} over HTTP, {bare} raw, {narrow} filtered")
    return [
        below(f"{subject} over HTTP, of raw FAISS", QUERY_TIMES, "×", ratio(http, bare)),
        judge_recall(f"{subject}, recall", 1.0, recall(found, truth)),
        below("with a filter of 1 %, of without", 1, "×", ratio(narrow, http)),
    ]


def compare_crowd(session: Session, api: VectorizeApi, server: Server) -> Verdict:
    load = api.load(queries(8, DIMENSIONS))
    rounds = iter(range(10_000))

    def rate(connections: int) -> float:
        wait_until_quiet()
        seconds = session.stopwatch.seconds
        answered = wrk.apply(load, server.port, connections, seconds, next(rounds))
        session.say(f"{connections} at a time: {answered.requests / answered.seconds:.0f} a second")
        return answered.requests / answered.seconds

    crowd, alone = interleave([CROWD, 1], rate, session.stopwatch.rounds)
    subject = f"queries a second of {ROWS:,} × {DIMENSIONS}, {CROWD} at a time, of one"
    return at_least_times(subject, CROWD_TIMES, ratio(crowd, alone))


def judge_restarts(session: Session, state: Path) -> Verdict:
    """From the command to the first answer."""
    body = query_body(queries(1, DIMENSIONS)[0])

    def restart() -> float:
        wait_until_quiet()
        started = perf_counter()
        with serving(session, state) as (_, api):
            api.query(body)
            return perf_counter() - started

    taken = spread([restart() for _ in range(RESTARTS)])
    return below(
        f"restart with {ROWS:,} × {DIMENSIONS}, to the first answer", RESTART_SECONDS, "s", taken
    )


def judge_many(session: Session, figures: list[Figures]) -> list[Verdict]:
    state = session.directory / "vectorize" / "many"
    fill(state, NAME, MANY_ROWS, FEW_DIMENSIONS, session.say)
    asked = queries(MANY_QUERIES, FEW_DIMENSIONS)
    truth = nearest(asked, MANY_ROWS, TOP_K).tolist()
    bodies = [query_body(query) for query in asked]
    with serving(session, state) as (server, api):
        api.query(bodies[0])
        seconds = wait_for_partition(session, state)
        found = [api.query(body) for body in bodies]
        wait_until_quiet()
        taken = [timed(partial(api.query, body)) for body in bodies]
        gib = server.rss_mb() / 1_024
    subject = f"{MANY_ROWS:,} × {FEW_DIMENSIONS}"
    figures.append(Figures(f"partitioning {subject}", spread([seconds * 1e3])))
    figures.append(Figures(f"query of {TOP_K} of {subject} over HTTP", spread(taken)))
    return [
        below(f"resident memory with {subject} and its partition", MOST_GIB, "GiB", spread([gib])),
        below(f"query of {TOP_K} of {subject} over HTTP", MOST_MS, "ms", spread(taken)),
        judge_recall(f"query of {TOP_K} of {subject}, recall", LEAST_RECALL, recall(found, truth)),
    ]


def wait_for_partition(session: Session, state: Path) -> float:
    """Seconds until the twin has saved the partition: it is used from a little before."""
    started = perf_counter()
    while (elapsed := perf_counter() - started) < PARTITION_SECONDS:
        if next(state.rglob("partition.npz"), None):
            return elapsed
        session.say(f"partitioning {MANY_ROWS:,} vectors for {elapsed:.0f} s")
        Event().wait(10)
    raise wrk.LoadFailed(f"no partition after {PARTITION_SECONDS} s")


def sample(ask: Callable[[int], object]) -> float:
    """Milliseconds of a query."""
    wait_until_quiet()
    return timed(lambda: [ask(at) for at in range(QUERIES_A_SAMPLE)]) / QUERIES_A_SAMPLE


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1e3


def ratio(ours: tuple[float, ...], theirs: tuple[float, ...]) -> Spread:
    return spread([our / their for our, their in zip(ours, theirs, strict=True)])


def judge_recall(subject: str, floor: float, share: float) -> Verdict:
    measured = Measured(spread([share]), floor, "", is_more_better=True)
    return Verdict(subject, f"≥ {floor:g}", f"{share:.4f}", share >= floor, measured)
