"""What becomes of a finding: it is recorded with its request, told, and in `enforce` refused."""

from dataclasses import dataclass

from emulator.core.asking import Asked
from emulator.core.clock import Clock
from emulator.core.errors import CloudflareError
from emulator.d1.errors import QueryFailed
from emulator.guard.findings import Findings, Found
from emulator.guard.modes import Mode
from emulator.guard.requests import Requests
from emulator.guard.statements import Finding


class AuditRefused(CloudflareError):
    """Not Cloudflare's: the twin was asked to refuse what may show one user another's data."""

    code, status, message = 10000, 403, "{text}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Where it is. `alike`: findings of different statements that are the same one."""

    product: str
    resource: str
    table: str
    statement: str
    alike: str = ""


class Noticing:
    """Keeps findings, and refuses in mode `enforce`."""

    def __init__(self, mode: Mode, findings: Findings, requests: Requests, clock: Clock) -> None:
        self.mode = mode
        self._findings = findings
        self.requests = requests
        self._clock = clock

    def notice(self, asked: Asked, notice: Notice, rule: str, message: str, fix: str) -> None:
        """An error. Raises `AuditRefused`."""
        finding = Finding(rule, "error", notice.table, "", message, fix)
        self.finding(asked, notice, finding)

    def finding(self, asked: Asked, notice: Notice, finding: Finding) -> None:
        """Raises `QueryFailed` or `AuditRefused`."""
        found = found_of(asked, notice, finding)
        cause = self.requests.cause_of(asked)
        self._findings.record(found, cause.seen, self._clock.now())
        if not found.is_leak:
            return
        for request in cause.requests:
            request.rules.append(finding.rule)
        if self.mode is Mode.ENFORCE:
            text = refusal(finding)
            raise QueryFailed(text=text) if notice.product == "d1" else AuditRefused(text=text)


def found_of(asked: Asked, notice: Notice, finding: Finding) -> Found:
    return Found(
        account_id=asked.account_id,
        rule=finding.rule,
        severity=finding.severity,
        product=notice.product,
        resource=notice.resource,
        door=asked.door,
        script=asked.script,
        table=finding.table,
        statement=notice.statement,
        message=finding.message,
        fix=finding.fix,
        name=asked.name,
        alike=notice.alike,
    )


def refusal(finding: Finding) -> str:
    """On one line: errors of D1 are."""
    return f"tenancy audit: {finding.rule} on {finding.table}: {finding.message} {finding.fix}"
