"""How a suite is tried: one filter after another is taken away, and the suite runs again.

First it runs with every filter in place, while the twin notes which filters are used, and in
which of its cases. A filter is tried with the cases that use it; one that survives these is
tried with all of them. Filters of one statement that survive alone are tried at once: where that
is noticed, they stand in for each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from time import perf_counter

from emulator.leaks.mutate_control import Control
from emulator.leaks.mutate_record import Outcome, Record, Trial
from emulator.leaks.mutate_running import Ran, run

# How much longer than with its filters in place a suite may take, before it has failed.
PATIENCE, AT_LEAST_SECONDS = 5.0, 60.0
LAST_LINES = 30
SURVIVORS = (Outcome.SURVIVED, Outcome.UNMOVED)
Say = Callable[[str], None]


class CannotMutate(Exception):
    """The text says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`budget`: seconds for all trials. `resets`: the twin is emptied before each run."""

    command: Sequence[str]
    record: Path
    only: Sequence[str] = ()
    budget: float | None = None
    resets: bool = False


@dataclass(slots=True)
class Mutating:
    """One mutation run. What it has found is on disk after every trial."""

    plan: Plan
    control: Control
    say: Say
    _began: float = field(default_factory=perf_counter)
    _before: float = 0.0

    def run(self, before: Record | None = None) -> Record:
        """`before`: go on from there. Raises `CannotMutate`, `httpx.HTTPError`, `OSError`."""
        self.control.begin()
        try:
            record = before or self._observed()
            self._before = record.spent
            for trial in record.having(Outcome.UNTRIED):
                if self._is_over:
                    break
                self._announce(trial, record)
                record = self._kept(record.with_trial(self._tried(trial, record)))
            return self._tried_together(self._made_sure(record))
        finally:
            self.control.end()

    @property
    def _seconds(self) -> float:
        return perf_counter() - self._began

    @property
    def _is_over(self) -> bool:
        return self.plan.budget is not None and self._seconds >= self.plan.budget

    def _kept(self, record: Record) -> Record:
        record = replace(record, spent=self._before + self._seconds)
        record.save(self.plan.record)
        return record

    def _observed(self) -> Record:
        """The suite with every filter in place: it has to pass."""
        self.say(f"looking on: {' '.join(self.plan.command)}")
        ran = self._ran((), (), None)
        if not ran.passed:
            last = "\n".join(ran.output.strip().splitlines()[-LAST_LINES:])
            raise CannotMutate(f"the command fails with every filter in place:\n{last}")
        known = map(Trial.of, self.control.filters())
        trials = tuple(one for one in known if one.is_wanted(self.plan.only))
        self.say(f"{len(trials)} filters are used, the command takes {ran.seconds:.1f} s")
        self._began = perf_counter()
        return self._kept(Record(tuple(self.plan.command), ran.seconds, trials))

    def _announce(self, trial: Trial, record: Record) -> None:
        done = [one for one in record.trials if one.outcome is not Outcome.UNTRIED]
        took = sum(one.seconds for one in done) / len(done) if done else record.seconds
        left = took * (len(record.trials) - len(done))
        where = f"{trial.script} {trial.product} {trial.table}"
        number = f"{len(done) + 1} of {len(record.trials)}"
        self.say(f"{number}, about {left / 60:.0f} min left: {where}: {trial.predicate}")

    def _tried(self, trial: Trial, record: Record) -> Trial:
        cases = () if trial.elsewhere else trial.cases
        ran = self._ran((trial.id,), cases, record.seconds)
        changed = self._changed(trial.id)
        tried = replace(trial, changed=changed, seconds=ran.seconds, is_sure=not cases)
        if ran.passed:
            return self._told(replace(tried, outcome=survived(changed)))
        return self._told(replace(tried, outcome=Outcome.KILLED, by=ran.why, is_sure=True))

    def _told(self, trial: Trial) -> Trial:
        self.say(f"  {trial.outcome}{': ' if trial.by else ''}{trial.by}")
        return trial

    def _made_sure(self, record: Record) -> Record:
        """Survivors of some cases, with all cases; of one statement never two at once."""
        unsure = [one for one in record.trials if one.outcome in SURVIVORS and not one.is_sure]
        while unsure:
            now = list({one.group: one for one in unsure}.values())
            unsure = [one for one in unsure if one not in now]
            record = self._with_all_cases(now, record)
        return record

    def _with_all_cases(self, trials: Sequence[Trial], record: Record) -> Record:
        """Where one of them is noticed, by halves."""
        if self._is_over:
            return record
        self.say(f"with the whole command, at once: {len(trials)} that survive")
        ran = self._ran([one.id for one in trials], (), record.seconds)
        if ran.passed or len(trials) == 1:
            for one in trials:
                changed = max(one.changed, self._changed(one.id))
                sure = replace(one, changed=changed, outcome=survived(changed), is_sure=True)
                if not ran.passed:
                    sure = self._told(replace(sure, outcome=Outcome.KILLED, by=ran.why))
                record = record.with_trial(sure)
            return self._kept(record)
        middle = len(trials) // 2
        record = self._with_all_cases(trials[:middle], record)
        return self._with_all_cases(trials[middle:], record)

    def _tried_together(self, record: Record) -> Record:
        """Survivors of one statement, all at once."""
        alone = sorted(record.having(Outcome.SURVIVED), key=lambda one: one.group)
        for _, found in groupby(alone, key=lambda one: one.group):
            group = list(found)
            if len(group) == 1 or self._is_over:
                continue
            self.say(f"together: {' and '.join(one.predicate for one in group)}")
            ran = self._ran([one.id for one in group], (), record.seconds)
            if not ran.passed:
                for one in group:
                    by = f"together with the statement's other filters: {ran.why}"
                    record = record.with_trial(replace(one, outcome=Outcome.TOGETHER, by=by))
        return self._kept(record)

    def _changed(self, id: str) -> int:
        return sum(int(one["changed"]) for one in self.control.filters() if one["id"] == id)

    def _ran(self, ids: Sequence[str], cases: Sequence[str], usual: float | None) -> Ran:
        if self.plan.resets:
            self.control.reset()
        self.control.take(ids)
        seconds = None if usual is None else max(AT_LEAST_SECONDS, PATIENCE * usual)
        return run(self.plan.command, self.control.mutation, cases, seconds)


def survived(changed: int) -> Outcome:
    return Outcome.SURVIVED if changed else Outcome.UNMOVED
