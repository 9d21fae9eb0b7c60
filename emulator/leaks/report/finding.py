"""One shape for what the lab saw, what the audit found, and which filters no test defends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from emulator.guard.findings import Found
from emulator.leaks.markers import WORD
from emulator.leaks.observations import Kind, Observation, Severity
from emulator.leaks.report.score import Mutant

ORDER = tuple(Severity)
SURVIVOR = "mutation/survivor"
# Of a key or a statement, what another run has otherwise: ids, numbers, and what is bound inline.
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
LITERAL = r"'(?:[^']|'')*'"
VARYING = re.compile(rf"{LITERAL}|{UUID}|\b[0-9a-fA-F]{{16,}}\b|{WORD.pattern}|\d+")


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is a route, or a statement's table and Worker. One of the last three is there."""

    fingerprint: str
    rule: str
    severity: Severity
    place: str
    message: str
    fix: str = ""
    observed: Observation | None = None
    audited: Found | None = None
    mutant: Mutant | None = None

    @property
    def is_uncovered(self) -> bool:
        return self.observed is not None and self.observed.kind is Kind.UNCOVERED

    @property
    def is_existence(self) -> bool:
        """Nothing is told of the data but that it is there."""
        kinds = (Kind.EXISTENCE, Kind.TIMING)
        return self.observed is not None and self.observed.kind in kinds


def of_observation(one: Observation) -> Finding:
    return Finding(
        one.fingerprint, one.rule, one.severity, one.route, one.message, observed=one
    )  # fmt: skip


def of_audit(one: Found) -> Finding:
    # The resource's id is another one on each twin; what the Worker calls it stays.
    stable = (one.rule, one.product, one.door, one.script or "", one.name, one.table)
    where = f"{one.table or one.name or one.resource} in {one.script or one.door}"
    return Finding(
        fingerprint(*stable, masked(one.statement)),
        one.rule,
        Severity(one.severity),
        where,
        one.message,
        one.fix,
        audited=one,
    )


def of_mutant(one: Mutant) -> Finding:
    """A survivor. With an explanation it is but a note."""
    return Finding(
        fingerprint(SURVIVOR, one.product, masked(one.predicate), masked(one.statement)),
        SURVIVOR,
        Severity.NOTE if one.explanation else Severity.WARNING,
        one.table or one.product,
        f"No test notices when this filter is gone: {one.predicate}",
        one.explanation or "Add a test in which a second user asks for the first one's data.",
        mutant=one,
    )


def fingerprint(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def masked(text: str) -> str:
    """Without ids, markers, numbers and literals, and however it is spaced."""
    return " ".join(VARYING.sub("?", text).split())


def sorted_by_weight(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first, and what was seen before what was read; those of a route together."""
    first: dict[str, int] = {}
    for one in findings:
        first.setdefault(one.place, len(first))
    return tuple(sorted(findings, key=lambda one: (*weight(one), first[one.place])))


def weight(one: Finding) -> tuple[int, bool, bool]:
    return ORDER.index(one.severity), one.observed is None, one.is_existence
