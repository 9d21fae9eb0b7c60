"""What `up` puts in a twin: resources and seeds at once, Workers, sites and users when it answers.

A reset brings all of it back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from emulator import config, provision, seed_users, seeds, wrangler
from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.hosting.fleet import Fleet
from emulator.ready import Ready
from emulator.twin import Account, Twin

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
        """What answers on hosts that are nobody's: the first Worker that is deployed."""
        chosen = [one for project in self.projects for one in project.environments]
        workers = [one.worker for one in chosen if one.is_deployable]
        return workers[0] if workers else None

    @property
    def account_id(self) -> str:
        """That of the first project that names one."""
        return next(iter(self.account_ids), DEFAULT_ACCOUNT_ID)

    def twin_toml_of(self, project: wrangler.Project) -> config.TwinToml:
        """The file lies beside the first project, whose sites are in it."""
        if project is self.projects[0]:
            return self.twin_toml
        return self.twin_toml.model_copy(update={"pages": []})


class World:
    """A twin together with what `up` puts in it."""

    def __init__(self, plan: Plan, report: Report, progress: Progress) -> None:
        self.twin = Twin(plan.settings)
        self._plan = plan
        self._report = report
        self._progress = progress
        self._cache = self.twin.path / "seeds"
        self._watch()
        config.enrol(self.twin.directory, plan.twin_toml, plan.account_ids)
        self._seed_supabase()

    def _watch(self) -> None:
        """The tenancy audit, as twin.toml declares it. Raises `ConfigError`."""
        table = self._plan.twin_toml.guard
        if table is None:
            return
        try:
            self.twin.watch.declare(table.model_dump())
        except ValueError as error:
            raise wrangler.ConfigError(f"twin.toml: {error}") from None

    def _seed_supabase(self) -> None:
        """Supabase's database gets the same seed, when it is first used."""
        settings, first = self.twin.settings, next(iter(self._plan.projects), None)
        if first is None or settings.supabase_migrations is None or settings.supabase_seed:
            return
        # Only now: what generates a seed writes it below the state.
        self.twin.settings = replace(settings, supabase_seed=self._seed_of(first))

    def fill(self) -> None:
        """Provision every project's environments and load the seed. Idempotent but for seeds."""
        for gateway in self._plan.twin_toml.ai_gateways:
            provision.ensure_gateway(self.twin.account(self._plan.account_id), gateway)
        for project in self._plan.projects:
            account = self._account_of(project)
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
        if not filled:
            return
        environment = next((one for one in filled if one.name), filled[0])
        account = self._account_of(project)
        seed = self._seed_of(project)
        marker = self._marker(account, environment.worker)
        if seed is None or marker.is_file():
            return
        loaded = seeds.load(seed, account, self.twin.inference, environment, self._show)
        marker.touch()
        by = f", texts embedded by {loaded.embedder}" if loaded.embedder else ""
        self._report(
            f"seed {self._plan.seed}: {loaded.total:,} rows, pairs, objects and vectors"
            f" in {environment.worker}{by}"
        )

    def _show(self, path: Path, done: int, total: int) -> None:
        self._progress(f"seed {self._plan.seed}: {path.parent.name}/{path.name}", done, total)

    async def deploy(self, ready: Ready, fleet: Fleet) -> Ready:
        """Workers, sites and users, once the listeners answer. `ready` with what that made."""
        # With the first thing to deploy: its client is not needed before.
        from emulator.cloudflare_client import CloudflareClient
        from emulator.deploying import Deployer

        for project in self._plan.projects:
            account = self._account_of(project)
            client = CloudflareClient(ready.api, account.id, ready.api_token)
            twin_toml = self._plan.twin_toml_of(project)
            deployer = Deployer(project, twin_toml, account, fleet, ready, client, self._report)
            try:
                sites = await deployer.deploy()
            finally:
                await client.close()
            ready = replace(ready, sites={**ready.sites, **sites})
            ready = replace(ready, sign_in=await self._users(project, ready) or ready.sign_in)
        return ready

    async def _users(self, project: wrangler.Project, ready: Ready) -> tuple[str, str] | None:
        """Address and password of the seed's first user, who signs in from now on."""
        seed = self._seed_of(project)
        users = seed_users.read(seed) if seed is not None else []
        if not users:
            return None
        marker = self._marker(self._account_of(project), "users")
        if not marker.is_file():
            await seed_users.create(users, ready, self._report)
            marker.touch()
        return users[0]["email"], users[0]["password"]

    def _seed_of(self, project: wrangler.Project) -> Path | None:
        if self._plan.seed is None:
            return None
        return seeds.locate(self._plan.seed, project.path.parent, self._cache)

    def _account_of(self, project: wrangler.Project) -> Account:
        return self.twin.account(project.account_id or DEFAULT_ACCOUNT_ID)

    def _marker(self, account: Account, name: str) -> Path:
        """Beside the account's data, so that a reset forgets both."""
        return self.twin.account_path(account.id) / f"{name}.seeded"
