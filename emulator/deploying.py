"""What `up` deploys: each project's Worker in the environments that were chosen, and its sites.

A Python Worker and a site are uploaded by the twin itself; everything else by the project's own
wrangler. Secrets, and what a build would write into a site, come from `twin.toml` (`config.py`),
where `${worker}` is the address of the environment's Worker, `${site}` that of its site, and
`${supabase}`, `${supabase_anon_key}`, `${supabase_service_key}`, `${api}`, `${account_id}` and
`${environment}` are what they say.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template

from emulator import python_script, wrangler_run
from emulator.cloudflare_client import CloudflareClient, Refused
from emulator.config import FILE_NAME, PagesTable, TwinToml
from emulator.hosting.fleet import Fleet
from emulator.ready import Ready
from emulator.twin import Account
from emulator.wrangler import ConfigError, Environment, Project, load

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deployer:
    """One project's deployments to its account."""

    project: Project
    twin_toml: TwinToml
    account: Account
    fleet: Fleet
    ready: Ready
    client: CloudflareClient
    report: Report

    async def deploy(self) -> dict[str, str]:
        """Workers first, then sites, which may be told where their Worker is. The sites' URLs."""
        chosen = [one for one in self.project.environments if one.is_deployable]
        await asyncio.gather(*(self._worker(environment) for environment in chosen))
        named = {one.name: one for one in self.project.environments}
        sites = [table for table in self._sites() if table.environment in named]
        urls = await asyncio.gather(
            *(self._site(table, named[table.environment]) for table in sites)
        )
        return {table.project: url for table, url in zip(sites, urls, strict=True)}

    def _sites(self) -> Sequence[PagesTable]:
        """Those of `twin.toml`, and the project itself where it is one of Pages."""
        directory = load(self.project.path).get("pages_build_output_dir")
        own = [PagesTable(project=self.project.name, directory=directory)] if directory else []
        return [*own, *self.twin_toml.pages]

    async def _worker(self, environment: Environment) -> None:
        secrets = await self._secrets(environment)
        script = python_script.read(self.project, resolved(self.account, environment))
        try:
            if script is not None:
                self.report(f"deploying {script.name}")
                await self.client.deploy_script(script, secrets)
            elif await self._by_wrangler(environment):
                await self.client.put_secrets(environment.worker, secrets)
        except Refused as refused:
            self.report(f"{environment.worker} was not deployed: {refused}")

    async def _by_wrangler(self, environment: Environment) -> bool:
        variables = self.ready.environment()
        variables["CLOUDFLARE_ACCOUNT_ID"] = self.account.id
        return await wrangler_run.deploy(self.project, environment, variables, self.report)

    async def _secrets(self, environment: Environment) -> dict[str, str]:
        texts = self.twin_toml.secrets_of(environment.name)
        if not texts:
            return {}
        values = await self._values(environment)
        return {name: filled(f"secrets.{name}", text, values) for name, text in texts.items()}

    async def _site(self, table: PagesTable, environment: Environment) -> str:
        url = await self._site_url(table.project)
        directory = self.project.path.parent / table.directory
        if (reason := undeployable(directory)) is not None:
            self.report(f"{table.project} is not deployed: {reason}")
            return url
        files = {
            f"/{path.relative_to(directory).as_posix()}": path.read_bytes()
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }
        values = await self._values(environment)
        for name, text in table.files.items():
            files[f"/{name}"] = filled(f"pages.files.{name}", text, values).encode()
        self.report(f"deploying {table.project} to Pages")
        try:
            await self.client.deploy_site(table.project, files)
        except Refused as refused:
            self.report(f"{table.project} was not deployed: {refused}")
        return url

    async def _values(self, environment: Environment) -> dict[str, str]:
        """What `${…}` may name."""
        subdomain = self.account.workers.triggers.subdomain()
        values = {
            "account_id": self.account.id,
            "api": self.ready.api,
            "environment": environment.name or "",
            "supabase": self.ready.supabase or "",
            "supabase_anon_key": self.ready.supabase_anon_key or "",
            "supabase_service_key": self.ready.supabase_service_key or "",
            "worker": self.fleet.url(environment.worker, subdomain),
        }
        for table in self.twin_toml.pages:
            if table.environment == environment.name:
                values.setdefault("site", await self._site_url(table.project))
        return values

    async def _site_url(self, project: str) -> str:
        return self.fleet.site_url(await self.client.ensure_site(project))


def undeployable(directory: Path) -> str | None:
    """Why a site cannot be uploaded as it lies there; None when it can."""
    if not directory.is_dir():
        return f"there is no directory {directory}"
    if (directory / "_worker.js").exists() or (directory.parent / "functions").is_dir():
        told = f"wrangler pages deploy {directory}"
        return f'it has Functions, which wrangler bundles: eval "$(cftwin env)" && {told}'
    return None


def resolved(account: Account, environment: Environment) -> Environment:
    """With the ids of databases and namespaces that the configuration only names."""
    d1 = tuple(
        replace(one, id=account.d1.get_database(one.id or one.name).id) for one in environment.d1
    )
    kv = tuple(
        replace(one, id=one.id or account.kv.namespace_titled(one.title).id)
        for one in environment.kv
    )
    return replace(environment, d1=d1, kv=kv)


def filled(where: str, text: str, values: Mapping[str, str]) -> str:
    """Raises `ConfigError` for a name that means nothing here."""
    try:
        return Template(text).substitute(values)
    except (KeyError, ValueError):
        known = ", ".join(f"${{{name}}}" for name in values)
        raise ConfigError(f"{FILE_NAME}: {where}: of ${{…}} there are {known}") from None
