"""A deployment out of what was uploaded: which files it has, for which branch, with what code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.pages.errors import DeploymentInvalid
from emulator.pages.functions import Code, function_of, variables_of
from emulator.pages.models import Commit, Deployment, Project, Stage
from emulator.pages.store import PagesStore

MAX_FILES = 20_000
MAX_MESSAGE_BYTES = 384


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `manifest` is by path the hash of a file; no `branch` is production's."""

    manifest: object
    branch: str | None = None
    commit: Commit = Commit()
    headers: str = ""
    redirects: str = ""
    routes: object = None
    code: Code | None = None


def draft(
    store: PagesStore, project: Project, upload: Upload, clock: Clock, ids: Ids
) -> Deployment:
    """What the upload becomes when it is added. Raises `DeploymentInvalid`."""
    files = checked(store, upload.manifest)
    branch = upload.branch or project.production_branch
    is_live = branch == project.production_branch
    stage = Stage.PRODUCTION if is_live else Stage.PREVIEW
    config: Mapping[str, Any] = project.configs.get(stage.value) or {}
    deployment = Deployment(
        ids.uuid(),
        project.name,
        0,
        clock.now(),
        stage,
        branch,
        upload.commit,
        files,
        config.get("env_vars") or {},
        upload.headers,
        upload.redirects,
    )
    return deployment if upload.code is None else with_code(store, project, deployment, upload)


def with_code(
    store: PagesStore, project: Project, deployment: Deployment, upload: Upload
) -> Deployment:
    assert upload.code is not None
    config: Mapping[str, Any] = project.configs.get(deployment.stage.value) or {}
    variables = [
        *system_variables(project, deployment),
        *variables_of(deployment.env_vars),
    ]
    function = function_of(upload.code, config, variables, upload.routes, store.files)
    return replace(deployment, function=function)


def system_variables(project: Project, deployment: Deployment) -> list[dict[str, str]]:
    """What Cloudflare sets by itself."""
    values = {
        "CF_PAGES": "1",
        "CF_PAGES_BRANCH": deployment.branch,
        "CF_PAGES_COMMIT_SHA": deployment.commit.hash,
        "CF_PAGES_URL": f"https://{deployment.short_id}.{project.subdomain}.pages.dev",
    }
    return [{"name": name, "type": "plain_text", "text": text} for name, text in values.items()]


def checked(store: PagesStore, manifest: object) -> dict[str, str]:
    """Every path with the hash of a file that is here."""
    if not isinstance(manifest, dict):
        raise DeploymentInvalid(reason="the manifest is an object of paths and hashes")
    if len(manifest) > MAX_FILES:
        raise DeploymentInvalid(reason=f"it has more than {MAX_FILES} files")
    for path, file_hash in manifest.items():
        if not path.startswith("/") or not isinstance(file_hash, str):
            raise DeploymentInvalid(reason=f"{path!r} is not a path with a hash")
    missing = store.files.missing(manifest.values())
    if missing:
        raise DeploymentInvalid(reason=f"the file {missing[0]} was not uploaded")
    return manifest
