"""How a run ends: with a page, its figures beside it, a few lines, and a code for CI."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from loadtests.report import targets
from loadtests.report.answer import headline, summary
from loadtests.report.billing import month
from loadtests.report.figures import between, called, reached, times, wanted
from loadtests.report.likeness import Change, UnlikeRuns, changes, named
from loadtests.report.limits import limits
from loadtests.report.ratios import Comparison, comparisons
from loadtests.report.results import ResultsError, Run, save
from loadtests.report.sides import SIDES
from loadtests.report.targets import Reached, TargetsError, judged

MISSED, REFUSED = 1, 2
MARKS = {True: "✓", False: "✕", None: "–"}


def ended(
    run: Run,
    folder: Path,
    thresholds: Path = targets.DEFAULT,
    against: Run | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Writes `report.html` and `report.json`; 1 where a target is missed, 2 where something
    given cannot be used: targets, bill, or a run to compare with.
    """
    page, beside = folder / "report.html", folder / "report.json"
    save(run, beside)
    try:
        found = judged(run, targets.read(thresholds))
        changed = changes(against, run) if against else None
        month(run)
    except (TargetsError, UnlikeRuns, ResultsError) as error:
        say(str(error))
        say(f"written: {beside}")
        return REFUSED
    save(run, beside, told(run, found))
    write(page, run, found, changed)
    for line in lines(run, found, changed):
        say(line)
    say(f"report: {page}")
    return code(run, found)


def code(run: Run, found: Sequence[Reached]) -> int:
    asked = any(one.requests for one in run.cells)
    return MISSED if not asked or any(one.fails for one in found) else 0


def write(page: Path, run: Run, found: Sequence[Reached], changed: Sequence[Change] | None) -> None:
    # jinja2 is loaded for the page alone.
    from loadtests.report.page import html

    page.write_text(html(run, found, changed), encoding="utf-8")


def lines(
    run: Run, found: Sequence[Reached], changed: Sequence[Change] | None = None
) -> Iterator[str]:
    yield headline(run)
    yield f"latency profile: {named(run.profile)}"
    for one in comparisons(run):
        yield from of_pair(one)
    if bill := month(run):
        yield f"{bill.sentence}{f' (above ${bill.budget})' if bill.above_budget else ''}"
    for limit in limits(run):
        yield f"{SIDES.get(limit.side, limit.side)}: {limit.text}"
    for target in found:
        note = "" if target.target.gate else " (no gate)"
        yield (
            f"{MARKS[target.is_met]} {target.target.name}: {reached(target)}, "
            f"wanted {wanted(target)}{note}"
        )
    for change in changed or ():
        if change.agrees is False:
            pair = f"{SIDES[change.pair.left]}/{SIDES[change.pair.right]}"
            before, now = between(change.before), between(change.now)
            yield f"changed: {pair} {called(change.operation)}: {before}, now {now}"


def of_pair(one: Comparison) -> Iterator[str]:
    yield summary(one)
    for ratio in one.ratios:
        yield f"  {called(ratio.operation):<24} {between(ratio.typical):<24} {times(ratio.typical)}"


def told(run: Run, found: Sequence[Reached]) -> dict[str, Any]:
    """What was made of the figures, for machines."""
    return {
        "headline": headline(run),
        "code": code(run, found),
        "ratios": [
            {
                "left": one.pair.left,
                "right": one.pair.right,
                "operation": ratio.operation,
                "ratio": ratio.typical.value,
                "low": ratio.typical.low,
                "high": ratio.typical.high,
                "verdict": ratio.verdict,
            }
            for one in comparisons(run)
            for ratio in one.ratios
        ],
        "targets": [
            {"name": one.target.name, "value": one.value, "met": one.is_met} for one in found
        ],
    }
