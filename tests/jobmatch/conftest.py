"""A deployment to test, and people who use it.

By default the three environments on a twin of their own, one of which each test gets by its
name; `JOBMATCH_ENVIRONMENT=staging` chooses. `E2E_API` and what stands beside it in
`e2e/settings.py` name a deployment elsewhere.
"""

import os
from collections.abc import Iterator, Mapping
from zlib import crc32

import httpx
import pytest

from e2e.cast import anna as anna
from e2e.cast import anyone as anyone
from e2e.cast import ben as ben
from e2e.cast import exchanges as exchanges
from e2e.cast import make_application as make_application
from e2e.cast import make_experience as make_experience
from e2e.cast import make_job as make_job
from e2e.exchanges import Exchanges
from e2e.people import People, Person
from e2e.settings import ENVIRONMENTS
from e2e.target import Target
from tests.jobmatch.covering import claims_of
from tests.jobmatch.target import deployed, elsewhere


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "covers(route, *statuses_and_rules): what a test sees")
    config.addinivalue_line("markers", "environment(name): the one environment a test is about")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    result = yield
    claims = claims_of(item)
    if claims:
        exchanges: Exchanges = item.funcargs["exchanges"]  # type: ignore[attr-defined]
        seen = {(one.route, one.status) for one in exchanges}
        unseen = [text for claim in claims for text in claim.unseen(seen)]
        assert not unseen, f"@covers claims what did not happen: {'; '.join(unseen)}"
    return result


@pytest.fixture(scope="session")
def targets() -> Iterator[Mapping[str, Target]]:
    """Every environment there is to test, by its name."""
    other = elsewhere()
    if other is not None:
        yield {other.environment: other}
        return
    with deployed() as found:
        yield found


@pytest.fixture
def jobmatch(request: pytest.FixtureRequest, targets: Mapping[str, Target]) -> Target:
    """The deployment that this test is about."""
    mark = request.node.get_closest_marker("environment")
    if mark is not None:
        if mark.args[0] not in targets:
            pytest.skip(f"there is no {mark.args[0]} here")
        return targets[mark.args[0]]
    chosen = os.environ.get("JOBMATCH_ENVIRONMENT")
    if chosen is None or chosen not in targets:
        names = [name for name in ENVIRONMENTS if name in targets] or list(targets)
        chosen = names[crc32(request.node.nodeid.encode()) % len(names)]
    return targets[chosen]


@pytest.fixture
def people(jobmatch: Target, exchanges: Exchanges) -> Iterator[People]:
    made = People(jobmatch, exchanges)
    yield made
    made.close()


@pytest.fixture
def control(jobmatch: Target) -> httpx.Client:
    """The twin's control plane; skips elsewhere."""
    if jobmatch.control is None:
        pytest.skip("this needs a twin: its stand-ins and their outbox")
    return jobmatch.control


@pytest.fixture
def admin(jobmatch: Target, people: People) -> Person:
    if jobmatch.service_key is None:
        pytest.skip("this needs the service key, to make an administrator")
    return people.new("admin", role="admin")
