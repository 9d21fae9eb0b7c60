"""The deployed site in a real Chromium, as somebody sees it who is signed in or is not."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from e2e.browser.chromium import started
from e2e.browser.fixtures import REGISTRY
from e2e.browser.fixtures import toast as toast
from e2e.browser.visits import MILLISECONDS, REFUSED, addressed, signing_in
from e2e.people import Person, fresh_address
from e2e.target import Target

Visit = Callable[..., Page]


# Of the module, not of the session: while Playwright runs, no other event loop can.
@pytest.fixture(scope="module")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    with started(pytestconfig.rootpath / REGISTRY) as chromium:
        yield chromium.browser


@pytest.fixture
def visit(jobmatch: Target, browser: Browser) -> Iterator[Visit]:
    """Opens a page of the site, as somebody. No script of it may fail."""
    if jobmatch.site is None:
        pytest.skip("this needs the address of the site")
    contexts: list[BrowserContext] = []
    mistakes: list[str] = []

    def open_page(
        path: str, person: Person | None = None, width: int = 1280, own_address: bool = True
    ) -> Page:
        viewport: ViewportSize = {"width": width, "height": 900}
        context = browser.new_context(base_url=jobmatch.site, viewport=viewport)
        contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        if own_address:
            context.route(f"{jobmatch.api}/**", addressed(fresh_address()))
        if person is not None:
            context.add_init_script(signing_in(person))
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda said: noted(said.type, said.text))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        return page

    def noted(kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(REFUSED):
            mistakes.append(text)

    yield open_page
    for context in contexts:
        context.close()
    assert not mistakes
