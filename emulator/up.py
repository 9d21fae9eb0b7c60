"""`cftwin up`: read what there is to read, build the twin, fill it, serve it, stop it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from emulator import config, deploying, provision, seeds, wrangler
from emulator.console_log import printer
from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.hosting.fleet import Fleet
from emulator.listeners import Listeners, listen
from emulator.ready import FILE_NAME, Ready
from emulator.server import Servers
from emulator.twin import Twin

Report = Callable[[str], None]
# What is being done, how much of it is, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `up` was asked for."""

    settings: Settings
    twin_toml: config.TwinToml
    projects: tuple[wrangler.Project, ...]
    seed: str | None

    @property
    def account_ids(self) -> dict[str, str]:
        """The accounts that projects name, beside the default one."""
        return {one.account_id: one.name for one in self.projects if one.account_id}

    @property
    def default_script(self) -> str | None:
        """What answers on hosts that are nobody's: the first project's Worker."""
        workers = [one.worker for project in self.projects for one in project.environments]
        return workers[0] if workers else None


class World:
    """A twin together with what `up` puts in it, so that a reset can put it back."""

    def __init__(self, plan: Plan, report: Report, progress: Progress) -> None:
        self.twin = Twin(plan.settings)
        self._plan = plan
        self._report = report
        self._progress = progress
        self._cache = self.twin.path / "seeds"
        config.enrol(self.twin.directory, plan.twin_toml, plan.account_ids)

    def fill(self) -> None:
        """Provision every project's environments and load the seed. Idempotent but for seeds."""
        for project in self._plan.projects:
            account = self.twin.account(project.account_id or DEFAULT_ACCOUNT_ID)
            for warning in project.warnings:
                self._report(warning)
            for environment in project.environments:
                provision.provision(
                    account, environment, self._report, self._plan.twin_toml.vectorize
                )
            if self._plan.seed is not None:
                self._seed(project)

    def _seed(self, project: wrangler.Project) -> None:
        """Into the environment that was chosen; of all, into the first that has a name."""
        filled = [one for one in project.environments if one]
        if not filled or self._plan.seed is None:
            return
        environment = next((one for one in filled if one.name), filled[0])
        account = self.twin.account(project.account_id or DEFAULT_ACCOUNT_ID)
        seed = seeds.locate(self._plan.seed, project.path.parent, self._cache)
        # Beside the account's data, so that a reset forgets both.
        marker = self.twin.account_path(account.id) / f"{environment.worker}.seeded"
        if marker.is_file():
            return
        loaded = seeds.load(seed, account, self.twin.inference, environment, self._show)
        marker.write_text(self._plan.seed)
        by = f", texts embedded by {loaded.embedder}" if loaded.embedder else ""
        self._report(
            f"seed {self._plan.seed}: {loaded.total:,} rows, pairs, objects and vectors"
            f" in {environment.worker}{by}"
        )

    def _show(self, path: Path, done: int, total: int) -> None:
        self._progress(f"seed {self._plan.seed}: {path.parent.name}/{path.name}", done, total)


def ready_of(listeners: Listeners, settings: Settings, account_id: str) -> Ready:
    from emulator.standins.supabase.keys import keys_of

    api, keys = listeners.api.url, keys_of(settings, account_id)
    return Ready(
        f"{api}/client/v4",
        listeners.edge.url,
        listeners.s3.url,
        account_id,
        os.getpid(),
        supabase=f"{api}/supabase",
        gateway=f"{api}/gateway/v1",
        supabase_anon_key=keys.anon,
        supabase_service_key=keys.service_role,
        bridge_ca=str(listeners.bridge_ca.absolute()) if listeners.bridge_ca else None,
    )


async def deploy_all(plan: Plan, ready: Ready, report: Report) -> None:
    """Every project's Worker, in each of its environments that was chosen."""
    for project in plan.projects:
        variables = ready.environment()
        if project.account_id:
            variables["CLOUDFLARE_ACCOUNT_ID"] = project.account_id
        for environment in project.environments:
            if environment.is_deployable:
                await deploying.deploy(project, environment, variables, report)


async def scripts_of(twin: Twin, fleet: Fleet) -> dict[str, str]:
    """Where each script of each account answers; their own ports are open from now on."""
    urls: dict[str, str] = {}
    for record in twin.directory.accounts():
        await fleet.restore(record.id)
        workers = twin.account(record.id).workers
        subdomain = workers.triggers.find_subdomain()
        for script in workers.scripts():
            if script.on_subdomain and subdomain is not None:
                urls[script.name] = fleet.url(script.name, subdomain)
    return urls


async def serve(
    plan: Plan, report: Report, progress: Progress, announce: Callable[[Ready], None]
) -> None:
    """Run until the process is told to stop (SIGINT or SIGTERM)."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(plan, report, progress)
    listeners: Listeners | None = None
    try:
        shown = printer(sys.stderr, os.environ)
        listeners = listen(world.twin, shown, world.fill, plan.default_script)
        await asyncio.to_thread(world.fill)
        servers = Servers(listeners.all)
        await servers.start()
        listeners.start()
        account_id = next(iter(plan.account_ids), DEFAULT_ACCOUNT_ID)
        ready = ready_of(listeners, plan.settings, account_id)
        await deploy_all(plan, ready, report)
        scripts = await scripts_of(world.twin, listeners.fleet)
        ready = replace(ready, scripts=scripts, ports=listeners.fleet.ports())
        (world.twin.path / FILE_NAME).write_bytes(ready.to_json())
        announce(ready)
        await stop.wait()
        await servers.stop()
    finally:
        (world.twin.path / FILE_NAME).unlink(missing_ok=True)
        if listeners is not None:
            await listeners.close()
        world.twin.close()
