"""What the page says, put together: its first sentence, its matrix, its cards."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.guard.findings import Found
from emulator.leaks.observations import (
    FORGED,
    NOBODY,
    OLD,
    SWAPPED,
    Cell,
    Kind,
    Severity,
    State,
)
from emulator.leaks.report.finding import Finding
from emulator.leaks.report.links import behind
from emulator.leaks.report.report import Report

MOST_CARDS = 300
MOST_PLACES = 6
# Colours alone are not for everybody.
SIGNS = {
    "uncalled": ("·", "not called"),
    "held": ("✓", "held"),
    "note": ("i", "a note"),
    "warning": ("!", "a warning"),
    "leak": ("✕", "a leak"),
    "uncovered": ("?", "could not be called"),
    "accepted": ("~", "accepted"),
}
# What the actor did with the owner's data; of other kinds the message says it.
VERBS = {
    Kind.MARKER: "saw data of",
    Kind.WRITE: "changed data of",
    Kind.ACCESS: "was served what belongs to",
    Kind.EXISTENCE: "could tell what exists of",
    Kind.TIMING: "could tell by the clock what exists of",
    Kind.CREDENTIAL: "was served what belongs to",
    Kind.PRIVILEGE: "used what is for administrators, over",
    Kind.SIGNED_URL: "opened a file of",
    Kind.INTERFERENCE: "changed what is answered to",
}
# What stands there as a finding of the audit, too.
AUDITED = re.compile(r"tenancy/[\w-]+: ")
LEAKS = (Kind.MARKER, Kind.WRITE, Kind.ACCESS, Kind.CREDENTIAL, Kind.SIGNED_URL)
TOKENS = {
    FORGED: "a token that speaks of the owner and that no sign-in has given",
    OLD: "a token of the owner whose session or time has ended",
    SWAPPED: "a token of the owner's with a part of another's",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """`places` are those of the worst findings, one a route; `more` are left out."""

    text: str
    is_good: bool
    places: Sequence[Finding]
    more: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell: `href` leads to its worst finding."""

    actor: str
    state: str
    sign: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    route: str
    cells: Sequence[Shown]
    is_blamed: bool


@dataclass(frozen=True, slots=True)
class Card:
    """`behind` are findings of the audit, each with where it stands on the page."""

    id: str
    state: str
    finding: Finding
    verb: str
    token: str
    lines: Sequence[str]
    behind: Sequence[tuple[Found, str]]


def headline(report: Report) -> Headline:
    blamed = report.blamed
    by_place: dict[str, Finding] = {}
    for one in blamed:
        by_place.setdefault(one.place, one)
    places = list(by_place.values())
    return Headline(
        sentence(report), report.exit_code == 0, places[:MOST_PLACES], len(places[MOST_PLACES:])
    )


def sentence(report: Report) -> str:
    blamed, seen = report.blamed, report.observations
    routes = {
        one.place
        for one in blamed
        if one.observed and one.observed.kind in LEAKS and one.severity is Severity.ERROR
    }
    if routes and seen:
        return f"Data leaked on {len(routes)} of {counted(len(seen.matrix.rows), 'route')}"
    if seen is None and report.score:
        survivors = len(blamed)
        total = len(report.score.mutants)
        if not survivors:
            return f"Every one of {counted(total, 'filter')} is defended"
        return f"{survivors} of {counted(total, 'filter')} not defended by any test"
    if blamed:
        there = f"there {be(len(blamed))} {counted(len(blamed), 'finding')}"
        return f"No data was seen to leak, but {there}"
    if report.stopped:
        return f"No leak was seen before the run stopped: {report.stopped}"
    if gaps := len(report.uncovered):
        return f"No leak was seen, but {counted(gaps, 'route')} could not be called"
    return "Nobody’s data leaked"


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def be(number: int) -> str:
    return "is" if number == 1 else "are"


def cards(report: Report, findings: Sequence[Finding] | None = None) -> list[Card]:
    """Of all findings, or of some; each has an id of its own on the page."""
    ids = anchors(report)
    chosen = report.findings if findings is None else findings
    return [card(report, one, ids) for one in chosen[:MOST_CARDS]]


def card(report: Report, one: Finding, ids: dict[int, str]) -> Card:
    seen = one.observed
    found = behind(seen, report.audit) if seen else []
    audited = {id(other.audited): ids[id(other)] for other in report.findings if other.audited}
    return Card(
        ids[id(one)],
        report.judged.state(one),
        one,
        verb_of(one),
        token(seen.actor) if seen else "",
        [line for line in seen.behind if not (found and AUDITED.match(line))] if seen else (),
        [(each, audited.get(id(each), "")) for each in found],
    )


def verb_of(one: Finding) -> str:
    return VERBS.get(one.observed.kind, "") if one.observed else ""


def anchors(report: Report) -> dict[int, str]:
    """Findings may share a fingerprint; ids of a page are unique."""
    seen: Counter[str] = Counter()
    ids = {}
    for one in report.findings:
        seen[one.fingerprint] += 1
        nth = seen[one.fingerprint]
        ids[id(one)] = f"f-{one.fingerprint}" + (f"-{nth}" if nth > 1 else "")
    return ids


def token(actor: str) -> str:
    if actor == NOBODY:
        return ""
    return TOKENS.get(actor, f"the {actor}’s token")


def matrix(report: Report) -> list[Row]:
    """Routes with findings first, else as they were given."""
    if report.observations is None:
        return []
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in report.findings:
        if one.observed:
            found[one.place, one.observed.actor].append(one)
    ids = anchors(report)
    rows = [
        Row(
            route,
            [shown(report, route, actor, cell, found, ids) for actor, cell in cells.items()],
            any(
                one.severity is not Severity.NOTE for actor in cells for one in found[route, actor]
            ),
        )
        for route, cells in report.observations.matrix.rows.items()
    ]
    return sorted(rows, key=lambda row: not row.is_blamed)


def shown(
    report: Report,
    route: str,
    actor: str,
    cell: Cell,
    found: dict[tuple[str, str], list[Finding]],
    ids: dict[int, str],
) -> Shown:
    here = found[route, actor]
    weighty = [one for one in here if one.severity is not Severity.NOTE]
    state = cell.state.value
    if weighty and all(report.judged.state(one) == "accepted" for one in weighty):
        state = "accepted"
    sign, label = SIGNS[state]
    statuses = ", ".join(map(str, sorted(cell.statuses)))
    told = f"{counted(cell.calls, 'call')}: {statuses}" if cell.calls else ""
    href = ids[id(here[0])] if here else ""
    return Shown(actor, state, sign, "; ".join(filter(None, (label, told))), href)


def legend(rows: Sequence[Row]) -> Iterator[tuple[str, str, str, int]]:
    counts = Counter(cell.state for row in rows for cell in row.cells)
    for state in (*State, "accepted"):
        if number := counts[state]:
            yield state, *SIGNS[state], number
