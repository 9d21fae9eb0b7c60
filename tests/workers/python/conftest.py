"""Python Workers as the runtime runs them: processes, over the binding listener of a twin."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from emulator import Account, Twin
from emulator.wire.binding import Binding, Bindings, Door
from emulator.workers.python.config import render
from emulator.workers.runtime.child import Child, Launch, start
from emulator.workers.runtime.program import Binding as Bound
from emulator.workers.runtime.program import Entrance, Module, ModuleKind, Program
from tests.bindings import listening


@dataclass
class Worker:
    """A running script, what it has logged, and a client of it."""

    child: Child
    log: list[tuple[str, str]]
    client: httpx.AsyncClient

    async def get(self, path: str = "/", **named: object) -> httpx.Response:
        return await self.client.get(path, **named)  # type: ignore[arg-type]  # as httpx has them

    def at(self, socket: str) -> httpx.AsyncClient:
        return client_of(self.child.entrance(socket))

    async def said(self, text: str, times: int = 1) -> tuple[str, str]:
        """The entry of the log that has this text, when it has come so many times."""
        while True:
            found = [entry for entry in self.log if text in entry[1]]
            if len(found) >= times:
                return found[-1]
            await asyncio.sleep(0.01)


@dataclass
class Stage:
    """Starts scripts, whose bindings belong to one account."""

    directory: Path
    sockets: Path
    listener: Path
    bindings: Bindings
    account: Account
    workers: list[Worker] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def token(self, kind: str, resource: str) -> str:
        return self.bindings.issue(Binding(self.account.id, kind, resource))

    async def start(
        self,
        source: str,
        *bindings: Bound,
        files: dict[str, str] | None = None,
        entrances: tuple[Entrance, ...] = (),
        tail: str | None = None,
        log: list[tuple[str, str]] | None = None,
    ) -> Worker:
        """Raises `ProgramBroken`."""
        number = next(self.numbers)
        modules = [
            self._module(f"{number}-{index}", name, text)
            for index, (name, text) in enumerate({"entry.py": source, **(files or {})}.items())
        ]
        program = Program(
            "script",
            "2026-01-01",
            self.token("outbound", "script"),
            self.token("cache", "script"),
            tuple(modules),
            bindings=bindings,
            entrances=entrances,
            tail=tail,
        )
        return await self.run(program, f"{number}", log)

    async def run(
        self, program: Program, name: str, log: list[tuple[str, str]] | None = None
    ) -> Worker:
        config = self.directory / f"{name}.config"
        config.write_bytes(render(program, f"unix:{self.listener}"))
        command = (sys.executable, "-m", "emulator.workers.python.host", str(config))
        entrances = tuple(one.name for one in program.entrances)
        launch = Launch(command, self.sockets / name, None, {}, entrances)
        lines: list[tuple[str, str]] = [] if log is None else log
        child = await start(launch, lambda level, text: lines.append((level, text)))
        worker = Worker(child, lines, client_of(child.edge))
        self.workers.append(worker)
        return worker

    def _module(self, path: str, name: str, text: str) -> Module:
        file = self.directory / path
        file.write_text(text)
        return Module(name, ModuleKind.PYTHON if name.endswith(".py") else ModuleKind.TEXT, file)


def client_of(socket: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(socket), verify=False),
        base_url="http://script.example",
        timeout=30,
    )


@pytest.fixture
def doors() -> dict[str, Door] | None:
    """What answers; None: the twin's own doors."""
    return None


@pytest.fixture
async def stage(
    tmp_path: Path, twin: Twin, account: Account, doors: dict[str, Door] | None
) -> AsyncIterator[Stage]:
    bindings = Bindings(twin.ids)
    async with listening(twin, bindings, doors) as listener:
        with TemporaryDirectory(prefix="cftwin-") as sockets:
            stage = Stage(tmp_path, Path(sockets), listener, bindings, account)
            try:
                yield stage
            finally:
                for worker in stage.workers:
                    await worker.client.aclose()
                    await worker.child.stop()
