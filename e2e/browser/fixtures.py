"""What a case needs to look at the site: `visit` and `toast`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.browser.chromium import Chromium, started
from e2e.browser.visits import Visits, milliseconds
from e2e.reporting.evidence import EVIDENCE
from e2e.target import Target

Visit = Callable[..., Page]
# Where an ffmpeg is linked for Playwright.
REGISTRY = Path("build/e2e/playwright")


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config, target: Target) -> Iterator[Chromium]:
    # It has a patience of its own, apart from that of a page.
    expect.set_options(timeout=milliseconds(target))
    with started(pytestconfig.rootpath / REGISTRY) as chromium:
        yield chromium


@pytest.fixture
def visit(request: pytest.FixtureRequest, target: Target, chromium: Chromium) -> Iterator[Visit]:
    """Opens a page of the site, as somebody. No script of it may fail."""
    if target.site is None:
        pytest.skip("this needs the address of the site")
    evidence = request.node.stash[EVIDENCE]
    visits = Visits(target, chromium, evidence)
    yield visits.open
    visits.close()
    evidence.judge()


@pytest.fixture
def toast() -> Callable[[Page, str], None]:
    """Waits until the page says so."""

    def wait(page: Page, text: str) -> None:
        page.locator("#toasts .toast", has_text=text).first.wait_for()

    return wait
