"""Scripts on the real workerd, from npm."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx
import pytest

from emulator.workers.runtime import binary
from emulator.workers.runtime.program import Module, ModuleKind, Program
from emulator.workers.runtime.runner import Place, Runner
from emulator.workers.runtime.served import Served, Share
from emulator.workers.runtime.sockets import open_port

NODE_MODULES = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
MEBIBYTE = 1024**2


class Script:
    """One deployed script, its log, and requests as the edge makes them."""

    def __init__(self, directory: Path, run: Path, idle_seconds: float = 3600) -> None:
        self.directory = directory
        self.log: list[tuple[str, str]] = []
        place = Place(
            binary.find(NODE_MODULES.parent),
            Path(sys.executable),
            directory / "data",
            run,
            "unix:/nowhere",
            {},
            256 * MEBIBYTE,
            idle_seconds,
        )
        port = open_port("127.0.0.1")
        self.served = Served(place, port, self._note, Random(1))
        self._versions = 0

    @property
    def runner(self) -> Runner:
        """Who runs what is deployed."""
        return self.served.pick()

    def _note(self, level: str, text: str) -> None:
        self.log.append((level, text))

    async def deploy(self, program: Program, *, start: bool = True) -> None:
        await self.served.deploy([Share(program, 100)], start=start)

    def program(self, source: str, **settings: object) -> Program:
        """A program of one module."""
        self._versions += 1
        path = self.directory / f"v{self._versions}.mjs"
        path.write_text(source)
        modules = (Module("main.mjs", ModuleKind.ES, path),)
        program = Program("script", "2026-01-01", "outbound", "cache", modules)
        return replace(program, **settings)

    async def get(self, path: str = "/") -> httpx.Response:
        child = await self.served.pick().ready()
        try:
            with child.request():
                transport = httpx.AsyncHTTPTransport(uds=str(child.edge), verify=False)
                async with httpx.AsyncClient(transport=transport, timeout=30) as client:
                    return await client.get(f"http://script{path}")
        except httpx.ConnectError:
            # It has just ended, and nobody had noticed yet.
            await child.ended
            return await self.get(path)


def replace(program: Program, **settings: object) -> Program:
    fields = {name: getattr(program, name) for name in Program.__dataclass_fields__}
    return Program(**(fields | settings))


@pytest.fixture
async def scripts(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Script]]]:
    """Makes scripts; every one is ended with the test."""
    made: list[Script] = []

    async def make(idle_seconds: float = 3600) -> Script:
        directory = tmp_path / str(len(made))
        directory.mkdir()
        # A socket's path has to be short, and pytest's are long.
        run = short / str(len(made))
        run.mkdir()
        made.append(Script(directory, run, idle_seconds))
        return made[-1]

    with TemporaryDirectory(prefix="cftwin-") as name:
        short = Path(name)
        try:
            yield make
        finally:
            for script in made:
                await script.served.close()


@pytest.fixture
async def script(scripts: Callable[..., Awaitable[Script]]) -> Script:
    return await scripts()
