"""One account's Workers: scripts, their immutable versions, and which of them is deployed.

What is uploaded first becomes a `Draft`, is started by the runtime to see whether
it can be (`releases.py`), and only then is a version here. Knows nothing of HTTP.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator.core.blobs import Blobs
from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.workers.assets import AssetStore
from emulator.workers.cache import Caches
from emulator.workers.documents import deployment_in, document_of, script_in, version_in
from emulator.workers.errors import (
    DeploymentActive,
    DeploymentInvalid,
    DeploymentNotFound,
    ScriptInUse,
    ScriptNotFound,
    SecretsChanged,
    TooManyScripts,
    VersionNotFound,
)
from emulator.workers.limits import (
    MAX_DEPLOYABLE_VERSIONS,
    MAX_SCRIPTS,
    MAX_VERSIONS_IN_DEPLOYMENT,
)
from emulator.workers.models import (
    NOTHING,
    Author,
    Deployment,
    Draft,
    Namespace,
    Script,
    Share,
    Version,
)
from emulator.workers.schema import OF_A_SCRIPT, SCHEMA
from emulator.workers.triggers import Triggers

# What the settings of a script may be changed to, by the names of `Script`.
Changes = Mapping[str, Any]


class WorkersStore:
    """One account's scripts. Knows Workers' rules and nothing of HTTP."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        subdomain: str,
    ) -> None:
        full_sync = settings.full_sync
        self._database = Database(directory / "workers.sqlite", SCHEMA, full_sync=full_sync)
        self._clock = clock
        self._ids = ids
        # The bytes of modules; those of assets are elsewhere.
        self.blobs = Blobs(directory / "modules", ids, full_sync=full_sync)
        files = Blobs(directory / "assets", ids, full_sync=full_sync)
        self.assets = AssetStore(self._database, files, clock, ids)
        self.triggers = Triggers(self._database, clock, ids, subdomain)
        self.caches = Caches(clock)
        if self._database.is_made:
            used = {row["blob"] for row in self._database.all("SELECT DISTINCT blob FROM uses")}
            self.blobs.sweep(used.__contains__)

    def scripts(self) -> Sequence[Script]:
        """All of them, by name."""
        rows = self._database.all("SELECT document FROM scripts ORDER BY name")
        return [script_in(row["document"]) for row in rows]

    def find_script(self, name: str) -> Script | None:
        row = self._database.one("SELECT document FROM scripts WHERE name = ?", (name,))
        return None if row is None else script_in(row["document"])

    def get_script(self, name: str) -> Script:
        """Raises `ScriptNotFound`."""
        script = self.find_script(name)
        if script is None:
            raise ScriptNotFound()
        return script

    def script_tagged(self, tag: str) -> Script:
        """The script of that id. Raises `ScriptNotFound`."""
        row = self._database.one("SELECT document FROM scripts WHERE tag = ?", (tag,))
        if row is None:
            raise ScriptNotFound()
        return script_in(row["document"])

    def create_script(self, name: str, changes: Changes = NOTHING) -> Script:
        """A script without a version. Raises `TooManyScripts`."""
        with self._database.transaction():
            count = self._database.one("SELECT count(*) AS n FROM scripts")
            if count is not None and count["n"] >= MAX_SCRIPTS:
                raise TooManyScripts(limit=MAX_SCRIPTS)
            now = self._clock.now()
            script = replace(Script(name, self._ids.hex(), now, now), **changes)
            self._database.execute(
                "INSERT INTO scripts (name, tag, document) VALUES (?, ?, ?)",
                (name, script.tag, document_of(script)),
            )
        return script

    def edit_script(self, name: str, changes: Changes) -> Script:
        """Change settings that hold for all versions. Raises `ScriptNotFound`."""
        with self._database.transaction():
            known = self.get_script(name)
            script = replace(known, modified_at=self._clock.now(), **changes)
            self._database.execute(
                "UPDATE scripts SET document = ? WHERE name = ?", (document_of(script), name)
            )
        return script

    def delete_script(self, name: str, *, force: bool = False) -> None:
        """The script and all of its own; what refers to it then refers to nothing.

        Raises `ScriptNotFound`, and `ScriptInUse` if another script needs it, unless `force`.
        """
        with self._database.transaction():
            self.get_script(name)
            users = sorted({user.name for user, _ in self.users(name)} - {name})
            if users and not force:
                raise ScriptInUse(users=", ".join(users))
            blobs = self._blobs_of(name)
            self._database.execute(
                "DELETE FROM uses WHERE version IN (SELECT id FROM versions WHERE script = ?)",
                (name,),
            )
            for table in OF_A_SCRIPT:
                self._database.execute(f"DELETE FROM {table} WHERE script = ?", (name,))
            self._database.execute("UPDATE routes SET script = NULL WHERE script = ?", (name,))
            self._database.execute("DELETE FROM scripts WHERE name = ?", (name,))
        for blob in blobs:
            self.blobs.remove(blob)
        self.assets.sweep()
        self.caches.drop(name)

    def users(self, name: str) -> list[tuple[Script, Mapping[str, Any]]]:
        """The active scripts that bind to this one, each with the binding; tails as well."""
        found: list[tuple[Script, Mapping[str, Any]]] = []
        for script in self.scripts():
            for version in self.active_versions(script.name):
                for binding in version.bindings:
                    target = binding.get("service") or binding.get("script_name")
                    if target == name:
                        found.append((script, binding))
            for consumer in script.tail_consumers:
                if consumer.get("service") == name:
                    found.append((script, {"type": "tail", **consumer}))
        return found

    def versions(self, name: str, *, deployable: bool = False) -> Sequence[Version]:
        """The newest first; only those a deployment may take if `deployable`."""
        self.get_script(name)
        rows = self._database.all(
            "SELECT document FROM versions WHERE script = ? ORDER BY number DESC LIMIT ?",
            (name, MAX_DEPLOYABLE_VERSIONS if deployable else -1),
        )
        return [version_in(row["document"]) for row in rows]

    def get_version(self, name: str, version_id: str) -> Version:
        """Raises `ScriptNotFound` and `VersionNotFound`."""
        self.get_script(name)
        row = self._database.one(
            "SELECT document FROM versions WHERE id = ? AND script = ?", (version_id, name)
        )
        if row is None:
            raise VersionNotFound(version=version_id)
        return version_in(row["document"])

    def latest(self, name: str) -> Version | None:
        """The version uploaded last, deployed or not; None for an unknown script, too."""
        row = self._database.one(
            "SELECT document FROM versions WHERE script = ? ORDER BY number DESC LIMIT 1", (name,)
        )
        return None if row is None else version_in(row["document"])

    def commit(
        self, draft: Draft, author: Author, annotations: Mapping[str, str] | None = None
    ) -> Version:
        """Make the draft a version, and with `annotations` deploy it to all traffic."""
        with self._database.transaction():
            if self.find_script(draft.script) is None:
                self.create_script(draft.script)
            changes = {**draft.settings, "migration_tag": draft.version.migration_tag}
            self.edit_script(draft.script, changes)
            numbered = replace(draft.version, number=self._next_number(draft.script))
            document = document_of(numbered)
            # As it is read from now on: what was a pair may be a list.
            version = version_in(document)
            self._database.execute(
                "INSERT INTO versions (id, script, number, document, manifest)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    version.id,
                    draft.script,
                    version.number,
                    document,
                    version.assets and version.assets.manifest,
                ),
            )
            for blob in {module.blob for module in version.modules}:
                self._database.execute(
                    "INSERT INTO uses (blob, version) VALUES (?, ?)", (blob, version.id)
                )
            if draft.namespaces is not None:
                self._put_namespaces(draft.script, draft.namespaces)
            if annotations is not None:
                self._add_deployment(draft.script, [Share(version.id, 100)], author, annotations)
        return version

    def discard(self, draft: Draft) -> None:
        """Remove from the disk what a draft that came to nothing has written."""
        for blob in {module.blob for module in draft.version.modules}:
            if self._database.one("SELECT 1 FROM uses WHERE blob = ?", (blob,)) is None:
                self.blobs.remove(blob)

    def deployments(self, name: str) -> Sequence[Deployment]:
        """The newest first: the first is the active one. Raises `ScriptNotFound`."""
        self.get_script(name)
        rows = self._database.all(
            "SELECT document FROM deployments WHERE script = ? ORDER BY number DESC", (name,)
        )
        return [deployment_in(row["document"]) for row in rows]

    def active(self, name: str) -> Deployment | None:
        row = self._database.one(
            "SELECT document FROM deployments WHERE script = ? ORDER BY number DESC LIMIT 1",
            (name,),
        )
        return None if row is None else deployment_in(row["document"])

    def active_versions(self, name: str) -> Sequence[Version]:
        """Those that get traffic, the one with the largest share first."""
        active = self.active(name)
        shares = sorted(active.shares if active else (), key=lambda one: -one.percentage)
        return [self.get_version(name, share.version_id) for share in shares]

    def get_deployment(self, name: str, deployment_id: str) -> Deployment:
        """Raises `ScriptNotFound` and `DeploymentNotFound`."""
        for deployment in self.deployments(name):
            if deployment.id == deployment_id:
                return deployment
        raise DeploymentNotFound()

    def delete_deployment(self, name: str, deployment_id: str) -> None:
        """Forget a deployment that is over. Raises `DeploymentActive`."""
        with self._database.transaction():
            deployment = self.get_deployment(name, deployment_id)
            if deployment == self.active(name):
                raise DeploymentActive()
            self._database.execute("DELETE FROM deployments WHERE id = ?", (deployment_id,))

    def deploy(
        self,
        name: str,
        shares: Sequence[Share],
        author: Author,
        annotations: Mapping[str, str],
        *,
        force: bool = False,
    ) -> Deployment:
        """Give the traffic to one or two versions, 100 percent in all.

        Raises `DeploymentInvalid`, `VersionNotFound`, and `SecretsChanged` if an older version
        would bring back other secrets, unless `force`.
        """
        with self._database.transaction():
            self.get_script(name)
            if not 1 <= len({share.version_id for share in shares}) == len(shares):
                raise DeploymentInvalid(reason="it needs versions, each of them once")
            if len(shares) > MAX_VERSIONS_IN_DEPLOYMENT:
                reason = f"it has at most {MAX_VERSIONS_IN_DEPLOYMENT} versions"
                raise DeploymentInvalid(reason=reason)
            # Written so that a NaN is refused, too.
            if not all(0 <= share.percentage <= 100 for share in shares):
                raise DeploymentInvalid(reason="percentages are from 0 to 100")
            if abs(sum(share.percentage for share in shares) - 100) > 0.01:
                raise DeploymentInvalid(reason="percentages must add up to 100")
            versions = [self.get_version(name, share.version_id) for share in shares]
            if not force:
                self._check_secrets(name, versions)
            return self._add_deployment(name, shares, author, annotations)

    def namespaces(self, script: str | None = None) -> Sequence[Namespace]:
        """The classes of Durable Objects, of one script or of all."""
        where, values = ("", ()) if script is None else (" WHERE script = ?", (script,))
        rows = self._database.all(
            f"SELECT id, script, class, sqlite FROM namespaces{where} ORDER BY script, class",
            values,
        )
        return [
            Namespace(row["id"], row["script"], row["class"], bool(row["sqlite"])) for row in rows
        ]

    def close(self) -> None:
        self._database.close()

    def _check_secrets(self, name: str, versions: Iterable[Version]) -> None:
        """That no version older than the active one has other secrets than that."""
        active = self.active_versions(name)
        if not active:
            return
        now = active[0]
        changed = {
            secret
            for version in versions
            if version.number < now.number
            for secret in version.secrets.keys() | now.secrets.keys()
            if version.secrets.get(secret) != now.secrets.get(secret)
        }
        if changed:
            raise SecretsChanged(names=", ".join(sorted(changed)))

    def _add_deployment(
        self,
        script: str,
        shares: Sequence[Share],
        author: Author,
        annotations: Mapping[str, str],
    ) -> Deployment:
        deployment = Deployment(
            self._ids.uuid(),
            self._clock.now(),
            author.source,
            author.email,
            tuple(shares),
            annotations,
        )
        self._database.execute(
            "INSERT INTO deployments (id, script, document) VALUES (?, ?, ?)",
            (deployment.id, script, document_of(deployment)),
        )
        self.edit_script(script, NOTHING)
        return deployment

    def _put_namespaces(self, script: str, namespaces: Sequence[Namespace]) -> None:
        self._database.execute("DELETE FROM namespaces WHERE script = ?", (script,))
        for one in namespaces:
            # One that is transferred leaves the script it was of.
            self._database.execute(
                "INSERT OR REPLACE INTO namespaces (id, script, class, sqlite) VALUES (?, ?, ?, ?)",
                (one.id, one.script, one.class_name, one.sqlite),
            )

    def _next_number(self, script: str) -> int:
        row = self._database.one(
            "SELECT coalesce(max(number), 0) + 1 AS next FROM versions WHERE script = ?", (script,)
        )
        return 1 if row is None else int(row["next"])

    def _blobs_of(self, script: str) -> list[str]:
        rows = self._database.all(
            "SELECT DISTINCT blob FROM uses JOIN versions ON versions.id = uses.version"
            " WHERE versions.script = ?",
            (script,),
        )
        return [row["blob"] for row in rows]
