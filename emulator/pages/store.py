"""One account's Pages: projects, deployments, domains. Knows nothing of HTTP."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator.core.blobs import Blobs
from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.pages.documents import deployment_in, document_of, project_in
from emulator.pages.errors import (
    DeploymentAliased,
    DeploymentLive,
    DeploymentNotFound,
    DomainExists,
    DomainNotFound,
    NameInvalid,
    ProjectExists,
    ProjectNotFound,
    RollbackInvalid,
    TooManyProjects,
)
from emulator.pages.files import Files
from emulator.pages.models import Deployment, Domain, Project, Stage
from emulator.pages.tokens import Tokens

MAX_PROJECTS = 100
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,56}[a-z0-9])?")
DEFAULT_BRANCH = "main"

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS projects (
    name TEXT PRIMARY KEY, subdomain TEXT NOT NULL UNIQUE, document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS deployments (
    id TEXT PRIMARY KEY, project TEXT NOT NULL, number INTEGER NOT NULL, document BLOB NOT NULL,
    alias TEXT, UNIQUE (project, number)
);
CREATE INDEX IF NOT EXISTS deployments_by_alias ON deployments (project, alias, number);
CREATE TABLE IF NOT EXISTS domains (
    id TEXT PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL UNIQUE, created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS assets (
    hash TEXT PRIMARY KEY, blob TEXT NOT NULL, size INTEGER NOT NULL, content_type TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS modules (
    blob TEXT NOT NULL, deployment TEXT NOT NULL, PRIMARY KEY (blob, deployment)
) WITHOUT ROWID;
"""


