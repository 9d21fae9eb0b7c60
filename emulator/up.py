"""`cftwin up`: read what there is to read, build the twin, fill it, serve it, stop it."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator import config, provision, seeds, wrangler
from emulator.app import create_app, create_s3, edge
from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.ready import FILE_NAME, Ready
from emulator.server import Listener, Servers, bind
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


def listeners_of(world: World, settings: Settings) -> Sequence[Listener]:
    """The API, the edge and S3, bound; a port that is taken is an `OSError` here."""
    s3 = bind(create_s3(world.twin), settings.host, settings.s3_port)
    api = create_app(world.twin, world.fill, s3.url)
    return (
        bind(api, settings.host, settings.api_port),
        bind(edge, settings.host, settings.edge_port),
        s3,
    )


def ready_of(listeners: Sequence[Listener], account_id: str) -> Ready:
    api, workers, buckets = listeners
    return Ready(
        f"{api.url}/client/v4",
        workers.url,
        buckets.url,
        account_id,
        os.getpid(),
        gateway=f"{api.url}/gateway/v1",
    )


async def serve(
    plan: Plan, report: Report, progress: Progress, announce: Callable[[Ready], None]
) -> None:
    """Run until the process is told to stop (SIGINT or SIGTERM)."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(plan, report, progress)
    try:
        listeners = listeners_of(world, plan.settings)
        await asyncio.to_thread(world.fill)
        servers = Servers(listeners)
        await servers.start()
        ready = ready_of(listeners, next(iter(plan.account_ids), DEFAULT_ACCOUNT_ID))
        (world.twin.path / FILE_NAME).write_bytes(ready.to_json())
        announce(ready)
        await stop.wait()
        await servers.stop()
    finally:
        (world.twin.path / FILE_NAME).unlink(missing_ok=True)
        world.twin.close()
