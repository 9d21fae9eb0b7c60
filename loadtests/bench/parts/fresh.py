"""How soon the twin and the peers are there, and how soon they are empty again for a next test."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import count

from loadtests.bench.figures import Spread, spread
from loadtests.bench.machine import wait_until_quiet
from loadtests.bench.peers import PeersAbsent, find_peers, moto_command
from loadtests.bench.process import Command, running
from loadtests.bench.report import Part, Table
from loadtests.bench.rounds import interleave
from loadtests.bench.session import Session
from loadtests.bench.twin import s3_command
from loadtests.bench.verdict import Verdict, at_least_times
from loadtests.bench.worlds import Miniflare, Moto, Twin, World

TITLE = "Start and reset, beside miniflare, wrangler dev and moto"
# [guess] How many times as soon as each peer is wanted. moto's server is S3 alone, and to be
# empty it forgets what was in memory; the others have files.
START = {"miniflare": 1.2, "wrangler dev": 3, "moto": 0.7}
RESET = {"miniflare": 5, "moto": 0.1}
Seconds = Mapping[str, Sequence[float]]


def run(session: Session) -> Part:
    try:
        find_peers()
    except PeersAbsent as absent:
        return Part(TITLE, not_run=str(absent))
    ready, empty = starts(session), resets(session)
    verdicts = (*judge("start", ready, START), *judge("reset", empty, RESET))
    return Part(TITLE, verdicts=verdicts, tables=(table(ready, empty),))


def starts(session: Session) -> Seconds:
    """To the line that says a server is ready, each time without anything from before."""
    numbers = count(1)
    peers = find_peers()

    def start(name: str) -> float:
        wait_until_quiet()
        directory = session.directory / "fresh" / f"{name}-{next(numbers)}"
        directory.mkdir(parents=True)
        commands: Mapping[str, Callable[[], Command]] = {
            "twin": lambda: s3_command("--state", "state"),
            "miniflare": lambda: peers.miniflare(directory),
            "wrangler dev": lambda: peers.wrangler(directory),
            "moto": moto_command,
        }
        with running(commands[name](), directory) as server:
            session.say(f"start of {name}: {server.ready_seconds:.2f} s")
            return server.ready_seconds

    names = ("twin", *START)
    taken = interleave(names, start, session.stopwatch.rounds)
    return dict(zip(names, taken, strict=True))


def resets(session: Session) -> Seconds:
    """Of servers that run and are full; what they do the first time they are filled is past."""
    with ExitStack() as stack:
        worlds = tuple(started(session, stack))
        for world in worlds:
            world.fill()
            world.reset()

        def reset(world: World) -> float:
            world.fill()
            wait_until_quiet()
            seconds = world.reset()
            session.say(f"reset of {world.name}: {1e3 * seconds:.0f} ms")
            return seconds

        taken = interleave(worlds, reset, session.stopwatch.rounds)
    return dict(zip((world.name for world in worlds), taken, strict=True))


def started(session: Session, stack: ExitStack) -> Iterable[World]:
    # A directory each: the twin would take the peers' wrangler.json for its own.
    ours, theirs, moto = (session.directory / f"reset-{name}" for name in ("a", "b", "c"))
    yield Twin(stack.enter_context(running(s3_command("--state", "state"), ours)))
    yield Miniflare(stack.enter_context(running(find_peers().miniflare(theirs), theirs)))
    yield Moto(stack.enter_context(running(moto_command(), moto)))


def judge(what: str, seconds: Seconds, floors: Mapping[str, float]) -> Iterable[Verdict]:
    for peer, floor in floors.items():
        yield at_least_times(f"{what}, of {peer}", floor, ratio(seconds["twin"], seconds[peer]))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times as soon we are, of the rounds."""
    return spread([their / our for our, their in zip(ours, theirs, strict=True)])


def table(ready: Seconds, empty: Seconds) -> Table:
    rows = (
        *((f"start, {name}", milliseconds(taken)) for name, taken in ready.items()),
        *((f"reset, {name}", milliseconds(taken)) for name, taken in empty.items()),
    )
    return Table(("what", "ms"), rows)


def milliseconds(seconds: Sequence[float]) -> str:
    taken = spread([1e3 * one for one in seconds])
    return f"{taken.median:,.0f} ({taken.low:,.0f}–{taken.high:,.0f})"
