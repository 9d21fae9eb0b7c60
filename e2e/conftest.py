"""The target, people who use it, and what lies behind. `settings.py` has the options."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, sync_playwright

from e2e.areas import PROBES, present, why_absent
from e2e.cast import anna as anna
from e2e.cast import anyone as anyone
from e2e.cast import ben as ben
from e2e.cast import exchanges as exchanges
from e2e.cast import make_application as make_application
from e2e.cast import make_experience as make_experience
from e2e.cast import make_job as make_job
from e2e.exchanges import Exchanges
from e2e.people import People, Person, fresh_address
from e2e.settings import Settings, add_options, settings_of
from e2e.target import Json, Target
from e2e.twin import on_twin, started, told

Visit = Callable[..., Page]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "rule(*names): the rules of the contract that a case proves",
        "guards(*switches): with each of these unsafe switches on, the case fails",
        "needs(*areas): what a case needs besides its suite's area",
        "fresh: needs people who have nothing yet",
    ):
        config.addinivalue_line("markers", line)


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    return settings_of(request.config)


@pytest.fixture(scope="session")
def target(settings: Settings) -> Iterator[Target]:
    """The deployment to test."""
    with chosen_target(settings) as found:
        yield found


@contextmanager
def chosen_target(settings: Settings) -> Iterator[Target]:
    asked = (settings.environment, settings.api, settings.site)
    if settings.target == "own":
        with (
            started(settings.config, settings.environment) as ready,
            on_twin("own", ready, *asked) as target,
        ):
            yield target
    elif settings.target == "twin":
        with on_twin("twin", told(settings.state), *asked) as target:
            yield target
    else:
        raise pytest.UsageError("--target real: not yet")


@pytest.fixture(scope="session")
def areas(target: Target) -> frozenset[str]:
    return present(target)


@pytest.fixture(autouse=True)
def in_its_area(request: pytest.FixtureRequest, areas: frozenset[str], settings: Settings) -> None:
    """Skips a case whose area is not there, unless it has to be."""
    for area in wanted_by(request.node):
        if area not in areas:
            if must_have(area, settings):
                pytest.fail(why_absent(area), pytrace=False)
            pytest.skip(why_absent(area))


def wanted_by(item: pytest.Item) -> list[str]:
    own = [part for part in item.path.relative_to(HERE).parts[:1] if part in PROBES]
    return [*own, *(area for mark in item.iter_markers("needs") for area in mark.args)]


def must_have(area: str, settings: Settings) -> bool:
    """A twin of the suites' own has everything, unless it runs another project."""
    asked = settings.areas
    if asked is None:
        return bool(settings.target == "own")
    return asked == "all" or area in asked.split(",")


@pytest.fixture
def people(target: Target, exchanges: Exchanges) -> Iterator[People]:
    made = People(target, exchanges)
    yield made
    made.close()


@pytest.fixture
def admin(target: Target, people: People) -> Person:
    if target.service_key is None:
        pytest.skip("this needs the service key, to make an administrator")
    return people.new("admin", role="admin")


@pytest.fixture
def control(target: Target) -> httpx.Client:
    """The twin's control plane."""
    if target.control is None:
        pytest.skip("this needs a twin: its stand-ins and its outbox")
    return target.control


@pytest.fixture
def mails(control: httpx.Client) -> Callable[[str], list[Json]]:
    """The mails that have come to an address, newest first."""

    def read(address: str) -> list[Json]:
        found: list[Json] = control.get("/_twin/inbox", params={"to": address}).json()["mails"]
        return found

    return read


@pytest.fixture
def outbox(control: httpx.Client, target: Target) -> Callable[..., list[Json]]:
    """The Worker's calls to the outside, newest first, by the filters of `/_twin/outbox`."""

    def read(**filters: Any) -> list[Json]:
        asked = {"script": target.worker, **filters}
        found: list[Json] = control.get("/_twin/outbox", params=asked).json()["calls"]
        return found

    return read


@pytest.fixture
def run_cron(control: httpx.Client, target: Target) -> Callable[..., None]:
    """Runs the Worker's cron handler now, or as if it were `at` (epoch seconds)."""

    def run(cron: str, at: float | None = None) -> None:
        asked = {"script": target.worker, "account_id": target.account_id, "cron": cron, "time": at}
        ran = control.post("/_twin/cron", json=asked).raise_for_status().json()
        assert ran["outcome"] == "ok", ran

    return run


@pytest.fixture(scope="session")
def database(target: Target) -> str:
    """The id of the Worker's database."""
    if not target.has_account:
        pytest.skip("this needs CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, to look behind")
    return target.resource("d1", "DB")


@pytest.fixture
def rows(target: Target, database: str) -> Callable[..., list[Json]]:
    """What a statement gives in the Worker's database, by Cloudflare's API."""

    def read(sql: str, *params: Any) -> list[Json]:
        with target.cloudflare() as api:
            asked = {"sql": sql, "params": list(params)}
            answer = api.post(f"/d1/database/{database}/query", json=asked).raise_for_status()
        found: list[Json] = answer.json()["result"][0]["results"]
        return found

    return read


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
def visit(target: Target, browser: Browser) -> Iterator[Visit]:
    """Opens a page of the site, as somebody. No script of it may fail."""
    if target.site is None:
        pytest.skip("this needs the address of the site")
    contexts: list[BrowserContext] = []
    mistakes: list[str] = []

    def open_page(path: str, person: Person | None = None, width: int = 1280) -> Page:
        viewport: ViewportSize = {"width": width, "height": 900}
        context = browser.new_context(base_url=target.site, viewport=viewport)
        contexts.append(context)
        context.set_default_timeout(15_000)
        if target.control is not None:
            context.route(f"{target.api}/**", addressed(fresh_address()))
        if person is not None:
            context.add_init_script(f"localStorage['jobmatch-auth-token'] ??= {stored(person)}")
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda said: noted(said.type, said.text))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        return page

    def noted(kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):
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
    return json.dumps(json.dumps({"expires_at": 4_102_444_800, **person.session}))


@pytest.fixture
def toast() -> Callable[[Page, str], None]:
    """Waits until the page says so."""

    def wait(page: Page, text: str) -> None:
        page.locator("#toasts .toast", has_text=text).first.wait_for()

    return wait
