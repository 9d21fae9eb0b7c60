"""Which cases say that they notice which switch."""

from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from runpy import run_path

import pytest

from e2e.settings import PROJECT

SUITES = Path(__file__).parents[1]


class Gatherer:
    """A plugin of pytest: the cases that it collects, by the switches that they guard."""

    def __init__(self) -> None:
        self.cases: dict[str, list[str]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Those of the browser last: they fail when they have waited for long enough.
        for item in sorted(session.items, key=is_slow):
            for mark in item.iter_markers("guards"):
                for switch in mark.args:
                    self.cases.setdefault(switch, []).append(item.nodeid)


def is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("chromium") is not None


def guards() -> Mapping[str, Sequence[str]]:
    """The cases of each switch, by their node ids, quick ones first. Not from within a test."""
    gatherer = Gatherer()
    # Plain asserts: rewriting them refuses a package that is imported by now.
    quiet = ("--collect-only", "-qq", "--assert=plain", "-p", "no:xdist", "-p", "no:cacheprovider")
    with redirect_stdout(StringIO()) as said:
        code = pytest.main([*quiet, str(SUITES)], plugins=[gatherer])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(said.getvalue())
    return gatherer.cases


def switches() -> Mapping[str, str]:
    """Every switch of the Worker, and what it takes away."""
    unsafe = run_path(str(PROJECT / "worker" / "jobmatch" / "unsafe.py"))
    found: Mapping[str, str] = unsafe["SWITCHES"]
    return found
