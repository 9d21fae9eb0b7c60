"""How a command of the lab ends: with files, a few lines, and a code for CI."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from emulator.core.clock import SystemClock
from emulator.guard.findings import Found, Seen
from emulator.leaks.observations import Observations
from emulator.leaks.report.baseline import Accepted, lines, read
from emulator.leaks.report.report import Report
from emulator.leaks.report.score import Score
from emulator.leaks.report.writing import write
from emulator.leaks.routes import LINE, METHODS, colons

SECONDS = 10.0
PATH = re.compile(r'\s*"(/[^"]*)"\s*:\s*\{')
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Ending:
    """Made before a run, so that a bad baseline is told at once. `source`: of the routes."""

    today: date
    page: Path | None = None
    sarif: Path | None = None
    baseline: tuple[Accepted, ...] = ()
    source: str = ""

    @classmethod
    def prepared(
        cls, page: Path | None, sarif: Path | None, baseline: Path | None, source: str = ""
    ) -> "Ending":
        """Raises `BaselineError`."""
        today = datetime.fromtimestamp(SystemClock().now(), UTC).date()
        return cls(today, page, sarif, read(baseline, today) if baseline else (), source)

    def told(
        self,
        say: Callable[[str], None],
        seen: Observations | None = None,
        control: str = "",
        score: Score | None = None,
    ) -> int:
        """Writes what was asked for, and says what there is to say; the exit code."""
        mode, audit = audited(control) if control else ("", ())
        report = Report(
            self.today,
            seen,
            audit,
            score,
            self.baseline,
            self.source,
            route_lines(self.source),
            mode,
        )
        for line in notices(report):
            say(line)
        for path in write(report, self.page, self.sarif):
            say(f"written: {path}")
        return report.exit_code


def notices(report: Report) -> Iterator[str]:
    """Of the baseline: what is accepted, what is so no more, and what could be."""
    verdict = report.judged
    if verdict.accepted:
        yield f"{len(verdict.accepted)} accepted by the baseline"
    for one, entry in verdict.expired:
        yield f"accepted until {entry.expires} only: {one.rule} {one.place} ({entry.reason})"
    for entry in verdict.unseen:
        yield f"in the baseline, but not seen: {entry.fingerprint} {entry.rule} {entry.place}"
    counted = [*report.blamed, *report.uncovered]
    if report.baseline and counted:
        yield "to accept them, put this into the baseline, with a reason each:"
        yield from lines(counted[:MOST_LINES], report.today).splitlines()


def audited(control: str) -> tuple[str, tuple[Found, ...]]:
    """The mode of a twin's tenancy audit, and what it has found."""
    import httpx

    with suppress(httpx.HTTPError, ValueError, TypeError):
        answer = httpx.get(f"{control.rstrip('/')}/_twin/guard", timeout=SECONDS, trust_env=False)
        if answer.is_success:
            told = answer.json()
            return str(told.get("mode", "")), tuple(map(found_of, told.get("findings", ())))
    return "", ()


def found_of(told: Mapping[str, Any]) -> Found:
    """As `Found.json()` told it, of this or of a later version."""
    requests = tuple(Seen(**known(Seen, one)) for one in told.get("requests", ()))
    return Found(**{**known(Found, told), "requests": requests})


def known(kind: type[Found] | type[Seen], told: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: told[one.name] for one in fields(kind) if one.name in told}


def route_lines(source: str) -> dict[str, int]:
    """`GET /api/jobs/:id` and the line where it stands in a list, or its path in OpenAPI's JSON."""
    found: dict[str, int] = {}
    if source and not source.startswith(("http://", "https://")):
        with suppress(OSError, UnicodeDecodeError):
            for number, line in enumerate(Path(source).read_text("utf-8").splitlines(), 1):
                found |= dict.fromkeys(routes_in(line), number)
    return found


def routes_in(line: str) -> list[str]:
    if path := PATH.match(line):
        return [f"{method.upper()} {colons(path[1])}" for method in METHODS]
    listed = LINE.fullmatch(line.partition("#")[0].strip())
    return [f"{listed[1]} {colons(listed[2])}"] if listed else []
