"""What there is to report, and how a command ends by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from emulator.guard.findings import Found
from emulator.leaks.observations import Observations, Severity
from emulator.leaks.report.baseline import Accepted, Judged, judged
from emulator.leaks.report.finding import (
    Finding,
    of_audit,
    of_mutant,
    of_observation,
    sorted_by_weight,
)
from emulator.leaks.report.score import Score

FINE, FOUND, UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Report:
    """Of a run, of an audit, of a mutation run, or of several of them.

    `lines` says on which line of `source` a route stands: the list of routes, or OpenAPI.
    `audit_mode` is the audit's in the twin, where there is one.
    """

    today: date
    observations: Observations | None = None
    audit: Sequence[Found] = ()
    score: Score | None = None
    baseline: Sequence[Accepted] = ()
    source: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    audit_mode: str = ""
    findings: tuple[Finding, ...] = field(init=False)
    judged: Judged = field(init=False)

    def __post_init__(self) -> None:
        seen = [of_observation(one) for one in self.observations.found] if self.observations else []
        audited = [of_audit(one) for one in self.audit]
        survivors = [of_mutant(one) for one in self.score.survivors] if self.score else []
        findings = sorted_by_weight([*seen, *audited, *survivors])
        object.__setattr__(self, "findings", findings)
        object.__setattr__(self, "judged", judged(findings, self.baseline, self.today))

    @property
    def blamed(self) -> list[Finding]:
        """What is neither a note nor accepted nor a gap in what was called."""
        return [one for one in self._counted if not one.is_uncovered]

    @property
    def uncovered(self) -> list[Finding]:
        return [one for one in self._counted if one.is_uncovered]

    @property
    def stopped(self) -> str:
        return self.observations.stopped if self.observations else ""

    @property
    def exit_code(self) -> int:
        """For CI: a leak weighs more than not knowing."""
        if self.blamed:
            return FOUND
        return UNKNOWN if self.uncovered or self.stopped else FINE

    @property
    def _counted(self) -> list[Finding]:
        return [one for one in self.judged.open if one.severity is not Severity.NOTE]
