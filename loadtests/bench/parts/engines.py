"""The bare engines in this process, against the twin that answers from them over HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from statistics import quantiles
from time import perf_counter, thread_time

import apsw

from loadtests.bench.api import INSERT, SEARCH, SELECT, Api
from loadtests.bench.corpus import (
    DOCS,
    EVENTS,
    FILL_DOCS,
    FILL_ITEMS,
    ITEMS,
    Document,
    documents,
    fill_docs,
    fill_items,
    search_terms,
)
from loadtests.bench.figures import Sample, cpu_ratio
from loadtests.bench.machine import busy_seconds, wait_until_quiet
from loadtests.bench.process import running
from loadtests.bench.report import Part
from loadtests.bench.rounds import WARM_UP_SECONDS, Cell, Contestant, interleave
from loadtests.bench.session import Session
from loadtests.bench.twin import open_account, twin_command
from loadtests.bench.verdict import Verdict, at_least_percent
from loadtests.bench.wrk import Load

TITLE = "The twin over HTTP against bare SQLite in one process"
ENGINE = "bare SQLite"
ROWS = 10_000
Bindings = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """`floor_percent` is how much of the engine's work for the same CPU is wanted. [guess]

    The point read's follows from half the speed of a bare server, which takes 37 µs by itself.
    """

    name: str
    floor_percent: int
    sql: str
    bindings: Callable[[int, str], Bindings]
    load: Callable[[Api, tuple[str, ...]], Load]


OPERATIONS = (
    Operation(
        "D1 point SELECT",
        8,
        SELECT,
        lambda n, _: (n % ROWS + 1,),
        lambda api, _: api.point_select(),
    ),
    Operation("D1 insert", 20, INSERT, lambda n, _: (f"n{n}", "7"), lambda api, _: api.insert()),
    Operation(
        "D1 FTS5, 10,000 documents",
        50,
        SEARCH,
        lambda _, term: (term,),
        lambda api, terms: api.search(terms),
    ),
)


def run(session: Session) -> Part:
    texts = list(documents())
    terms = search_terms(texts)
    directory = session.directory / "engines"
    directory.mkdir()
    with (
        running(twin_command("twin", "--state", "state"), directory) as twin,
        closing(filled_engine(directory / "bare.sqlite", texts)) as engine,
    ):
        api = filled_twin(open_account(twin), texts)
        cells = []
        for operation in OPERATIONS:
            ours = Contestant("twin", twin, operation.load(api, terms))
            cells.append(compare(session, operation, engine, terms, ours))
    verdicts = (judge(*pair) for pair in zip(OPERATIONS, cells, strict=True))
    return Part(TITLE, tuple(cell for taken in cells for cell in taken), tuple(verdicts))


def filled_engine(path: Path, texts: Sequence[Document]) -> apsw.Connection:
    """As the twin sets its databases up."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    for statement in (ITEMS, EVENTS, DOCS):
        connection.execute(statement)
    connection.execute(FILL_ITEMS, (1, ROWS, "x" * 100))
    rows = [[text.id, text.title, text.body] for text in texts]
    connection.execute(FILL_DOCS, (json.dumps(rows),))
    return connection


def filled_twin(api: Api, texts: list[Document]) -> Api:
    for statement in (ITEMS, EVENTS):
        api.execute(statement)
    fill_items(api, 1, ROWS)
    fill_docs(api, texts)
    return api


def compare(
    session: Session,
    operation: Operation,
    engine: apsw.Connection,
    terms: tuple[str, ...],
    ours: Contestant,
) -> tuple[Cell, Cell]:
    """Cells of the engine and the twin, their rounds interleaved."""
    watch, calls = session.stopwatch, bound(operation, terms)
    contestants: tuple[Callable[[int], Sample], ...] = (
        lambda seconds: sample(engine, operation.sql, calls, seconds),
        lambda seconds: watch.sample(ours, seconds),
    )
    for one in contestants:
        one(WARM_UP_SECONDS)

    def measure(one: Callable[[int], Sample]) -> Sample:
        wait_until_quiet()
        taken = one(watch.seconds)
        session.say(f"{operation.name}: {taken.rps:,.0f} /s, {taken.cpu_us:,.0f} µs")
        return taken

    bare, twin = interleave(contestants, measure, watch.rounds)
    return Cell(operation.name, ENGINE, bare), Cell(operation.name, ours.name, twin)


def bound(operation: Operation, terms: Sequence[str]) -> Iterator[Bindings]:
    """What each call binds, for ever."""
    # A step that shares no factor with the rows visits them all, out of order.
    return (operation.bindings(7_919 * n, term) for n, term in zip(count(), cycle(terms)))


def sample(engine: apsw.Connection, sql: str, calls: Iterator[Bindings], seconds: float) -> Sample:
    """One call after another, each to its last row."""
    taken: list[float] = []
    busy, cpu, started = busy_seconds(), thread_time(), perf_counter()
    before = started
    while before - started < seconds:
        engine.execute(sql, next(calls)).fetchall()
        now = perf_counter()
        taken.append(now - before)
        before = now
    elapsed, spent = before - started, thread_time() - cpu
    foreign = max(0.0, busy_seconds() - busy - spent) / elapsed
    return Sample(len(taken), elapsed, spent, 1e3 * quantiles(taken, n=100)[-1], foreign)


def judge(operation: Operation, cells: tuple[Cell, Cell]) -> Verdict:
    bare, twin = cells
    ratio = cpu_ratio(twin.samples, bare.samples)
    return at_least_percent(f"{operation.name}, per CPU", operation.floor_percent, ratio)
