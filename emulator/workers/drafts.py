"""Drafts: what a script's next version would be, built from an upload or a change of settings.

A draft is judged by every rule that needs no runtime; its modules are on disk, and nobody sees
them yet. One that comes to nothing is discarded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.workers import bindings as rules
from emulator.workers.errors import (
    BindingNameTaken,
    BindingNotFound,
    MigrationInVersion,
    NoVersions,
    ScriptInvalid,
    SecretNotDeployed,
    SettingsNotDeployed,
)
from emulator.workers.limits import DEFAULT_COMPATIBILITY_DATE
from emulator.workers.migrations import declared, migrated
from emulator.workers.models import (
    SECRETS,
    AssetSet,
    Author,
    Binding,
    Draft,
    Namespace,
    Syntax,
    Version,
)
from emulator.workers.running import Resources
from emulator.workers.store import WorkersStore
from emulator.workers.upload import Code, Upload, stored
from emulator.workers.validate import check_annotations, check_date


class Drafts:
    """Builds the drafts of one account's scripts."""

    def __init__(self, store: WorkersStore, resources: Resources, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._resources = resources
        self._clock = clock
        self._ids = ids

    def of_upload(self, script: str, upload: Upload, *, migrate: bool) -> Draft:
        """What an upload would become; only one that deploys may `migrate` Durable Objects.

        Raises whatever Cloudflare finds wrong with it, and has then written nothing.
        """
        upload.code.check()
        previous = self._store.latest(script)
        before = previous.bindings if previous else ()
        given = rules.checked(upload.bindings)
        bindings = rules.resolved(given, before, upload.keep_bindings, strict=upload.strict)
        check_parts(bindings, upload.code)
        check_annotations(upload.annotations)
        namespaces, tag = self._migrated(script, upload, bindings, migrate=migrate)
        self._check_existence(script, bindings, namespaces)
        version = Version(
            id=self._ids.uuid(),
            number=0,
            created_at=self._clock.now(),
            source=upload.author.source,
            author_email=upload.author.email,
            syntax=upload.code.syntax,
            main=upload.code.main,
            modules=(),
            bindings=bindings,
            compatibility_date=check_date(upload.compatibility_date) or DEFAULT_COMPATIBILITY_DATE,
            compatibility_flags=upload.compatibility_flags,
            usage_model=upload.usage_model,
            migration_tag=tag,
            assets=self._assets(script, upload, previous),
            annotations=upload.annotations,
            options=upload.options,
        )
        modules = stored(upload.code.files, previous.modules if previous else (), self._store.blobs)
        version = replace(version, modules=modules)
        return Draft(script, version, namespaces, upload.settings)

    def of_content(self, script: str, code: Code, author: Author) -> Draft:
        """The latest version with other code. Raises `ScriptNotFound`, `SettingsNotDeployed`."""
        code.check()
        latest = self._deployed_latest(script, SettingsNotDeployed)
        check_parts(latest.bindings, code)
        modules = stored(code.files, latest.modules, self._store.blobs)
        version = self._next(latest, author)
        version = replace(version, syntax=code.syntax, main=code.main, modules=modules)
        return Draft(script, version)

    def of_secrets(
        self,
        script: str,
        changes: Mapping[str, Binding | None],
        author: Author,
        *,
        strict: bool = True,
    ) -> Draft:
        """The latest version with secrets set, or with None removed.

        Raises `SecretNotDeployed` if that version is not deployed, `BindingNameTaken`, and if
        `strict` `BindingNotFound` for one that is not there to be removed.
        """
        latest = self._deployed_latest(script, SecretNotDeployed)
        return Draft(script, self._with_secrets(latest, changes, author, strict=strict))

    def of_latest(
        self,
        script: str,
        changes: Mapping[str, Binding | None],
        annotations: Mapping[str, str],
        author: Author,
    ) -> Draft:
        """The same, to be a version alone: whether the latest is deployed does not matter.

        Raises `NoVersions`.
        """
        self._store.get_script(script)
        latest = self._store.latest(script)
        if latest is None:
            raise NoVersions()
        check_annotations(annotations)
        version = self._with_secrets(latest, changes, author, strict=False)
        return Draft(script, replace(version, annotations=annotations))

    def of_settings(
        self, script: str, changes: Mapping[str, Any], settings: Mapping[str, Any], author: Author
    ) -> Draft:
        """The latest version with other `changes` of its fields; `settings` are the script's.

        Raises `ScriptNotFound`, `SettingsNotDeployed`, and what an upload raises for bindings.
        """
        latest = self._deployed_latest(script, SettingsNotDeployed)
        changes = dict(changes)
        if (given := changes.get("bindings")) is not None:
            checked = rules.checked(given)
            changes["bindings"] = rules.resolved(
                checked, latest.bindings, frozenset(SECRETS), strict=False
            )
            self._check_existence(script, changes["bindings"], None)
        check_date(changes.get("compatibility_date"))
        version = replace(self._next(latest, author), **changes)
        return Draft(script, version, settings=settings)

    def _next(self, latest: Version, author: Author) -> Version:
        return replace(
            latest,
            id=self._ids.uuid(),
            number=0,
            created_at=self._clock.now(),
            source=author.source,
            author_email=author.email,
            annotations={},
        )

    def _with_secrets(
        self,
        latest: Version,
        changes: Mapping[str, Binding | None],
        author: Author,
        *,
        strict: bool,
    ) -> Version:
        bindings = {binding["name"]: binding for binding in latest.bindings}
        for name, secret in changes.items():
            known = bindings.get(name)
            if known is not None and known["type"] not in SECRETS:
                raise BindingNameTaken(name=name)
            if secret is not None:
                bindings[name] = secret
            elif bindings.pop(name, None) is None and strict:
                raise BindingNotFound(name=name)
        return replace(self._next(latest, author), bindings=rules.checked(bindings.values()))

    def _deployed_latest(
        self, script: str, refusal: type[SecretNotDeployed] | type[SettingsNotDeployed]
    ) -> Version:
        self._store.get_script(script)
        latest, active = self._store.latest(script), self._store.active(script)
        deployed = [] if active is None else [share.version_id for share in active.shares]
        if latest is None or latest.id not in deployed:
            raise refusal()
        return latest

    def _migrated(
        self, script: str, upload: Upload, bindings: Sequence[Binding], *, migrate: bool
    ) -> tuple[Sequence[Namespace] | None, str | None]:
        known = self._store.find_script(script)
        tag = known.migration_tag if known else None
        current = self._store.namespaces(script)
        if upload.migrations is not None:
            if not migrate:
                raise MigrationInVersion()
            return migrated(
                script,
                current,
                tag,
                upload.migrations,
                own_classes(script, bindings),
                self._classes,
                self._ids.hex,
            )
        exports = upload.options.get("exports")
        if exports and migrate:
            return declared(script, current, exports, self._ids.hex), tag
        return None, tag

    def _classes(self, script: str) -> dict[str, Namespace]:
        return {one.class_name: one for one in self._store.namespaces(script)}

    def _check_existence(
        self, script: str, bindings: Sequence[Binding], namespaces: Sequence[Namespace] | None
    ) -> None:
        def classes(owner: str) -> set[str]:
            if owner == script and namespaces is not None:
                return {one.class_name for one in namespaces}
            return set(self._classes(owner))

        def exists(name: str) -> bool:
            return self._store.find_script(name) is not None

        rules.check_existence(bindings, script, self._resources, exists, classes)

    def _assets(self, script: str, upload: Upload, previous: Version | None) -> AssetSet | None:
        config = upload.assets_config or {}
        if upload.assets_token is not None:
            return AssetSet(self._store.assets.redeem(upload.assets_token, script), config)
        if upload.keep_assets and previous is not None and previous.assets is not None:
            return replace(previous.assets, config=upload.assets_config or previous.assets.config)
        if upload.code.syntax is Syntax.ASSETS_ONLY:
            # [guess] what Cloudflare says is not known.
            reason = "the metadata names no main_module, body_part or assets"
            raise ScriptInvalid(reason=reason)
        return None


def own_classes(script: str, bindings: Sequence[Binding]) -> list[str]:
    """The classes of its own that a script binds."""
    return [
        binding["class_name"]
        for binding in bindings
        if binding["type"] == "durable_object_namespace"
        and binding.get("script_name") in (None, script)
    ]


def check_parts(bindings: Sequence[Binding], code: Code) -> None:
    """That the parts which bindings of service-worker syntax name are there."""
    names = {file.name for file in code.files}
    for binding in bindings:
        if binding["type"] in ("wasm_module", "text_blob", "data_blob"):
            if binding["part"] not in names:
                raise ScriptInvalid(reason=f'No such module "{binding["part"]}".')
