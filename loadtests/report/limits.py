"""What held a side back: the client that asked, the server, the machine, or nothing but pacing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadtests.report.results import Busy, Run
from loadtests.report.sides import SIDES
from loadtests.report.targets import UNITS, Reached

# Of what a process can use at all. Above it requests wait for the processor. [guess]
FULL = 0.85
NAMES = {"client": "the client", "twin": "the twin", "worker": "the Worker", "postgres": "Postgres"}


@dataclass(frozen=True, slots=True)
class Limit:
    """`who`: a process, "machine", or "pacing"."""

    side: str
    who: str
    text: str
    busy: tuple[Busy, ...] = ()


def limits(run: Run) -> tuple[Limit, ...]:
    """Of the sides at which somebody looked."""
    seen = {one.side for one in run.busy}
    return tuple(limit(run, side) for side in run.sides if side in seen)


def limit(run: Run, side: str) -> Limit:
    busy = tuple(one for one in run.busy if one.side == side)
    fullest = max(busy, key=share)
    if share(fullest) >= FULL:
        text = f"{name(fullest)} was the limit, with {used(fullest)}"
        return Limit(side, fullest.process, text, busy)
    used_by_all = sum(one.cores for one in busy)
    if used_by_all >= FULL * run.environment.cpus:
        text = f"the machine was the limit: {used_by_all:.1f} of {run.environment.cpus} cores"
        return Limit(side, "machine", text, busy)
    text = f"nothing was full: the pacing was the limit; {name(fullest)} used {used(fullest)}"
    return Limit(side, "pacing", text, busy)


def share(one: Busy) -> float:
    return one.cores / one.most


def name(one: Busy) -> str:
    return NAMES.get(one.process, one.process)


def used(one: Busy) -> str:
    return f"{100 * share(one):.0f} % of {'its core' if one.most == 1 else f'{one.most:g} cores'}"


def behind(run: Run, reached: Sequence[Reached]) -> Iterator[str]:
    """Of latencies that were too high: who was the limit meanwhile, and how many waited."""
    found = {one.side: one for one in limits(run)}
    for one in reached:
        if one.is_met is not False or UNITS.get(one.target.measure) != "ms":
            continue
        for side in one.target.sides or run.sides:
            if side in found:
                told = f"{SIDES.get(side, side)}: {found[side].text}{waited(run, side)}"
                yield f"{one.target.name} is missed. {told}."


def waited(run: Run, side: str) -> str:
    queues = [one.queue for one in run.moments if one.side == side and one.queue is not None]
    return f"; at most {max(queues)} waited in a queue" if queues else ""


def held_by_the_client(found: Sequence[Limit]) -> tuple[str, ...]:
    return tuple(one.side for one in found if one.who == "client")
