"""A runtime that runs nothing, notes what it was told, and finds what a test wants found."""

from emulator.workers.models import StartUp
from emulator.workers.running import Runnable, ScriptBroken
from tests.running import NotRunning


class Watched(NotRunning):
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.checked: list[Runnable] = []
        self.startup = StartUp(7, ("fetch",), {})
        self.broken: str | None = None

    async def check(self, runnable: Runnable) -> StartUp:
        self.checked.append(runnable)
        self.calls.append(("check", runnable.script))
        if self.broken is not None:
            raise ScriptBroken(self.broken)
        return self.startup

    async def deployed(self, account_id: str, script: str) -> None:
        self.calls.append(("deployed", script))

    async def deleted(self, account_id: str, script: str) -> None:
        self.calls.append(("deleted", script))
