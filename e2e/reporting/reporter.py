"""In the one process that writes the report: how cases end, joined with what they left behind."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from e2e.reporting.console import lines
from e2e.reporting.page import page_of
from e2e.reporting.run import Run, summary, versions
from e2e.reporting.told import Case, Failure, key_of, plain
from e2e.target import Json

# In what xdist hands to a process.
FOLDER = "e2e_report_folder"


class Reporter:
    """A plugin. `shared` is where processes leave what they know, `page` the file to write."""

    def __init__(
        self, config: pytest.Config, shared: Path, page: Path, rules: Mapping[str, str]
    ) -> None:
        self._config = config
        self._shared = shared
        self._page = page
        self._rules = rules
        self._cases: dict[str, Case] = {}
        self._at = datetime.now(UTC)
        self._started = perf_counter()
        self._last: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """xdist's, before it starts a process."""
        node.workerinput[FOLDER] = str(self._shared)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        case = self._cases.setdefault(report.nodeid, Case(report.nodeid))
        case.seconds += report.duration
        if report.failed:
            case.outcome = "failed"
            case.failures.append(plain(report))
        elif report.skipped and case.outcome == "passed":
            case.outcome, case.reason = "skipped", why_skipped(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            failure = Failure("collect", "this cannot be collected", report.longreprtext)
            self._cases[report.nodeid] = Case(report.nodeid, outcome="failed", failures=[failure])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if not self._cases:
            return
        run = self._run()
        self._page.parent.mkdir(parents=True, exist_ok=True)
        replaced(self._page, page_of(run, self._page.parent))
        replaced(self._page.with_suffix(".json"), json.dumps(summary(run), indent=1))
        self._last = lines(run, self._page, self._config.invocation_params.dir)

    def pytest_unconfigure(self) -> None:
        """After everything else that is said."""
        shutil.rmtree(self._shared, ignore_errors=True)
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            for line in self._last:
                terminal.write_line(line)

    def _run(self) -> Run:
        facts: dict[str, str] = {}
        for path in sorted(self._shared.glob("facts-*.json")):
            facts |= json.loads(path.read_bytes())
        cases = tuple(joined(one, self._shared) for one in self._cases.values())
        seconds = perf_counter() - self._started
        return Run(self._at, seconds, facts, versions(facts), self._rules, cases)


def joined(case: Case, shared: Path) -> Json:
    """How a case ended, with what its process has left behind, if it lived to do so."""
    path = shared / f"{key_of(case.case)}.json"
    left: Json = json.loads(path.read_bytes()) if path.exists() else {}
    ended = asdict(case)
    for name in ("rules", "guards", "failures", "notes", "files"):
        ended[name] = left.get(name) or ended[name]
    return ended


def why_skipped(report: pytest.TestReport) -> str:
    """The reason alone, and where a case was expected to fail, that."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return f"expected to fail: {getattr(report, 'wasxfail', '')}"


def replaced(path: Path, text: str) -> None:
    """Whoever reads the file meanwhile sees the one before."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
