"""Starts a version where nobody sees it: whether it can be, how long it takes, what it exports."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from emulator.hosting.asking import ask
from emulator.workers.models import StartUp
from emulator.workers.running import ScriptBroken
from emulator.workers.runtime.child import Log
from emulator.workers.runtime.failures import ProgramBroken
from emulator.workers.runtime.program import Module, ModuleKind, Program
from emulator.workers.runtime.runner import Place, launch

PROBE_FILE = Path(__file__).with_name("probe.mjs")
MAIN_NAME, PROBE_NAME = "cftwin-main.mjs", "cftwin-probe.mjs"


async def started(place: Place, program: Program, log: Log) -> StartUp:
    """What was seen of the program. Raises `ScriptBroken` with the runtime's own text."""
    with TemporaryDirectory(prefix="cftwin-check-") as name:
        directory = Path(name)
        apart = replace(place, data=directory / "data", sockets=directory)
        probed = with_probe(program, directory) if is_probed(program) else program
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            child = await launch(apart, next(count(1)), probed, None, log)
        except ProgramBroken as broken:
            raise ScriptBroken(str(broken)) from None
        milliseconds = round((loop.time() - begin) * 1000)
        try:
            seen = orjson.loads(await ask(child.edge, "/")) if probed is not program else {}
        finally:
            await child.stop()
    return startup_of(milliseconds, seen)


def is_probed(program: Program) -> bool:
    """Whether modules are what it is made of: others cannot be imported by one of ours."""
    return bool(program.modules) and program.modules[0].kind is ModuleKind.ES


def with_probe(program: Program, directory: Path) -> Program:
    """The program with a main module that loads the script's and tells of it."""
    main = directory / MAIN_NAME
    script = orjson.dumps(f"./{program.modules[0].name}").decode()
    main.write_text(
        f'import * as script from {script};\nimport {{ describe }} from "./{PROBE_NAME}";\n'
        f"export * from {script};\n"
        "export default { fetch: () => Response.json(describe(script)) };\n",
        encoding="utf-8",
    )
    ours = (Module(MAIN_NAME, ModuleKind.ES, main), Module(PROBE_NAME, ModuleKind.ES, PROBE_FILE))
    return replace(program, modules=(ours[0], *program.modules, ours[1]), entrances=())


def startup_of(milliseconds: int, seen: Mapping[str, Any]) -> StartUp:
    return StartUp(milliseconds, seen.get("handlers"), seen.get("exports"))
