"""One case as the report tells of it. Plain values: a process hands them to another as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from zlib import crc32

import pytest

from e2e.exchanges import Exchange
from e2e.reporting.behind import Behind
from e2e.reporting.blame import Expected
from e2e.reporting.bodies import Shown, curl, shown
from e2e.reporting.masking import Mask

# The newest of a case's requests that the report shows.
REQUESTS = 60
MESSAGE_CHARACTERS = 4_000
TRACEBACK_CHARACTERS = 24_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and its answer; `number` counts the case's from 0."""

    number: int
    method: str
    path: str
    url: str
    route: str
    person: str
    status: int
    reason: str
    milliseconds: float
    request_headers: list[list[str]]
    request: Shown
    headers: list[list[str]]
    answer: Shown
    curl: str


@dataclass(frozen=True, slots=True)
class Failure:
    """`culprit` is the number of the request that it is about. `inside`: the helper's statement,
    where the one that failed is not the case's own.
    """

    phase: str
    message: str
    traceback: str
    expected: Expected | None = None
    inside: Expected | None = None
    culprit: int | None = None
    requests: tuple[Asked, ...] = ()
    behind: Behind | None = None


@dataclass(slots=True)
class Case:
    """`outcome`: passed, failed or skipped."""

    case: str
    rules: list[str] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    outcome: str = "passed"
    seconds: float = 0.0
    reason: str = ""
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[list[str]] = field(default_factory=list)


def asked(number: int, one: Exchange, mask: Mask) -> Asked:
    query = one.url.partition("?")[2]
    return Asked(
        number=number,
        method=one.method,
        path=mask.text(f"{one.path}?{query}" if query else one.path),
        url=mask.text(one.url),
        route=one.route or "",
        person=one.person,
        status=one.status,
        reason=reason_of(one.status),
        milliseconds=round(one.seconds * 1000, 1),
        request_headers=mask.headers(one.request_headers),
        request=shown(one.request_body, one.request_headers, mask),
        headers=mask.headers(one.headers),
        answer=shown(one.body, one.headers, mask),
        curl=curl(one.method, one.url, one.request_headers, one.request_body, mask),
    )


def all_asked(exchanges: Sequence[Exchange], culprit: int | None, mask: Mask) -> tuple[Asked, ...]:
    """The newest, and the one that matters."""
    first = len(exchanges) - REQUESTS
    return tuple(
        asked(number, one, mask)
        for number, one in enumerate(exchanges)
        if number >= first or number == culprit
    )


def reason_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "" if status else "no answer"


def suite_of(case: str) -> str:
    """The directory that a case's file is in."""
    return Path(case.partition("::")[0]).parent.name or "."


def sentence_of(case: str) -> str:
    """The name of a case, as the sentence that it is."""
    name, bracket, parameters = case.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}{f' [{parameters}' if bracket else ''}"


def key_of(case: str) -> str:
    """A name for what a case leaves behind."""
    kept = "".join(one if one.isalnum() else "-" for one in case.rpartition("::")[2])
    return f"{kept[:60]}-{crc32(case.encode()):08x}"


def plain(report: pytest.TestReport) -> Failure:
    """What pytest itself says, where a process did not live to say more."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = Mask().text(report.longreprtext[-TRACEBACK_CHARACTERS:])
    message = Mask().text(str(crash.message)) if crash is not None else text
    return Failure(report.when or "call", message[:MESSAGE_CHARACTERS], text)
