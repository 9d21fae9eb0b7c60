"""A mutation run, for people and for the report."""

import shlex
from collections.abc import Iterator

from emulator.leaks.mutate_record import Outcome, Record, Trial
from emulator.leaks.report.score import Mutant, Score

SHOWN_CHARACTERS = 300
SHOWN_CASES = 3
UNMOVED = (
    "Taking it away changed nothing that was asked of the store in this suite: no two users ask"
    " for keys that differ in the user alone."
)


def score_of(record: Record) -> Score:
    tried = [one for one in record.trials if one.outcome is not Outcome.UNTRIED]
    untried = len(record.trials) - len(tried)
    mutants = [mutant_of(one) for one in tried]
    return Score(shlex.join(record.command), mutants, untried, record.spent)


def mutant_of(trial: Trial) -> Mutant:
    moved = trial.outcome is not Outcome.UNMOVED
    return Mutant(
        predicate=trial.predicate,
        statement=trial.statement,
        table=trial.table,
        product=trial.product,
        killed_by=trial.by,
        explanation="" if moved or trial.product == "d1" else UNMOVED,
    )


def lines(record: Record) -> Iterator[str]:
    """The survivors, each with where it is used, and the score."""
    for one in record.trials:
        if one.outcome in (Outcome.SURVIVED, Outcome.UNMOVED):
            yield from survivor_lines(one)
    for one in record.having(Outcome.TOGETHER):
        yield f"in each other's place: {one.predicate} in {one.script}: {shown(one.statement)}"
    score = score_of(record)
    untried = f", {score.untried} not tried" if score.untried else ""
    yield (
        f"mutation score: {score.killed} of {len(score.mutants)} filters are defended"
        f" ({score.percent:.0f} %){untried}, {score.seconds:.0f} s"
    )


def survivor_lines(one: Trial) -> Iterator[str]:
    yield f"{one.outcome.upper()} {one.id} {one.script} {one.product} {one.table}: {one.predicate}"
    yield f"  in {shown(one.statement)}"
    if one.request:
        yield f"  as in {one.request}, {one.count} times when the suite ran"
    if one.cases:
        more = f" and {len(one.cases) - SHOWN_CASES} more" if len(one.cases) > SHOWN_CASES else ""
        yield f"  while there ran {', '.join(one.cases[:SHOWN_CASES])}{more}"
    if one.outcome is Outcome.UNMOVED:
        yield f"  {UNMOVED}" if one.product != "d1" else "  It was not used when it was gone."


def shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
