"""The target, people who use it, and what lies behind. `settings.py` has the options."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from e2e.areas import PROBES, presence, why_absent
from e2e.browser.fixtures import chromium as chromium
from e2e.browser.fixtures import toast as toast
from e2e.browser.fixtures import visit as visit
from e2e.cast import anna as anna
from e2e.cast import anyone as anyone
from e2e.cast import ben as ben
from e2e.cast import exchanges as exchanges
from e2e.cast import make_application as make_application
from e2e.cast import make_experience as make_experience
from e2e.cast import make_job as make_job
from e2e.contract import RULES
from e2e.exchanges import Exchanges
from e2e.parity.plugin import Recorder
from e2e.people import People, Person
from e2e.real import plugin as real
from e2e.reporting import plugin as reporting
from e2e.settings import Settings, add_options, settings_of
from e2e.target import Json, Target
from e2e.twin import on_twin, started, told


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
    asked = settings_of(config)
    real.configure(config, asked)
    reporting.configure(config, asked.report, RULES)
    if asked.record or asked.compare:
        recorder = Recorder(
            record=asked.record,
            compare=asked.compare,
            report=asked.parity_report,
            fails=asked.parity_fail,
        )
        config.pluginmanager.register(recorder, "e2e-parity")


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    return settings_of(request.config)


@pytest.fixture(scope="session")
def target(settings: Settings, pytestconfig: pytest.Config) -> Iterator[Target]:
    """The deployment to test."""
    with chosen_target(settings, pytestconfig) as found:
        yield found


@contextmanager
def chosen_target(settings: Settings, config: pytest.Config) -> Iterator[Target]:
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
        yield real.target_of(config)


@pytest.fixture(scope="session")
def has_area(target: Target) -> Callable[[str], bool]:
    return presence(target)


@pytest.fixture(autouse=True)
def in_its_area(
    request: pytest.FixtureRequest, has_area: Callable[[str], bool], settings: Settings
) -> None:
    """Skips a case whose area is not there, unless it has to be."""
    for area in wanted_by(request.node):
        if not has_area(area):
            if must_have(area, settings):
                pytest.fail(why_absent(area), pytrace=False)
            pytest.skip(why_absent(area))


def wanted_by(item: pytest.Item) -> list[str]:
    suite = item.path.parent.name
    own = [suite] if suite in PROBES else []
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
