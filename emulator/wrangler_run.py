"""Deploys what a project has, with its own wrangler: as its owner would, but to the twin.

A script that another one calls has to be there first, and wrangler says so: `up` deploys
projects in the order they are named.
"""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable, Mapping
from pathlib import Path

from emulator.wrangler import Environment, Project

Report = Callable[[str], None]

TIMEOUT_SECONDS = 120.0
# Of what wrangler says when it fails, the end: the reason is there.
LAST_LINES = 12


def find(project: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The project's wrangler, else the one on the PATH."""
    for directory in (project, *project.parents):
        installed = directory / "node_modules" / ".bin" / "wrangler"
        if installed.is_file():
            return installed
    on_path = shutil.which("wrangler", path=environment.get("PATH"))
    return None if on_path is None else Path(on_path)


async def deploy(
    project: Project, environment: Environment, variables: Mapping[str, str], report: Report
) -> bool:
    """Whether it was deployed; what became of it is reported. `variables` lead to the twin."""
    # wrangler runs where the configuration is, and a relative path is from where the twin runs.
    path = project.path.absolute()
    arguments = ["deploy", "--config", str(path)]
    if environment.name is not None:
        arguments += ["--env", environment.name]
    wrangler = find(path.parent)
    if wrangler is None:
        told = " ".join(["npx", "wrangler", *arguments])
        report(f'{environment.worker} is not deployed: eval "$(cftwin env)" && {told}')
        return False
    report(f"deploying {environment.worker} with {wrangler}")
    code, said = await run([str(wrangler), *arguments], path.parent, variables)
    if code != 0:
        lines = "\n".join(said.strip().splitlines()[-LAST_LINES:])
        report(f"{environment.worker} was not deployed:\n{lines}")
    return code == 0


async def run(command: list[str], directory: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """How it ended, and what it said. One that takes too long is ended."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env={**os.environ, **variables, "CI": "1", "NO_COLOR": "1"},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_SECONDS)
    except TimeoutError:
        return 1, f"no end after {TIMEOUT_SECONDS:g} seconds"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said.decode("utf-8", "replace")
