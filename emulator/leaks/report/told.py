"""A report as JSON: everything that the page shows, and what was too long for it."""

import json
from dataclasses import asdict
from typing import Any

import emulator
from emulator.leaks.report.finding import Finding
from emulator.leaks.report.report import Report
from emulator.leaks.report.showing import shown

MOST = 20_000
Json = dict[str, Any]


def document(report: Report) -> Json:
    seen, score, verdict = report.observations, report.score, report.judged
    return {
        "tool": {"name": "cftwin leaks", "version": emulator.__version__},
        "date": report.today.isoformat(),
        "exit_code": report.exit_code,
        "run": bounded(json.loads(seen.to_json())) if seen else None,
        "findings": [finding(report, one) for one in report.findings],
        "audit": [bounded(one.json()) for one in report.audit],
        "mutation": bounded({**asdict(score), "percent": round(score.percent, 1)})
        if score
        else None,
        "baseline": {
            "accepted": len(verdict.accepted),
            "expired": [entry.fingerprint for _, entry in verdict.expired],
            "unseen": [entry.fingerprint for entry in verdict.unseen],
        },
    }


def finding(report: Report, one: Finding) -> Json:
    told = {
        "fingerprint": one.fingerprint,
        "state": report.judged.state(one),
        "rule": one.rule,
        "severity": one.severity.value,
        "place": one.place,
        "message": one.message,
        "fix": one.fix,
    }
    whole: Json = bounded(told)
    return whole


def bounded(value: Any) -> Any:
    """Without secrets, and no text longer than it may be."""
    if isinstance(value, str):
        return shown(value, MOST)
    if isinstance(value, dict):
        return {shown(str(name), MOST): bounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(one) for one in value]
    return value