class PagesStore:
    """`suffix` keeps the names of this account's sites apart from those of others."""

    def __init__(
        self, directory: Path, settings: Settings, clock: Clock, ids: Ids, suffix: str
    ) -> None:
        self._database = Database(directory / "pages.sqlite", SCHEMA, full_sync=settings.full_sync)
        self.blobs = Blobs(directory / "files", ids, full_sync=settings.full_sync)
        self.files = Files(self._database, self.blobs)
        self.tokens = Tokens(self._database, clock, ids)
        self._clock = clock
        self._ids = ids
        self._suffix = suffix

    def projects(self) -> Sequence[Project]:
        """All of them, the newest first."""
        rows = self._database.all("SELECT document FROM projects ORDER BY rowid DESC")
        return [project_in(row["document"]) for row in rows]

    def get_project(self, name: str) -> Project:
        """Raises `ProjectNotFound`."""
        row = self._database.one("SELECT document FROM projects WHERE name = ?", (name,))
        if row is None:
            raise ProjectNotFound()
        return project_in(row["document"])

    def project_at(self, subdomain: str) -> Project | None:
        """The project of that host name below pages.dev."""
        row = self._database.one("SELECT document FROM projects WHERE subdomain = ?", (subdomain,))
        return None if row is None else project_in(row["document"])

    def create_project(
        self, name: str, branch: str, configs: Mapping[str, Any], build_config: Mapping[str, Any]
    ) -> Project:
        """Raises `NameInvalid`, `ProjectExists`, `TooManyProjects`."""
        if NAME.fullmatch(name) is None:
            raise NameInvalid()
        with self._database.transaction():
            known = {project.name for project in self.projects()}
            if name in known:
                raise ProjectExists()
            if len(known) >= MAX_PROJECTS:
                raise TooManyProjects(limit=MAX_PROJECTS)
            project = Project(
                self._ids.uuid(),
                name,
                f"{name}{self._suffix}",
                self._clock.now(),
                branch or DEFAULT_BRANCH,
                merged({stage.value: {} for stage in Stage}, configs),
                build_config,
            )
            self._database.execute(
                "INSERT INTO projects (name, subdomain, document) VALUES (?, ?, ?)",
                (name, project.subdomain, document_of(project)),
            )
        return project

    def edit_project(self, name: str, changes: Mapping[str, Any]) -> Project:
        """Change what is given; of configurations, null removes. Raises `ProjectNotFound`."""
        with self._database.transaction():
            project = self.get_project(name)
            given = dict(changes)
            if "configs" in given:
                given["configs"] = merged(project.configs, given["configs"])
            project = replace(project, **given)
            self._put(project)
        return project

    def delete_project(self, name: str) -> None:
        """With all of its deployments and domains. Raises `ProjectNotFound`."""
        with self._database.transaction():
            self.get_project(name)
            unused = [blob for one in self.deployments(name) for blob in self._remove(one)]
            self._database.execute("DELETE FROM domains WHERE project = ?", (name,))
            self._database.execute("DELETE FROM projects WHERE name = ?", (name,))
        self._forget(unused)

    def deployments(self, project: str) -> Sequence[Deployment]:
        """The newest first. Raises `ProjectNotFound`."""
        self.get_project(project)
        rows = self._database.all(
            "SELECT document FROM deployments WHERE project = ? ORDER BY number DESC", (project,)
        )
        return [deployment_in(row["document"]) for row in rows]

    def get_deployment(self, project: str, deployment_id: str) -> Deployment:
        """Raises `ProjectNotFound`, `DeploymentNotFound`."""
        self.get_project(project)
        row = self._database.one(
            "SELECT document FROM deployments WHERE project = ? AND id = ?",
            (project, deployment_id),
        )
        if row is None:
            raise DeploymentNotFound()
        return deployment_in(row["document"])

    def add_deployment(self, draft: Deployment) -> Deployment:
        """Commit it; to production it is live from now on."""
        with self._database.transaction():
            newest = self._database.one(
                "SELECT max(number) AS n FROM deployments WHERE project = ?", (draft.project,)
            )
            number = 1 + ((newest["n"] or 0) if newest else 0)
            deployment = replace(draft, number=number)
            self._database.execute(
                "INSERT INTO deployments (id, project, number, document, alias)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    deployment.id,
                    deployment.project,
                    number,
                    document_of(deployment),
                    alias_of(deployment.branch) if deployment.stage is Stage.PREVIEW else None,
                ),
            )
            if deployment.function is not None:
                for blob in {module.blob for module in deployment.function.modules}:
                    self._database.execute(
                        "INSERT INTO modules (blob, deployment) VALUES (?, ?)",
                        (blob, deployment.id),
                    )
            if deployment.stage is Stage.PRODUCTION:
                self._put(replace(self.get_project(draft.project), live=deployment.id))
        return deployment

    def roll_back(self, project: str, deployment_id: str) -> Deployment:
        """Make one that was in production live again. Raises `RollbackInvalid`."""
        with self._database.transaction():
            deployment = self.get_deployment(project, deployment_id)
            if deployment.stage is not Stage.PRODUCTION:
                raise RollbackInvalid()
            self._put(replace(self.get_project(project), live=deployment_id))
        return deployment

    def delete_deployment(self, project: str, deployment_id: str, *, force: bool) -> None:
        """Raises `DeploymentLive`, and `DeploymentAliased` unless `force`."""
        with self._database.transaction():
            deployment = self.get_deployment(project, deployment_id)
            if self.get_project(project).live == deployment_id:
                raise DeploymentLive()
            if not force and self.aliased(project, alias_of(deployment.branch)) == deployment:
                raise DeploymentAliased()
            unused = self._remove(deployment)
        self._forget(unused)

    def newest(self, project: str) -> Deployment | None:
        return self._first("project = ?", project)

    def aliased(self, project: str, alias: str) -> Deployment | None:
        """The newest preview of the branch that has this alias."""
        return self._first("project = ? AND alias = ?", project, alias) if alias else None

    def at(self, project: Project, label: str | None) -> Deployment | None:
        """What a host shows: the live one, or that of a short id or an alias."""
        if label is None:
            return self._first("project = ? AND id = ?", project.name, project.live or "")
        short = self._first("project = ? AND substr(id, 1, 8) = ?", project.name, label)
        return short or self.aliased(project.name, label)

    def domains(self, project: str) -> Sequence[Domain]:
        """Raises `ProjectNotFound`."""
        self.get_project(project)
        rows = self._database.all(
            "SELECT id, project, name, created_at FROM domains WHERE project = ? ORDER BY name",
            (project,),
        )
        return [Domain(*row) for row in rows]

    def domain_named(self, name: str) -> Domain | None:
        row = self._database.one(
            "SELECT id, project, name, created_at FROM domains WHERE name = ?", (name,)
        )
        return None if row is None else Domain(*row)

    def get_domain(self, project: str, name: str) -> Domain:
        """Raises `DomainNotFound`."""
        for domain in self.domains(project):
            if domain.name == name:
                return domain
        raise DomainNotFound()

    def add_domain(self, project: str, name: str) -> Domain:
        """Raises `ProjectNotFound`, `DomainExists`."""
        with self._database.transaction():
            self.get_project(project)
            if self.domain_named(name) is not None:
                raise DomainExists()
            domain = Domain(self._ids.uuid(), project, name, self._clock.now())
            self._database.execute(
                "INSERT INTO domains (id, project, name, created_at) VALUES (?, ?, ?, ?)",
                (domain.id, project, name, domain.created_at),
            )
        return domain

    def delete_domain(self, project: str, name: str) -> None:
        """Raises `DomainNotFound`."""
        domain = self.get_domain(project, name)
        self._database.execute("DELETE FROM domains WHERE id = ?", (domain.id,))

    def close(self) -> None:
        self._database.close()

    def _forget(self, blobs: Sequence[str]) -> None:
        for blob in blobs:
            self.blobs.remove(blob)

    def _first(self, where: str, *values: str) -> Deployment | None:
        """The newest of those."""
        row = self._database.one(
            f"SELECT document FROM deployments WHERE {where} ORDER BY number DESC LIMIT 1", values
        )
        return None if row is None else deployment_in(row["document"])

    def _put(self, project: Project) -> None:
        self._database.execute(
            "UPDATE projects SET document = ? WHERE name = ?", (document_of(project), project.name)
        )

    def _remove(self, deployment: Deployment) -> list[str]:
        """The blobs that nobody has any more, to be removed when that is committed."""
        rows = self._database.all(
            "SELECT blob FROM modules WHERE deployment = ? AND NOT EXISTS (SELECT 1 FROM modules"
            " AS others WHERE others.blob = modules.blob AND others.deployment <> ?)",
            (deployment.id, deployment.id),
        )
        self._database.execute("DELETE FROM modules WHERE deployment = ?", (deployment.id,))
        self._database.execute("DELETE FROM deployments WHERE id = ?", (deployment.id,))
        return [row["blob"] for row in rows]


def alias_of(branch: str) -> str:
    """`Fix/Login page` → `fix-login-page`, at most 28 characters (`cloudflare-behaviour` §11.1)."""
    return re.sub(r"[^a-z0-9]+", "-", branch.lower()).strip("-")[:28].strip("-")


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON Merge Patch has it: null removes, objects are merged."""
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result
