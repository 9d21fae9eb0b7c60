"""What stands between the suites and a real deployment, for one process."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from playwright.sync_api import BrowserContext

from e2e.people import Auth
from e2e.real.browser import listen, route
from e2e.real.newcomers import Account, Newcomers
from e2e.real.traffic import Traffic
from e2e.real.transport import Guarded
from e2e.target import Json, Loopback, Target


class Guard:
    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self._newcomers: Newcomers | None = None

    def hand_out(self, target: Target, accounts: Sequence[Account]) -> None:
        """From now on, who uses the target: these, or new ones where there are none."""
        self._newcomers = Newcomers(target, self.traffic.ledger, accounts)

    def begin_case(self, about_limits: bool) -> None:
        self.traffic.about_limits = about_limits
        if self._newcomers is not None:
            self._newcomers.restart()

    def transport(self) -> httpx.BaseTransport:
        return Guarded(Loopback(), self.traffic)

    def watch(self, context: BrowserContext, preflights: bool = False) -> None:
        """`preflights`: they reach the API, and the context's requests do not wait."""
        (listen if preflights else route)(context, self.traffic)

    def newcomer(self, auth: Auth, name: str, app_metadata: Mapping[str, Any]) -> tuple[Json, str]:
        """Somebody's session and password. May skip the case."""
        assert self._newcomers is not None
        return self._newcomers(auth, name, app_metadata)
