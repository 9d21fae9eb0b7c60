"""Where the time of an answer goes, by what the client and the twin have measured."""

from dataclasses import replace

import pytest

from emulator.core.histogram import Histogram
from loadtests.report.results import Cell, Served
from loadtests.report.serving import merged, parts, served
from tests.loadtests.runs import EMPTY


def of(milliseconds: float, count: int = 10) -> Histogram:
    made = Histogram()
    for _ in range(count):
        made.add(milliseconds)
    return made


def test_the_parts_of_the_mean_answer_add_up() -> None:
    cell = Cell(1, "d1", "read", of(20.0), 5.0)
    told = Served("d1", "d1.query", of(15.0), of(2.0), of(6.0), of(3.0))
    (found,) = parts(replace(EMPTY, cells=(cell,), served=(told,)))
    wanted = {"network": 6, "queue": 2, "service": 3, "twin": 4, "client": 5}
    assert dict(found.named) == pytest.approx(wanted)
    assert found.whole == pytest.approx(20)


def test_what_a_binding_takes_is_part_of_what_the_edge_takes() -> None:
    cell = Cell(1, "worker", "read", of(20.0), 5.0)
    edge = Served("worker", "fetch", of(18.0), door="edge")
    inside = Served("worker", "d1.query", of(9.0), None, of(5.0), door="binding")
    (found,) = parts(replace(EMPTY, cells=(cell,), served=(edge, inside)))
    assert (found.network, found.twin, found.client) == pytest.approx((5, 13, 2))


def test_what_was_added_to_refusals_is_not_the_clients() -> None:
    cell = Cell(1, "kv", "read", of(20.0, 10), 5.0)
    told = Served("kv", "kv.get", of(15.0, 5), None, of(12.0, 10))
    (found,) = parts(replace(EMPTY, cells=(cell,), served=(told,)))
    assert (found.network, found.twin, found.client) == pytest.approx((12, 0, 8))


def test_of_a_side_that_the_server_does_not_know_nothing_is_told() -> None:
    cell = Cell(1, "d1", "read", of(20.0), 5.0)
    assert parts(replace(EMPTY, cells=(cell,))) == ()


def test_the_twins_timings_are_read() -> None:
    added = {"network": of(6.0).json(), "queue": of(2.0).json()}
    told = [
        {"door": "rest", "operation": "d1.query", "total": of(15.0).json(), "added": added},
        {"door": "rest", "operation": "kv.get", "total": Histogram().json(), "added": {}},
    ]
    (found,) = served("d1", told)
    assert found == Served("d1", "d1.query", of(15.0), of(2.0), of(6.0))


def test_rounds_are_joined_by_side_door_and_operation() -> None:
    first = Served("d1", "d1.query", of(15.0), of(2.0))
    other = Served("d1", "d1.query", of(9.0), door="binding")
    twice, alone = merged([first, other, first])
    assert twice.histogram.count == 20
    assert twice.waited
    assert (twice.waited.count, twice.network) == (20, None)
    assert alone == other
