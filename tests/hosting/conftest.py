"""Workers of the test's own account, at the edge of a running twin."""

from collections.abc import Iterator

import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.deployed import Deployed


@pytest.fixture
def workers(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()
