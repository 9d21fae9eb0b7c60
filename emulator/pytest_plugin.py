"""pytest fixtures for anyone who tests against the twin; installed with the package.

    def test_create(cloudflare, twin_account):
        database = cloudflare.d1.database.create(account_id=twin_account.id, name="shop")

A session twin is started in this process on free ports, or, with `--twin-url`, a running
one is used. Every test gets an account of its own with its own token, and the clock.

    @pytest.mark.budget(rows_read=100, kv_reads=5)

fails a test in which the twin has used more of what Cloudflare bills, and says for what.
"""

from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloudflare import AsyncCloudflare, Cloudflare

    from emulator.testing import RemoteClock, TwinAccount, TwinServer


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cloudflare-twin")
    group.addoption(
        "--twin-url",
        metavar="URL",
        help="use the running twin at this address, such as http://127.0.0.1:8788",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "budget(rows_read=…, …): fails the test that uses more of what is billed"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    marker = item.get_closest_marker("budget")
    if marker is None:
        return (yield)
    from emulator.meter.budget import Budget, unknown_in

    fixtures = getattr(item, "funcargs", {})
    server, account = fixtures.get("twin_server"), fixtures.get("twin_account")
    if server is None:
        pytest.fail("the mark `budget` needs the fixture twin_server", pytrace=False)
    if unknown := unknown_in(marker.kwargs):
        pytest.fail(unknown, pytrace=False)
    budget = Budget(server.control, item.nodeid, marker.kwargs, account and account.id)
    with budget.watched():
        result = yield
    if exceeded := budget.exceeded():
        pytest.fail(exceeded, pytrace=False)
    return result


@pytest.fixture(scope="session")
def twin_server(request: pytest.FixtureRequest) -> Iterator["TwinServer"]:
    """A twin that answers on a real port for the whole session."""
    from emulator.testing import TwinServer, serving

    url = request.config.getoption("--twin-url")
    if url is not None:
        server = TwinServer(url.rstrip("/"))
        yield server
        server.control.close()
        return
    with serving() as server:
        yield server


@pytest.fixture
def twin_account(twin_server: "TwinServer") -> Iterator["TwinAccount"]:
    """A fresh, empty account with its own token; gone after the test."""
    account = twin_server.create_account()
    yield account
    twin_server.delete_account(account.id)


@pytest.fixture
def twin_clock(twin_server: "TwinServer") -> "RemoteClock":
    """The twin's time, to be moved on by the test."""
    return twin_server.clock


@pytest.fixture
def cloudflare(twin_server: "TwinServer", twin_account: "TwinAccount") -> Iterator["Cloudflare"]:
    """The official SDK's client, as the test's account."""
    sdk = pytest.importorskip("cloudflare")
    with sdk.Cloudflare(
        api_token=twin_account.token, base_url=twin_server.api, max_retries=0
    ) as client:
        yield client


@pytest.fixture
async def async_cloudflare(
    twin_server: "TwinServer", twin_account: "TwinAccount"
) -> AsyncIterator["AsyncCloudflare"]:
    """The official SDK's asynchronous client; needs pytest-asyncio's auto mode."""
    sdk = pytest.importorskip("cloudflare")
    async with sdk.AsyncCloudflare(
        api_token=twin_account.token, base_url=twin_server.api, max_retries=0
    ) as client:
        yield client
