"""Findings that somebody has accepted, in TOML: each by its fingerprint, with a reason and a date.

An acceptance that has expired is worth nothing, and one that meets nothing any more is told of.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from emulator.leaks.report.finding import Finding

# Somewhere it is tomorrow already.
AHEAD = timedelta(days=1)
# In a class that has a `date` of its own.
Day = date


class BaselineError(Exception):
    """The text names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Good until `expires`, that day included. `rule` and `place` are for readers of the file."""

    fingerprint: str
    reason: str
    date: Day
    expires: Day | None = None
    rule: str = ""
    place: str = ""

    def has_expired(self, today: Day) -> bool:
        return self.expires is not None and self.expires < today


@dataclass(frozen=True, slots=True)
class Judged:
    """`open` counts; `expired` is the part of it that was accepted once. `unseen` met nothing."""

    open: Sequence[Finding] = ()
    accepted: Sequence[tuple[Finding, Accepted]] = ()
    expired: Sequence[tuple[Finding, Accepted]] = ()
    unseen: Sequence[Accepted] = ()

    def state(self, finding: Finding) -> str:
        if any(one is finding for one, _ in self.accepted):
            return "accepted"
        return "expired" if any(one is finding for one, _ in self.expired) else "open"


def judged(findings: Iterable[Finding], known: Sequence[Accepted], today: date) -> Judged:
    by_fingerprint = {one.fingerprint: one for one in known}
    opened, accepted, expired = [], [], []
    seen = set()
    for finding in findings:
        seen.add(finding.fingerprint)
        entry = by_fingerprint.get(finding.fingerprint)
        if entry is not None and not entry.has_expired(today):
            accepted.append((finding, entry))
            continue
        opened.append(finding)
        if entry is not None:
            expired.append((finding, entry))
    unseen = [one for one in known if one.fingerprint not in seen]
    return Judged(opened, accepted, expired, unseen)


def read(path: Path, today: date) -> tuple[Accepted, ...]:
    """Raises `BaselineError`."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path}: {error}") from None
    entries = told.pop("accepted", [])
    if told or not isinstance(entries, list):
        raise BaselineError(f"{path}: it takes nothing but [[accepted]]")
    known: dict[str, Accepted] = {}
    for number, entry in enumerate(entries, 1):
        try:
            one = accepted_of(entry, today)
        except BaselineError as error:
            raise BaselineError(f"{path}: entry {number}: {error}") from None
        if known.setdefault(one.fingerprint, one) is not one:
            raise BaselineError(f"{path}: entry {number}: {one.fingerprint} is there twice")
    return tuple(known.values())


def accepted_of(entry: Mapping[str, Any], today: date) -> Accepted:
    known = {one.name for one in fields(Accepted)}
    if unknown := sorted(entry.keys() - known):
        raise BaselineError(f"no such key: {', '.join(unknown)}")
    for name in ("fingerprint", "reason"):
        if not str(entry.get(name, "")).strip():
            raise BaselineError(f"{name} is missing")
    for name in ("fingerprint", "reason", "rule", "place"):
        if not isinstance(entry.get(name, ""), str):
            raise BaselineError(f"{name} must be a text")
    day, last = day_of(entry, "date"), day_of(entry, "expires")
    if day is None:
        raise BaselineError("date is missing")
    if day > today + AHEAD:
        raise BaselineError("date is yet to come")
    if last is not None and last < day:
        raise BaselineError("it expires before its date")
    return Accepted(**{**entry, "date": day, "expires": last})


def day_of(entry: Mapping[str, Any], name: str) -> date | None:
    value = entry.get(name)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise BaselineError(f"{name} must be a date such as 2026-01-31, without quotes")


def lines(findings: Iterable[Finding], today: date) -> str:
    """To be put into a baseline file, where the reason is still to be written."""
    return "\n".join(entry_lines(one, today) for one in findings)


def entry_lines(one: Finding, today: date) -> str:
    return (
        "[[accepted]]\n"
        f"fingerprint = {text(one.fingerprint)}\n"
        f"rule = {text(one.rule)}\n"
        f"place = {text(one.place)}\n"
        'reason = ""\n'
        f"date = {today.isoformat()}\n"
    )


def text(value: str) -> str:
    """As TOML writes it: as JSON does, but for DEL and for lone surrogates."""
    plain = value.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
