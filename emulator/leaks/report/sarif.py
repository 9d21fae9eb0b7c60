"""A report as SARIF 2.1.0 (OASIS), for code scanning: rules, results, what was accepted."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import emulator
from emulator.leaks.observations import Observation
from emulator.leaks.report.baseline import Accepted
from emulator.leaks.report.finding import Finding
from emulator.leaks.report.report import Report
from emulator.leaks.report.rules import WEIGHTS, Rule, rules
from emulator.leaks.report.showing import header, shown

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# What code scanning takes of one file.
MOST_RESULTS = 5_000
FINGERPRINT = "cftwinLeaks/v1"
LINK = re.compile(r"([\[\]\\])")
Json = dict[str, Any]


def log(report: Report) -> Json:
    known = rules(report.findings)
    index = {rule.id: number for number, rule in enumerate(known)}
    accepted = {id(finding): entry for finding, entry in report.judged.accepted}
    results = [
        result(report, one, index[one.rule], accepted.get(id(one)))
        for one in report.findings[:MOST_RESULTS]
    ]
    driver = {
        "name": "cftwin leaks",
        "semanticVersion": emulator.__version__,
        "rules": [descriptor(rule) for rule in known],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "cftwin-leaks/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The repository."}}},
        "invocations": [invocation(report)],
        "results": results,
        "properties": numbers(report),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def descriptor(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in re.split(r"\W+", rule.id)),
        "shortDescription": {"text": rule.text},
        "fullDescription": {"text": rule.text},
        "help": {"text": plain(rule.fix or rule.text)},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": list(rule.tags),
            "security-severity": WEIGHTS[rule.severity],
        },
    }


def result(report: Report, one: Finding, index: int, accepted: Accepted | None) -> Json:
    told = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.severity.value,
        "message": {"text": plain(sentence(one))},
        "locations": [location(report, one)],
        "partialFingerprints": {FINGERPRINT: one.fingerprint},
        "properties": properties(one),
    }
    if report.baseline:
        # Of a run's results either all have suppressions or none has (3.27.23).
        told["suppressions"] = [suppression(accepted)] if accepted else []
    if one.observed is not None:
        told |= exchange(one.observed)
    return told


def sentence(one: Finding) -> str:
    if seen := one.observed:
        return f"{seen.route}: {seen.message} ({seen.actor}, data of {seen.owner})"
    return f"{one.place}: {one.message}"


def plain(text: str) -> str:
    """Brackets make links in messages (3.11.6), so what others wrote must not hold any."""
    return LINK.sub(r"\\\1", shown(text)) or "—"


def location(report: Report, one: Finding) -> Json:
    """The line of the route in its list; of the audit's findings, of the first request's."""
    physical: Json = {"artifactLocation": artifact(report)}
    if line := report.lines.get(one.place):
        physical["region"] = {"startLine": line}
    kind = "resource" if one.observed else "module"
    logical = {"fullyQualifiedName": shown(one.place, 500), "kind": kind}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def artifact(report: Report) -> Json:
    if report.source.startswith(("http://", "https://")) or not report.source:
        api = report.observations.api if report.observations else ""
        address = urlsplit(report.source or api)._replace(query="", fragment="")
        return {"uri": quote(address.geturl(), safe="/:@%[]") or "cftwin-leaks"}
    path = Path(report.source)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "SRCROOT"}


def exchange(one: Observation) -> Json:
    """What was asked and answered, without tokens."""
    told: Json = {}
    if asked := one.request:
        body = shown(asked.body.decode("utf-8", "replace"))
        told["webRequest"] = {
            "method": asked.method,
            "target": shown(asked.url),
            "headers": named(asked.headers),
            **({"body": {"text": body}} if body else {}),
        }
    if one.answer is not None:
        told["webResponse"] = {
            "statusCode": one.answer.status,
            "headers": named(one.answer.headers),
            "body": {"text": shown(one.answer.excerpt)},
        }
    return told


def named(headers: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    return {shown(name, 100): header(name, value) for name, value in headers}


def properties(one: Finding) -> Json:
    if seen := one.observed:
        told: Json = {"actor": seen.actor, "owner": seen.owner, "where": seen.where}
        told |= {"behind": [shown(line) for line in seen.behind]}
        return told | ({"curl": shown(seen.request.curl())} if seen.request else {})
    if found := one.audited:
        asked = [f"{seen.method} {shown(seen.path, 500)}" for seen in found.requests]
        told = {"product": found.product, "statement": shown(found.statement), "count": found.count}
        return told | {"fix": found.fix, "requests": asked}
    assert one.mutant is not None
    return {"predicate": shown(one.mutant.predicate), "statement": shown(one.mutant.statement)}


def suppression(entry: Accepted) -> Json:
    until = f" Until {entry.expires}." if entry.expires else ""
    reason = f"{entry.reason} Accepted on {entry.date}.{until}"
    return {"kind": "external", "status": "accepted", "justification": shown(reason)}


def invocation(report: Report) -> Json:
    seen = report.observations
    told = [f"Stopped early: {report.stopped}"] if report.stopped else []
    told += [f"Left behind: {line}" for line in seen.left_behind] if seen else []
    return {
        "executionSuccessful": not report.stopped,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": plain(line)}} for line in told
        ],
    }


def numbers(report: Report) -> Json:
    told: Json = {}
    if seen := report.observations:
        told |= {"requests": seen.requests, "seconds": round(seen.seconds, 2), "seed": seen.seed}
        told |= {"routes": len(seen.matrix.rows)}
    if score := report.score:
        told["mutationScore"] = round(score.percent, 1)
    return told
