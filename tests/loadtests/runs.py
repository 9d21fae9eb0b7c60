"""Runs that nobody measured, drawn from a seed, for the tests of the report."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from emulator.core.histogram import Histogram
from emulator.meter.bill import bill_of
from emulator.meter.prices import load
from emulator.meter.shown import bill_json
from loadtests.report.results import (
    Busy,
    Cache,
    Cell,
    Environment,
    Memory,
    Moment,
    Profile,
    Run,
    Served,
    Writes,
)

OPERATIONS = {
    "point_read": 0.45,
    "list_page": 0.6,
    "fts_search": 0.3,
    "filter_count": 1.0,
    "insert": 1.6,
    "batch": 0.8,
}
ENVIRONMENT = Environment(
    "Example CPU, Linux", 2, {"Python": "3.11.7"}, 7, "0123abc", 4096, "small", "every 0.1 s"
)
EMPTY = Run("2026-11-26T12:00:00+00:00", 60.0, 10, "twin", ENVIRONMENT)


def times(random: Random, median: float, count: int = 100, spread: float = 0.4) -> Histogram:
    made = Histogram()
    for _ in range(count):
        made.add(median * random.lognormvariate(0, spread))
    return made


def cells(
    seed: int = 1, rounds: int = 6, noise: float = 0.05, count: int = 100
) -> tuple[Cell, ...]:
    """D1 takes the shares of `OPERATIONS` of Supabase's time; each round is off a little."""
    random = Random(seed)
    made = []
    for number in range(1, rounds + 1):
        for place, (operation, share) in enumerate(OPERATIONS.items()):
            median = 4.0 * (place + 1) * random.lognormvariate(0, noise)
            made.append(Cell(number, "supabase", operation, times(random, median, count), 5.0))
            median *= share * random.lognormvariate(0, noise)
            made.append(Cell(number, "d1", operation, times(random, median, count), 5.0))
    return tuple(made)


@cache
def small(seed: int = 1, rounds: int = 6) -> Run:
    return replace(EMPTY, cells=cells(seed, rounds))


@cache
def whole(seed: int = 1) -> Run:
    """With something in each part of the report."""
    random = Random(seed)
    of_d1 = cells(seed)
    others = tuple(
        replace(one, side="worker", errors={"503 overloaded": 3})
        for one in cells(seed + 1)
        if one.side == "d1"
    )
    kv = tuple(
        Cell(number, side, "session", times(random, median), 5.0)
        for number in range(1, 7)
        for side, median in (("kv", 0.8), ("postgres", 3.1))
    )
    return replace(
        EMPTY,
        profile=Profile("europe-to-us", "5e1f00d5e1f0", "client in Frankfurt, D1 in Virginia", 7),
        cells=(*of_d1, *others, *kv),
        moments=moments(random),
        served=served(random),
        busy=(
            Busy("d1", "client", 0.93),
            Busy("d1", "twin", 0.41),
            Busy("supabase", "client", 0.44),
            Busy("supabase", "twin", 0.39),
            Busy("supabase", "postgres", 0.5, 2),
            Busy("worker", "twin", 0.91),
        ),
        memory=tuple(
            Memory(second, process, base + random.random() + second * slope)
            for second in range(60)
            for process, base, slope in (("twin", 74, 0.01), ("worker", 52, 0.0))
        ),
        caches=(Cache("embeddings", 650, 350), Cache("AI Gateway", 210, 190)),
        writes=(Writes("D1 rows", 5200, 5200), Writes("Supabase rows", 5100, 5099)),
        bill=bill(),
        notes=("Supabase’s vector search runs on pgvector without an index.",),
    )  # fmt: skip


def bill(budget: str = "15") -> dict[str, Any]:
    """As the meter tells it of a month in which something is billed."""
    used = {"rows_read": 40_000_000_000, "rows_written": 40_000_000, "requests": 9_000_000}
    found = bill_of({unit: Decimal(amount) for unit, amount in used.items()}, load())
    above = found.dollars > Decimal(budget)
    head = {"seconds": 60.0, "scale": "43200", "budget": budget, "above_budget": above}
    return {**head, **bill_json(found)}


def moments(random: Random) -> tuple[Moment, ...]:
    return tuple(
        Moment(second, side, random.randint(180, 220), random.randint(0, 2), 10, queue, 4 + queue)
        for second in range(60)
        for side in (("d1", "supabase")[second // 5 % 2],)
        for queue in (random.randint(0, 6),)
    )


def served(random: Random) -> tuple[Served, ...]:
    return (
        Served("d1", "point_read", times(random, 1.2, 600), times(random, 0.1, 600)),
        Served(
            "d1",
            "d1.query",
            times(random, 11, 3000),
            times(random, 1, 3000),
            times(random, 3, 3000),
            times(random, 1, 3000),
        ),
        Served("supabase", "select", times(random, 12, 3600), None, times(random, 4, 3600)),
    )
