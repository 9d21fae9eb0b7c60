"""All scripts that run: brings what is deployed into processes, and finds the one that serves.

A script's processes start with its first request and end when it has none for long. Tells the
store nothing and asks it everything, so that a twin that comes back serves what was deployed.
"""

import asyncio
import shutil
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import orjson

from emulator.core.errors import CloudflareError
from emulator.hosting.asking import ask
from emulator.hosting.checks import started
from emulator.hosting.functions import script_of, version_of
from emulator.hosting.programs import Surroundings, newest_date, program_of
from emulator.hosting.relays import Relays
from emulator.hosting.sources import Key, source_of
from emulator.pages.models import Deployment
from emulator.pages.running import FunctionBroken
from emulator.twin import Twin
from emulator.wire.binding import Binding, Bindings
from emulator.workers.errors import RuntimeMissing
from emulator.workers.models import StartUp, Version
from emulator.workers.running import Runnable, ScriptBroken
from emulator.workers.runtime.binary import find
from emulator.workers.runtime.failures import ProgramBroken, ProgramGone, RuntimeAbsent
from emulator.workers.runtime.program import Entrance
from emulator.workers.runtime.runner import Place
from emulator.workers.runtime.served import Served, Share
from emulator.workers.runtime.sockets import open_port

MEBIBYTE = 1024**2

# Told of every line that a script logs: account, script, level, text.
ScriptLog = Callable[[str, str, str, str], None]


@dataclass(slots=True)
class Unit:
    """One script as it is served: its processes if it has code, the version whose static files
    it has, what opens its bindings, and by what others call it.
    """

    served: Served | None = None
    assets: Version | None = None
    tokens: dict[Binding, str] = field(default_factory=dict)
    entrances: set[Entrance] = field(default_factory=set)
    tailed: bool = False


