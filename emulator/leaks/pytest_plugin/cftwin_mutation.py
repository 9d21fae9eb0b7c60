"""A suite's cases tell the twin when they run, and run alone where only some are asked for.

On its own, without anything of the twin's: the suite may run in another environment.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

URL = "CFTWIN_MUTATION"
# A file with the cases to run, one a line; all of them where it is not named.
ONLY = "CFTWIN_MUTATION_CASES"

SECONDS = 10
# The twin is on this machine: no proxy is between.
opener = build_opener(ProxyHandler({}))


def pytest_configure(config: pytest.Config) -> None:
    if URL in os.environ:
        # One failure says enough.
        config.option.maxfail = config.option.maxfail or 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ONLY not in os.environ:
        return
    wanted = set(Path(os.environ[ONLY]).read_text(encoding="utf-8").splitlines())
    chosen = [item for item in items if item.nodeid in wanted]
    if chosen:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = chosen


# The older kind of wrapper: suites have pytest of any age.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    tell(item.nodeid, runs=True)
    yield
    tell(item.nodeid, runs=False)


def tell(case: str, *, runs: bool) -> None:
    if URL not in os.environ:
        return
    body = json.dumps({"name": case, "runs": runs}).encode()
    headers = {"content-type": "application/json"}
    opener.open(Request(f"{os.environ[URL]}/cases", body, headers), timeout=SECONDS).close()
