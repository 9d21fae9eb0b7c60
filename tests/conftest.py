"""Fixtures of our own suite: a twin in this process whose time stands still.

Tests that need a real port take the plugin's `twin_server`, `twin_account` and SDK clients.
"""

import os
import platform
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import apsw
import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.app import create_app
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from tests.bindings import Runtime, runtime_of

# What `make node` has installed, for every twin that a test starts.
INSTALLED = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "64"
PACKAGE = f"workerd-{platform.system().lower()}-{MACHINE}"
os.environ.setdefault("WORKERD", str(INSTALLED / "@cloudflare" / PACKAGE / "bin" / "workerd"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not Path(os.environ["WORKERD"]).is_file():
        skip(items, "workerd", f"no workerd at {os.environ['WORKERD']}: run 'make node'")
    if not os.environ.get("TWIN_THOROUGH"):
        skip(items, "thorough", "asks more than every day needs: set TWIN_THOROUGH=1")


def skip(items: list[pytest.Item], mark: str, reason: str) -> None:
    for item in items:
        if item.get_closest_marker(mark) is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_report_header() -> str:
    return f"SQLite {apsw.sqlite_lib_version()}, apsw {apsw.apsw_version()}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def twin(tmp_path: Path, clock: ManualClock) -> Iterator[Twin]:
    twin = Twin(Settings(state=tmp_path / "state"), clock=clock, ids=Ids(seed=1))
    yield twin
    twin.close()


@pytest.fixture
def token(twin: Twin) -> str:
    """The token of the test's account."""
    return twin.create_account("Test account")[1].value


@pytest.fixture
def account(twin: Twin, token: str) -> Account:
    credential = twin.directory.by_authorization(b"Bearer " + token.encode())
    assert credential is not None
    return twin.account(next(iter(credential.grants)))


@pytest.fixture
async def client(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    """The API listener without credentials; paths start at `/client/v4`."""
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        yield client


@pytest.fixture
async def rest(twin: Twin, account: Account, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API as the test's account; paths start below `/accounts/{account_id}`."""
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(
        transport=transport,
        base_url=f"http://twin/client/v4/accounts/{account.id}",
        headers={"Authorization": f"Bearer {token}"},
    ) as rest:
        yield rest


@pytest.fixture
async def runtime(twin: Twin, account: Account) -> AsyncIterator[Runtime]:
    """The binding listener on a real socket; what is bound is of the test's account."""
    async with runtime_of(twin, account.id) as runtime:
        yield runtime
