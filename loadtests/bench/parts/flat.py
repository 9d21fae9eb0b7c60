"""Reads must not slow down as data grows: two twins, one with little and one with much."""

from contextlib import ExitStack

from loadtests.bench.api import Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.figures import cpu_ratio, rps_ratio
from loadtests.bench.process import running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant
from loadtests.bench.session import Session
from loadtests.bench.twin import open_account, twin_command
from loadtests.bench.verdict import Verdict, less_than_percent_lost, less_than_percent_more

TITLE = "The twin with much data against the twin with little"
FEW_KEYS, MANY_KEYS = 1_000, 1_000_000
KEYS_A_CALL = 10_000
FEW_ROWS, ROWS_A_CALL = 10_000, 20_000
ROW_CHARS = 1_000
LARGE_BYTES = 1_000_000_000
MOST_CHANGE_PERCENT = 20


def run(session: Session) -> Part:
    with ExitStack() as stack:
        directory = session.directory / "flat"
        commands = [
            twin_command(f"twin {size}", "--state", str(directory / size))
            for size in ("small", "large")
        ]
        small, large = (stack.enter_context(running(command, directory)) for command in commands)
        few, many = open_account(small), open_account(large)
        fill_keys(session, few, FEW_KEYS)
        fill_keys(session, many, MANY_KEYS)
        gets = (
            Contestant(f"{FEW_KEYS:,} keys", small, few.get(FEW_KEYS)),
            Contestant(f"{MANY_KEYS:,} keys", large, many.get(MANY_KEYS)),
        )
        kv = session.stopwatch.compare("KV get", gets, session.say)
        few.execute(ITEMS)
        fill_items(few, 1, FEW_ROWS, ROW_CHARS)
        rows = fill_to(session, many, LARGE_BYTES)
        selects = (
            Contestant(f"{FEW_ROWS:,} rows", small, few.point_select(FEW_ROWS)),
            Contestant(f"{rows:,} rows, 1 GB", large, many.point_select(rows)),
        )
        d1 = session.stopwatch.compare("D1 point SELECT", selects, session.say)
    return Part(TITLE, (*kv, *d1), (*judge(*kv), *judge(*d1)))


def fill_keys(session: Session, api: Api, keys: int) -> None:
    for first in range(1, keys + 1, KEYS_A_CALL):
        last = min(first + KEYS_A_CALL, keys + 1)
        api.put_many([f"k{number}" for number in range(first, last)], "x" * 100)
        if last % 100_000 == 1:
            session.say(f"{last - 1:,} of {keys:,} keys")


def fill_to(session: Session, api: Api, size_bytes: int) -> int:
    """Add rows until the database is that large; returns how many there are."""
    api.execute(ITEMS)
    rows = size = 0
    while size < size_bytes:
        fill_items(api, rows + 1, rows + ROWS_A_CALL, ROW_CHARS)
        rows += ROWS_A_CALL
        size = api.execute("SELECT 1")["meta"]["size_after"]
        if rows % (5 * ROWS_A_CALL) == 0:
            session.say(f"{rows:,} rows, {size / 1e6:,.0f} MB")
    return rows


def judge(small: Cell, large: Cell) -> list[Verdict]:
    subject = f"{large.operation}, {large.contestant} against {small.contestant}"
    more_cpu = cpu_ratio(small.samples, large.samples)
    fewer = rps_ratio(large.samples, small.samples)
    return [
        less_than_percent_more(f"{subject}, CPU", MOST_CHANGE_PERCENT, more_cpu),
        less_than_percent_lost(f"{subject}, per second", MOST_CHANGE_PERCENT, fewer),
    ]
