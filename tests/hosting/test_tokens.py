"""What opens a script's bindings dies with the script."""

from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from emulator.hosting.fleet import Fleet
from emulator.wire.binding import HEADER, Binding, Bindings
from tests.workers.forms import form

pytestmark = pytest.mark.workerd


class Noted(Bindings):
    """Keeps what it has issued."""

    def __init__(self, twin: Twin) -> None:
        super().__init__(twin.ids)
        self.issued: list[str] = []

    def issue(self, binding: Binding) -> str:
        self.issued.append(super().issue(binding))
        return self.issued[-1]

    def good(self) -> list[str]:
        return [one for one in self.issued if self.find([(HEADER, one.encode())]) is not None]


async def test_the_tokens_of_a_script_open_nothing_when_it_is_deleted(
    twin: Twin, account: Account, token: str
) -> None:
    bindings = Noted(twin)
    with TemporaryDirectory(prefix="cftwin-") as directory:
        fleet = Fleet(twin, bindings, "unix:/nowhere", Path(directory), 1, lambda *line: None)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(twin, runtime=fleet)),
            base_url=f"http://twin/client/v4/accounts/{account.id}/workers/scripts",
            headers={"Authorization": f"Bearer {token}"},
        ) as api:
            uploaded = await api.put("/shop", **form(compatibility_date="2026-01-01"))
            assert uploaded.status_code == 200
            served = bindings.good()
            await api.delete("/shop")
        await fleet.close()

    assert served
    assert bindings.good() == []
