"""In every process that runs cases: what each leaves behind, in a directory that all share."""

import json
import os
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

import pytest

from e2e.reporting.evidence import EVIDENCE, Evidence
from e2e.reporting.gathering import (
    FIXTURES,
    attached,
    attempt,
    case_of,
    facts_of,
    gathered,
    mask_of,
)
from e2e.reporting.told import Case, key_of, plain

CASE = pytest.StashKey[Case]()


class Witness:
    """A plugin. `shared` is the directory."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared
        self._facts: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        item.stash[EVIDENCE] = Evidence(self._shared / key_of(item.nodeid))
        item.stash[CASE] = case_of(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        value = yield
        request.node.stash.setdefault(FIXTURES, {})[fixturedef.argname] = value
        return value

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        item.stash[EVIDENCE].judge()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed:
            self._failed(item, call, report)
        self._learn(item)
        if report.when == "teardown":
            case, evidence = item.stash[CASE], item.stash[EVIDENCE]
            case.files, case.notes = attached(evidence, mask_of(item)), evidence.notes
            self._leave(key_of(item.nodeid), asdict(case))
        return report

    def _failed(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        evidence, excinfo = item.stash[EVIDENCE], call.excinfo
        evidence.failed = True
        failure = None
        if excinfo is not None:
            what = "the evidence is not complete"
            failure = attempt(what, lambda: gathered(item, excinfo, report), evidence)
        item.stash[CASE].failures.append(failure or plain(report))

    def _learn(self, item: pytest.Item) -> None:
        facts = self._facts | facts_of(item)
        if facts != self._facts:
            self._facts = facts
            self._leave(f"facts-{os.getpid()}", facts)

    def _leave(self, name: str, values: object) -> None:
        (self._shared / f"{name}.json").write_text(json.dumps(values))
