"""What the run says, in a sentence, and how far it can be trusted."""

from collections.abc import Iterator, Sequence

from loadtests.report.figures import counted, percents, reach, short
from loadtests.report.limits import held_by_the_client, limits
from loadtests.report.ratios import Comparison, comparisons
from loadtests.report.results import Run
from loadtests.report.sides import SIDES

# With fewer samples, Student's t makes intervals wide. [guess]
ENOUGH = 4
SHORT = {"d1": "D1", "worker": "D1 through the Worker"}


def headline(run: Run) -> str:
    found = comparisons(run)
    if found:
        return compared(found[0])
    requests = sum(one.requests for one in run.cells)
    if not requests:
        return "Nothing was measured"
    failed = sum(one.failed for one in run.cells) / requests
    lost = sum(abs(one.lost) for one in run.writes)
    kept = (
        "" if not run.writes else f", {counted(lost, 'write')} lost" if lost else ", nothing lost"
    )
    return f"{counted(run.users, 'user')}: {percents(failed)} errors{kept}"


def compared(one: Comparison) -> str:
    left, right = SHORT.get(one.pair.left, one.left), one.right
    total, faster, slower = len(one.ratios), one.count("faster"), one.count("slower")
    if one.overall.low is None:
        return f"One {one.overall.of} of {left} and {right}: too few to tell them apart"
    if not faster and not slower:
        return f"No difference to be seen between {left} and {right}"
    level = also("no different", one.count("level")) + also("not known", one.count("unknown"))
    if slower > faster:
        return (
            f"{left} is slower than {right} at {of(slower, total)}{also('faster', faster)}{level}"
        )
    return f"{left} is faster than {right} at {of(faster, total)}{also('slower', slower)}{level}"


def of(count: int, total: int) -> str:
    if total == 1:
        return "the one operation measured"
    return f"all {total} operations" if count == total else f"{count} of {total} operations"


def also(word: str, count: int) -> str:
    return f", {word} at {count}" if count else ""


def summary(one: Comparison) -> str:
    """One line for each pair of sides."""
    samples = counted(one.overall.samples, one.overall.of)
    sure = f"{reach(one.overall)} with 95 % confidence, " if one.overall.low is not None else ""
    return (
        f"{one.left} takes {short(one.overall.value)} times as long as {one.right}"
        f" ({sure}{samples}){over(len(one.ratios))}"
    )


def over(operations: int) -> str:
    return f", over {operations} operations" if operations > 1 else ""


def trust(run: Run) -> Iterator[str]:
    """What a reader must know before believing it."""
    yield from about_target(run)
    yield from about_samples(comparisons(run))
    found = limits(run)
    for side in held_by_the_client(found):
        yield (
            f"{SIDES.get(side, side)}: the client was the limit, so its times include waiting in"
            " the client. Use more Locust processes, or compare with the server’s own times."
        )
    for one in found:
        if one.who == "machine":
            yield f"{SIDES.get(one.side, one.side)}: {one.text}; client and servers share it."
    if failed := failing(run):
        yield f"Failed requests are counted as errors; their times are left out: {failed}."
    yield from run.notes


def about_target(run: Run) -> Iterator[str]:
    if run.target == "real":
        yield "Measured on the real services, from where the client ran."
        return
    yield (
        "Measured on the twin: SQLite stands for D1 and PostgreSQL for Supabase, on this machine,"
        " behind the twin’s own API, PostgREST and Auth, whose time is in all of it."
        " Cloudflare’s and Supabase’s own machines are not in these figures."
    )
    if run.profile is None:
        yield (
            "No latency profile ran: on loopback only the engines and their doors differ."
            " The network, which decides much, is not in these figures."
        )
        return
    note = f" ({run.profile.note.rstrip('.')})" if run.profile.note else ""
    guesses = run.profile.guesses
    unsure = (
        f" {counted(guesses, 'figure')} of it have no source and are guesses." if guesses else ""
    )
    yield (
        f"Network and service times come from the latency profile {run.profile.name}{note}:"
        f" the ratios are as good as that profile’s figures.{unsure}"
    )


def about_samples(found: Sequence[Comparison]) -> Iterator[str]:
    if not found:
        return
    fewest = min((one.overall for one in found), key=lambda one: one.samples)
    if fewest.samples < ENOUGH:
        told = counted(fewest.samples, fewest.of)
        yield f"{told} only: the intervals are wide, or there are none."
    if fewest.of == "round":
        yield (
            "All was started once: the intervals know how rounds differ, not how starts do."
            " Another run may differ by more."
        )
    several = sum(len(one.ratios) for one in found)
    if several >= 10:
        yield (
            f"Each of {several} intervals holds at 95 %: about one in twenty would miss its ratio"
            " by chance."
        )


def failing(run: Run) -> str:
    shares = []
    for side in run.sides:
        cells = [one for one in run.cells if one.side == side]
        asked, failed = sum(one.requests for one in cells), sum(one.failed for one in cells)
        if failed:
            shares.append(f"{SIDES.get(side, side)} {percents(failed / asked)}")
    return ", ".join(shares)
