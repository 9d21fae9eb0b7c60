"""What is left of a bare server's speed once the twin does its work."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from loadtests.bench.answering import answer_to, bare_command
from loadtests.bench.api import Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.crowded import EXTRA_ROUTES
from loadtests.bench.figures import cpu_ratio, rps_ratio
from loadtests.bench.process import Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant
from loadtests.bench.session import Session
from loadtests.bench.twin import command_of, open_account, twin_command
from loadtests.bench.verdict import Verdict, at_least_percent
from loadtests.bench.wrk import Load

TITLE = "The twin against a bare server that sends the same bytes"
CROWDED = f"twin, {EXTRA_ROUTES} more routes"
# Of the plain twin's speed: a route table must cost nothing, noise is some percent.
CROWDED_PERCENT = 90


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    floor_percent: int
    load: Callable[[Api], Load]


OPERATIONS = (
    Operation("D1 point SELECT", 50, Api.point_select),
    Operation("KV get", 60, Api.get),
    Operation("KV put", 45, lambda api: api.put("x" * 100)),
)


def run(session: Session) -> Part:
    with ExitStack() as stack:
        directory = session.directory / "bare"
        commands = (
            twin_command("twin", "--state", str(directory / "state")),
            command_of("loadtests.bench.crowded", CROWDED, "--state", str(directory / "crowded")),
        )
        servers = [stack.enter_context(running(command, directory)) for command in commands]
        filled = [(server, fill(server)) for server in servers]
        cells = [compare(session, operation, filled) for operation in OPERATIONS]
    verdicts = [
        verdict
        for operation, taken in zip(OPERATIONS, cells, strict=True)
        for verdict in judge(operation, *taken)
    ]
    return Part(TITLE, tuple(cell for taken in cells for cell in taken), tuple(verdicts))


def fill(server: Server) -> Api:
    api = open_account(server)
    api.execute(ITEMS)
    fill_items(api, 1, 10_000)
    api.put_many([f"k{number}" for number in range(1, 1_001)], "x" * 100)
    return api


def compare(
    session: Session, operation: Operation, filled: list[tuple[Server, Api]]
) -> tuple[Cell, ...]:
    """Cells of the bare server, the twin and the crowded twin."""
    twin, api = filled[0]
    load = operation.load(api)
    recorded = session.directory / "bare" / "answer.json"
    answer_to(load, twin.port).save(recorded)
    with running(bare_command(recorded), session.directory / "bare") as bare:
        contestants = [
            Contestant("bare uvicorn", bare, load),
            *(Contestant(server.name, server, operation.load(api)) for server, api in filled),
        ]
        return session.stopwatch.compare(operation.name, contestants, session.say)


def judge(operation: Operation, bare: Cell, twin: Cell, crowded: Cell) -> list[Verdict]:
    floor, name = operation.floor_percent, operation.name
    return [
        at_least_percent(f"{name}, per CPU", floor, cpu_ratio(twin.samples, bare.samples)),
        at_least_percent(f"{name}, per second", floor, rps_ratio(twin.samples, bare.samples)),
        at_least_percent(
            f"{name}, per CPU, {EXTRA_ROUTES} more routes against without",
            CROWDED_PERCENT,
            cpu_ratio(crowded.samples, twin.samples),
        ),
    ]
