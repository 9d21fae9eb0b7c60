"""Deployments of Pages over Cloudflare's API v4: upload, look, roll back, delete."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from emulator.core.clock import iso
from emulator.pages.desk_rest import PROJECT, READ, WRITE, Desk, project_in, store_of
from emulator.pages.drafts import MAX_MESSAGE_BYTES, Upload, draft
from emulator.pages.errors import BodyInvalid, DeploymentInvalid
from emulator.pages.functions import ES_MODULE, Code
from emulator.pages.models import Commit, Deployment, Project
from emulator.pages.running import FunctionBroken
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.multipart import MalformedMultipart, Part, parts_of
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import MEGABYTE, Route

DEPLOYMENTS = f"{PROJECT}/deployments"
DEPLOYMENT = f"{DEPLOYMENTS}/{{deployment_id}}"
PAGES = PageLimits(default=25, smallest=1, largest=100)
MAX_UPLOAD_BYTES = 100 * MEGABYTE
SOURCE_MAP = "application/source-map"


async def list_deployments(desk: Desk, call: Call) -> Reply:
    project, wanted = project_in(call), call.query.get("env")
    found = [
        one for one in store_of(call).deployments(project.name) if wanted in (None, one.stage.value)
    ]
    page = page_of(found, call.query, PAGES, BodyInvalid)
    return ok([desk.deployment_shape(project, one) for one in page.items], page.info())


async def create_deployment(desk: Desk, call: Call) -> Reply:
    project, store = project_in(call), store_of(call)
    upload = upload_in(call)
    made = await asyncio.to_thread(draft, store, project, upload, desk.clock, desk.ids)
    return ok(desk.deployment_shape(project, await released(desk, call, made)))


async def released(desk: Desk, call: Call, made: Deployment) -> Deployment:
    """Add the deployment, if its Function starts. Raises `DeploymentInvalid`."""
    if made.function is not None:
        try:
            await desk.runtime.check_function(call.account.id, made)
        except FunctionBroken as broken:
            raise DeploymentInvalid(reason=broken) from None
    return store_of(call).add_deployment(made)


async def get_deployment(desk: Desk, call: Call) -> Reply:
    project = project_in(call)
    return ok(desk.deployment_shape(project, deployment_in(call, project)))


async def delete_deployment(desk: Desk, call: Call) -> Reply:
    project, deployment_id = project_in(call), call.params["deployment_id"]
    force = call.query.get("force", "").lower() in ("true", "1")
    store_of(call).delete_deployment(project.name, deployment_id, force=force)
    await desk.runtime.function_deleted(call.account.id, project.name, deployment_id)
    return ok(None)


async def roll_back(desk: Desk, call: Call) -> Reply:
    project = project_in(call)
    deployment = store_of(call).roll_back(project.name, call.params["deployment_id"])
    return ok(desk.deployment_shape(project, deployment))


async def retry(desk: Desk, call: Call) -> Reply:
    """The same once more, as a new deployment."""
    project = project_in(call)
    old = deployment_in(call, project)
    again = replace(old, id=desk.ids.uuid(), created_at=desk.clock.now())
    return ok(desk.deployment_shape(project, await released(desk, call, again)))


async def history(call: Call) -> Reply:
    """What a build would have said: there is none."""
    at = iso(deployment_in(call, project_in(call)).created_at)
    lines = [{"ts": at, "line": "Success: the files were uploaded."}]
    return ok({"total": len(lines), "includes_container_logs": False, "data": lines})


def deployment_in(call: Call, project: Project) -> Deployment:
    return store_of(call).get_deployment(project.name, call.params["deployment_id"])


def upload_in(call: Call) -> Upload:
    """Raises `DeploymentInvalid`."""
    try:
        parts = parts_of(call.body, call.header(b"content-type") or "")
    except MalformedMultipart as error:
        raise DeploymentInvalid(reason=error) from None
    named = {part.name: part for part in parts}

    def text(name: str) -> str:
        return named[name].data.decode("utf-8", "replace") if name in named else ""

    message = text("commit_message").encode()[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore")
    return Upload(
        json_of("manifest", text("manifest")),
        text("branch") or None,
        Commit(text("commit_hash"), message, text("commit_dirty") == "true"),
        text("_headers"),
        text("_redirects"),
        json_of("_routes.json", text("_routes.json")) if "_routes.json" in named else None,
        code_in(named),
    )


def json_of(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise DeploymentInvalid(reason=f"{name}: {error}") from None


def code_in(named: Mapping[str, Part]) -> Code | None:
    """A bundle, which is a form in the form, or one script. Raises `DeploymentInvalid`."""
    if (bundle := named.get("_worker.bundle")) is not None:
        return code_of(bundle.data)
    if (script := named.get("_worker.js")) is not None:
        return Code("_worker.js", (("_worker.js", ES_MODULE, script.data),), {})
    return None


def code_of(bundle: bytes) -> Code:
    # Its boundary is its first line.
    boundary = bundle.partition(b"\r\n")[0].removeprefix(b"--").decode("latin-1")
    try:
        parts = parts_of(bundle, f'multipart/form-data; boundary="{boundary}"')
    except MalformedMultipart as error:
        raise DeploymentInvalid(reason=f"_worker.bundle: {error}") from None
    text = next((part.data for part in parts if part.name == "metadata"), b"{}")
    metadata = json_of("_worker.bundle", text.decode("utf-8", "replace"))
    if not isinstance(metadata, dict) or not isinstance(metadata.get("main_module"), str):
        raise DeploymentInvalid(reason="_worker.bundle: its metadata names no main_module")
    modules = tuple(
        (part.filename, part.content_type or "", part.data)
        for part in parts
        if part.filename is not None and part.content_type != SOURCE_MAP
    )
    return Code(metadata["main_module"], modules, metadata)


def routes(desk: Desk) -> tuple[Route, ...]:
    return (
        Route("GET", DEPLOYMENTS, "pages.deployments.list", partial(list_deployments, desk), READ),
        Route(
            "POST",
            DEPLOYMENTS,
            "pages.deployments.create",
            partial(create_deployment, desk),
            WRITE,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route("GET", DEPLOYMENT, "pages.deployments.get", partial(get_deployment, desk), READ),
        Route(
            "DELETE",
            DEPLOYMENT,
            "pages.deployments.delete",
            partial(delete_deployment, desk),
            WRITE,
        ),
        Route(
            "POST",
            f"{DEPLOYMENT}/rollback",
            "pages.deployments.rollback",
            partial(roll_back, desk),
            WRITE,
        ),
        Route(
            "POST", f"{DEPLOYMENT}/retry", "pages.deployments.retry", partial(retry, desk), WRITE
        ),
        Route("GET", f"{DEPLOYMENT}/history/logs", "pages.deployments.history", history, READ),
    )
