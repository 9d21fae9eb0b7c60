"""The plugin of pytest that records what cases were answered, and compares it with a record.

Every process attaches a case's answers to its report; the one that gets all reports writes.
"""

import json
from collections.abc import Generator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from e2e.parity.comparing import Comparison, compare
from e2e.parity.gathering import about, case_of, is_of_the_api, told_by
from e2e.parity.page import write_page
from e2e.parity.record import About, BadRecord, Case, Record, read, text_of, write
from e2e.parity.table import table

# The attribute of a report with what its case was answered, as a text, which xdist hands on
# whatever is in it.
TOLD = "parity"
NOWHERE = About(target="", kind="", environment="", date="")


class Recorder:
    """`record`: where to write what was answered; `compare`: a record to compare it with, and
    `report` where the table of that goes, as HTML, and as JSON beside it.
    """

    def __init__(
        self, *, record: Path | None, compare: Path | None, report: Path, fails: bool = False
    ) -> None:
        self._path = record
        self._recorded = None if compare is None else known(compare)
        self._report = report
        self._fails = fails
        self._about: dict[str, Any] | None = None
        self._cases: dict[str, Case] = {}
        self._comparison: Comparison | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if is_of_the_api(item) and (report.when == "call" or not report.passed):
            target = getattr(item, "funcargs", {}).get("target")
            if self._about is None and target is not None:
                self._about = asdict(about(target))
            setattr(report, TOLD, json.dumps({"about": self._about, "answers": told_by(item)}))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, TOLD, None)
        # What comes after a case, such as a failing clean-up, is not its answer.
        if told is not None and report.nodeid not in self._cases:
            found = json.loads(told)
            self._about = self._about or found["about"]
            self._cases[report.nodeid] = case_of(report, found["answers"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput") or not self._cases:
            return
        record = Record(About(**self._about) if self._about else NOWHERE, self._cases)
        if self._path is not None:
            write(self._path, text_of(without_failures(record)))
        if self._recorded is not None:
            self._comparison = compare(self._recorded, record)
            write_page(self._report, self._comparison)
            if self._fails and self._comparison.differences and session.exitstatus == 0:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._path is not None and self._cases:
            terminalreporter.section("parity record")
            for line in written(self._path, self._cases):
                terminalreporter.line(line)
        if self._comparison is not None:
            terminalreporter.section("parity")
            for line in table(self._comparison):
                terminalreporter.line(line)
            terminalreporter.line(f"all of it: {self._report}")


def known(path: Path) -> Record:
    try:
        return read(path)
    except BadRecord as error:
        raise pytest.UsageError(f"--compare: {error}") from error


def without_failures(record: Record) -> Record:
    """A case that failed was answered something else, or stopped half-way."""
    cases = {
        name: replace(case, answers=()) if case.outcome == "failed" else case
        for name, case in record.cases.items()
    }
    return replace(record, cases=cases)


def written(path: Path, cases: dict[str, Case]) -> list[str]:
    outcomes = [case.outcome for case in cases.values()]
    lines = [f"{outcomes.count('passed')} cases are in {path}"]
    if "failed" in outcomes:
        lines.append(f"{outcomes.count('failed')} have failed and are there without answers")
    return lines
