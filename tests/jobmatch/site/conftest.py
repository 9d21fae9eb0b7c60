"""The deployed site in a real Chromium, as somebody sees it who is signed in or is not."""

import json
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, sync_playwright

from e2e.people import Person, fresh_address
from e2e.target import Target
from tests.contract.test_chromium_presigned import ARGUMENTS

Visit = Callable[..., Page]
FAR_FUTURE = 4_102_444_800
# What a page may say that is not a mistake of the site: it shows refusals to its users.
REFUSED = "Failed to load resource"


# Of the module, not of the session: while Playwright runs, no other event loop can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser
        browser.close()


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
        context.set_default_timeout(15_000)
        if own_address:
            context.route(f"{jobmatch.api}/**", addressed(fresh_address()))
        if person is not None:
            context.add_init_script(f"localStorage['jobmatch-auth-token'] ??= {stored(person)}")
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


def addressed(address: str) -> Callable[[Route], None]:
    """From there, so that the limit by address is not in the way. Preflights are then answered
    by Playwright and not by the API.
    """

    def sent(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "cf-connecting-ip": address})

    return sent


def stored(person: Person) -> str:
    """The session as supabase-js keeps it, as a text of JavaScript."""
    session = {
        "access_token": person.token,
        "refresh_token": "none",
        "expires_at": FAR_FUTURE,
        "user": {"id": person.id, "email": person.email},
    }
    return json.dumps(json.dumps(session))


@pytest.fixture
def toast() -> Callable[[Page, str], None]:
    """Waits until the page says so."""

    def wait(page: Page, text: str) -> None:
        page.locator("#toasts .toast", has_text=text).first.wait_for()

    return wait
