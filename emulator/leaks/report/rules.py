"""What each rule is about, in the terms of CWE and of OWASP's API Security Top 10 (2023)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.leaks.attacks.rules import RULES as ATTACK_RULES
from emulator.leaks.observations import RULES, Severity
from emulator.leaks.report.finding import SURVIVOR, Finding

# CWE-639: authorization bypass through a user-controlled key. API1: its name among APIs.
BY_KEY = ("external/cwe/cwe-639", "owasp-api1-2023")
TAGS: Mapping[str, tuple[str, ...]] = {
    "leak/existence": ("external/cwe/cwe-204", "owasp-api1-2023"),
    "leak/timing": ("external/cwe/cwe-208", "owasp-api1-2023"),
    "leak/credential": ("external/cwe/cwe-306", "owasp-api2-2023"),
    "leak/privilege": ("external/cwe/cwe-862", "owasp-api5-2023"),
    "leak/signed-url": ("external/cwe/cwe-347", "owasp-api2-2023"),
    "leak/interference": ("external/cwe/cwe-668", "owasp-api4-2023"),
    "leak/shared-cache": ("external/cwe/cwe-524", "owasp-api1-2023"),
    "leak/active-content": ("external/cwe/cwe-434", "owasp-api8-2023"),
    "attack/sql-injection": ("external/cwe/cwe-89",),
    "attack/fts-syntax": ("external/cwe/cwe-943",),
    "attack/engine-text": ("external/cwe/cwe-209", "owasp-api8-2023"),
    "attack/stored-markup": ("external/cwe/cwe-79",),
    "attack/active-content": ("external/cwe/cwe-434", "owasp-api8-2023"),
    "attack/header-injection": ("external/cwe/cwe-113",),
    "attack/token": ("external/cwe/cwe-347", "owasp-api2-2023"),
    "attack/path-bypass": ("external/cwe/cwe-288", "owasp-api2-2023"),
    "attack/oversized-body": ("external/cwe/cwe-770", "owasp-api4-2023"),
    "attack/rate-limit": ("external/cwe/cwe-770", "owasp-api4-2023"),
    "attack/unlimited": ("external/cwe/cwe-770", "owasp-api4-2023"),
    "attack/": ("external/cwe/cwe-20",),
    "leak/": BY_KEY,
    "tenancy/": BY_KEY,
}
TEXTS: Mapping[str, str] = {
    **RULES,
    **ATTACK_RULES,
    SURVIVOR: "No test notices when an owner filter is taken away.",
    "tenancy/unbound-read": "A statement reads rows whoever owns them.",
    "tenancy/unbound-change": "A statement changes rows whoever owns them.",
    "tenancy/literal-owner": "The owner of a statement is written in its text.",
    "tenancy/owner-changed": "A statement gives rows to another owner.",
    "tenancy/insert-without-owner": "A statement makes rows that nobody owns.",
    "tenancy/upsert": "An upsert may change a row of another owner.",
    "tenancy/replace": "A REPLACE may delete a row of another owner.",
    "tenancy/unproven-parent": "A row refers to another, whose owner the audit cannot see.",
    "tenancy/not-understood": "The audit could not follow a statement.",
    "tenancy/vector-query-without-owner": "A vector query has neither namespace nor owner filter.",
    "tenancy/cached-answer-of-another-user": "AI Gateway answered from another user's cache.",
    "tenancy/key-without-user": "A key of users' data does not name the user.",
    "tenancy/key-of-another-user": "A key names another user than the request's.",
    "tenancy/list-without-user": "Keys are listed whoever they belong to.",
}
# GitHub sorts by it; 9 is critical, 7 high, 4 medium.
WEIGHTS = {Severity.ERROR: "8.6", Severity.WARNING: "5.3", Severity.NOTE: "2.0"}


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    text: str
    fix: str
    severity: Severity
    tags: tuple[str, ...]


def rules(findings: Iterable[Finding]) -> list[Rule]:
    """Those that have findings, in order of their names; `findings` begin with the worst."""
    first: dict[str, Finding] = {}
    for one in findings:
        first.setdefault(one.rule, one)
    return [
        Rule(name, text_of(one), one.fix, one.severity, tags_of(name))
        for name, one in sorted(first.items())
    ]


def text_of(one: Finding) -> str:
    return TEXTS.get(one.rule) or f"The rule {one.rule}."


def tags_of(rule: str) -> tuple[str, ...]:
    area = rule.partition("/")[0] + "/"
    return ("security", "tenancy", *TAGS.get(rule, TAGS.get(area, ())))
