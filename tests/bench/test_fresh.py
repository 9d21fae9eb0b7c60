"""Worlds that are filled and emptied, and the engine that is measured without a server."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import apsw
import pytest

from loadtests.bench.corpus import Document
from loadtests.bench.figures import Sample
from loadtests.bench.parts.engines import (
    OPERATIONS,
    ROWS,
    Operation,
    bound,
    filled_engine,
    judge,
    sample,
)
from loadtests.bench.parts.fresh import judge as judge_fresh
from loadtests.bench.peers import moto_command
from loadtests.bench.process import Command, Server, running
from loadtests.bench.rounds import Cell
from loadtests.bench.twin import s3_command
from loadtests.bench.worlds import Moto, Twin, World

POINT, INSERT, SEARCH = OPERATIONS


@pytest.mark.parametrize(
    ("command", "world_of"), [(s3_command("--ephemeral"), Twin), (moto_command(), Moto)]
)
def test_world_is_empty_after_a_reset_and_can_be_filled_again(
    command: Command, world_of: Callable[[Server], World], tmp_path: Path
) -> None:
    with running(command, tmp_path) as server:
        world = world_of(server)

        world.fill()
        first = world.reset()
        world.fill()

    assert 0 < first < 30


def test_each_peer_is_judged_by_rounds() -> None:
    seconds = {"twin": (1.0, 2.0), "miniflare": (3.0, 4.0)}

    (verdict,) = judge_fresh("reset", seconds, {"miniflare": 5})

    assert (verdict.subject, verdict.figure, verdict.met) == (
        "reset, of miniflare",
        "2.5× (2.0–3.0)",
        False,
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> apsw.Connection:
    texts = [Document(number, "kalo", "miren") for number in range(1, 31)]
    return filled_engine(tmp_path_factory.mktemp("engine") / "bare.sqlite", texts)


@pytest.mark.parametrize(("operation", "rows"), [(POINT, 1), (INSERT, 0), (SEARCH, 20)])
def test_engine_finds_what_the_twin_is_asked_for(
    engine: apsw.Connection, operation: Operation, rows: int
) -> None:
    for bindings in islice(bound(operation, ("kalo",)), 3):
        assert len(engine.execute(operation.sql, bindings).fetchall()) == rows


def test_point_reads_visit_every_row() -> None:
    assert {bindings[0] for bindings in islice(bound(POINT, ("kalo",)), ROWS)} == set(
        range(1, ROWS + 1)
    )


def test_engine_is_charged_for_its_own_cpu_only(engine: apsw.Connection) -> None:
    taken = sample(engine, POINT.sql, bound(POINT, ("kalo",)), seconds=0.05)

    assert taken.seconds >= 0.05
    assert 0 < taken.cpu_seconds <= taken.seconds
    assert taken.requests > 10


def test_twin_is_judged_by_the_engines_cpu() -> None:
    bare, twin = (
        Cell("read", name, (Sample(100, 1.0, cpu, 1.0, 0.0),))
        for name, cpu in (("bare SQLite", 0.1), ("twin", 1.0))
    )

    verdict = judge(POINT, (bare, twin))

    assert (verdict.figure, verdict.met) == ("10 % (10–10)", True)