class Fleet:
    """Runs the scripts of all accounts; the `Runtime` of `workers/running.py`.

    `listener` is where bindings are served, `sockets` a directory of short path, `edge_port` the
    port by which the world comes. All methods belong to one event loop.
    """

    def __init__(
        self,
        twin: Twin,
        bindings: Bindings,
        listener: str,
        sockets: Path,
        edge_port: int,
        log: ScriptLog,
    ) -> None:
        self._twin = twin
        self._bindings = bindings
        self._listener = listener
        self._sockets = sockets
        self._edge_port = edge_port
        self._log = log
        self._units: dict[Key, Unit] = {}
        self._turns: dict[Key, asyncio.Lock] = {}
        self._numbers = count(1)
        self._relays = Relays(sockets)
        self._newest: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        twin.forgotten.append(self._forget)

    async def check(self, runnable: Runnable) -> StartUp:
        """See `Runtime`. Raises `ScriptBroken`, and `RuntimeMissing` without workerd."""
        tokens: dict[Binding, str] = {}
        around = await self._around(runnable.account_id, tokens)
        program = program_of(runnable.script, runnable.version, runnable.path, around)
        try:
            if not program.is_python:
                self._require_workerd()
            log = partial(self._log, runnable.account_id, runnable.script)
            place = self._place(runnable.account_id, runnable.script)
            return await started(place, program, log)
        finally:
            for token in tokens.values():
                self._bindings.revoke(token)

    async def deployed(self, account_id: str, script: str) -> None:
        key = Key(account_id, script)
        async with self._turn(key):
            await self._serve(key, start=True)

    async def deleted(self, account_id: str, script: str) -> None:
        for key in [key for key in self._units if key[:2] == (account_id, script)]:
            async with self._turn(key):
                await self._end(key)
        shutil.rmtree(self._data(account_id, script), ignore_errors=True)

    async def check_function(self, account_id: str, deployment: Deployment) -> None:
        """See `pages/running.py`. Raises `FunctionBroken`, and `RuntimeMissing`."""
        assert deployment.function is not None
        blobs = self._twin.account(account_id).pages.blobs
        version = version_of(deployment, deployment.function)
        script = script_of(deployment.project)
        try:
            await self.check(Runnable(account_id, script, version, blobs))
        except ScriptBroken as broken:
            raise FunctionBroken(str(broken)) from None

    async def function_deleted(self, account_id: str, project: str, deployment_id: str) -> None:
        key = Key(account_id, script_of(project), deployment_id)
        async with self._turn(key):
            await self._end(key)

    def site_url(self, label: str) -> str:
        return f"http://{label}.pages.localhost:{self._edge_port}"

    def url(self, script: str, subdomain: str) -> str:
        return f"http://{script}.{subdomain}.workers.localhost:{self._edge_port}"

    async def unit(self, account_id: str, script: str, version: str = "") -> Unit:
        """The script as it is served, or one version of it.

        Raises `ProgramGone` when nothing of it is deployed.
        """
        key = Key(account_id, script, version)
        unit = self._units.get(key)
        if unit is None:
            async with self._turn(key):
                unit = self._units.get(key) or await self._serve(key, start=False)
        if unit is None:
            raise ProgramGone("nothing is deployed")
        return unit

    async def served(self, account_id: str, script: str, version: str = "") -> Served:
        """The script's processes. Raises `ProgramGone` when it has none."""
        served = (await self.unit(account_id, script, version)).served
        if served is None:
            raise ProgramGone("the script has static files alone")
        return served

    async def scheduled(
        self, account_id: str, script: str, cron: str, epoch_seconds: float
    ) -> dict[str, Any]:
        """Run the script's cron handler: `{"outcome", "noRetry"}`.

        Raises `ProgramBroken` and `ProgramGone` if there is no process that could.
        """
        served = await self.served(account_id, script)
        child = await served.pick().ready()
        with child.request():
            time = round(epoch_seconds * 1000)
            answer = await ask(child.control, "/scheduled", cron=cron, time=time)
        outcome: dict[str, Any] = orjson.loads(answer)
        return outcome

    async def watched(self, account_id: str, script: str, tailed: bool) -> None:
        """Whether somebody wants to see what the script does: it runs otherwise then."""
        key = Key(account_id, script)
        async with self._turn(key):
            unit = self._units.get(key)
            if unit is None and tailed:
                unit = await self._serve(key, start=False)
            if unit is not None and unit.tailed != tailed:
                unit.tailed = tailed
                await self._serve(key, start=is_running(unit))

    async def restore(self, account_id: str) -> None:
        """Open the ports of all that the account has deployed."""
        for script in self._twin.account(account_id).workers.scripts():
            try:
                await self.unit(account_id, script.name)
            except ProgramGone:
                continue

    def ports(self) -> dict[str, str]:
        """The URL of each script's own port, past the edge, by the script's name."""
        deployed = [(key, unit.served) for key, unit in self._units.items() if not key.version]
        return {key.script: served.url for key, served in deployed if served is not None}

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(self._end(key) for key in list(self._units)))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._relays.close()

    async def _serve(self, key: Key, *, start: bool) -> Unit | None:
        """Bring the active deployment into processes; None if there is none."""
        source = source_of(self._twin.account(key.account_id), key)
        if not source.versions:
            await self._end(key)
            return None
        unit = self._units.setdefault(key, Unit())
        unit.assets = next((version for version, _ in source.versions if version.assets), None)
        unit.entrances |= source.entrances
        around = await self._around(key.account_id, unit.tokens, unit)
        shares = [
            Share(program_of(key.script, version, source.path, around), percentage)
            for version, percentage in source.versions
            if version.main is not None
        ]
        await self._bring(key, unit, shares, start)
        return unit

    async def _bring(self, key: Key, unit: Unit, shares: Sequence[Share], start: bool) -> None:
        if not shares:
            served, unit.served = unit.served, None
            if served is not None:
                await served.close()
            return
        if unit.served is None:
            port = open_port(self._twin.settings.host)
            random = Random(self._twin.ids.hex())
            log = partial(self._log, key.account_id, key.script)
            place = self._place(key.account_id, key.script)
            unit.served = Served(place, port, log, random)
        try:
            await unit.served.deploy(shares, start=start)
        except ProgramBroken as broken:
            # It ran when it was checked; what it needs may have gone since.
            self._log(key.account_id, key.script, "error", str(broken))
            await unit.served.deploy(shares, start=False)

    async def _around(
        self, account_id: str, tokens: dict[Binding, str], unit: Unit | None = None
    ) -> Surroundings:
        def token(binding: Binding) -> str:
            if binding not in tokens:
                tokens[binding] = self._bindings.issue(binding)
            return tokens[binding]

        return Surroundings(
            account_id,
            token,
            partial(self._entrance, account_id),
            await self._newest_date(),
            tuple(sorted(unit.entrances, key=lambda one: one.name)) if unit else (),
            unit.tailed if unit else False,
        )

    def _entrance(self, account_id: str, script: str, entrance: Entrance) -> Path | None:
        """The socket by which the script is called, whether it runs yet or not."""
        if self._twin.account(account_id).workers.find_script(script) is None:
            return None
        find_it = partial(self._enter, Key(account_id, script), entrance)
        return self._relays.path((account_id, script, entrance.name), find_it)

    async def _enter(self, key: Key, entrance: Entrance) -> Path:
        try:
            unit = await self.unit(*key)
            if entrance not in unit.entrances:
                async with self._turn(key):
                    unit.entrances.add(entrance)
                    await self._serve(key, start=is_running(unit))
            served = await self.served(key.account_id, key.script)
            return (await served.pick().ready()).entrance(entrance.name)
        except (ProgramBroken, ProgramGone, CloudflareError) as refusal:
            self._log(key.account_id, key.script, "error", str(refusal))
            raise LookupError(str(refusal)) from None

    def _place(self, account_id: str, script: str) -> Place:
        settings = self._twin.settings
        sockets = self._sockets / str(next(self._numbers))
        sockets.mkdir(mode=0o700)
        return Place(
            self._binary(),
            Path(settings.python_workers or sys.executable),
            self._data(account_id, script),
            sockets,
            self._listener,
            {},
            settings.workers_memory_mb * MEBIBYTE,
            settings.workers_idle_seconds,
        )

    def _binary(self) -> Path | None:
        try:
            return find(Path.cwd())
        except RuntimeAbsent:
            return None

    def _require_workerd(self) -> None:
        if self._binary() is None:
            raise RuntimeMissing()

    def _data(self, account_id: str, script: str) -> Path:
        """Where the script's Durable Objects are kept."""
        return self._twin.account_path(account_id) / "workers" / "runtime" / script

    async def _newest_date(self) -> str | None:
        binary = self._binary()
        if self._newest is None and binary is not None:
            process = await asyncio.create_subprocess_exec(
                str(binary), "--version", stdout=asyncio.subprocess.PIPE
            )
            told, _ = await process.communicate()
            self._newest = newest_date(told.decode("utf-8", "replace"))
        return self._newest

    async def _end(self, key: Key) -> None:
        unit = self._units.pop(key, None)
        if unit is not None:
            if unit.served is not None:
                await unit.served.close()
            for token in unit.tokens.values():
                self._bindings.revoke(token)

    def _forget(self, account_id: str) -> None:
        for key in [key for key in self._units if key.account_id == account_id]:
            self._spawn(self._end(key))

    def _turn(self, key: Key) -> asyncio.Lock:
        return self._turns.setdefault(key, asyncio.Lock())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def is_running(unit: Unit) -> bool:
    """Whether a process of it is there now."""
    return unit.served is not None and unit.served.is_running
