"""What the meter of a running twin says of the test's account."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer

Units = dict[str, float]
Metered = Callable[[], Units]


@pytest.fixture
def metered(twin_server: TwinServer, twin_account: TwinAccount) -> Metered:
    """All units that the account has used so far."""

    def units() -> Units:
        told: dict[str, Any] = twin_server.control.get(
            "/_twin/meter", params={"account_id": twin_account.id}
        ).json()
        found: Units = told["units"]
        return found

    return units
