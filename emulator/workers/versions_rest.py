"""Versions of a script and which of them is deployed, over Cloudflare's API v4.

https://developers.cloudflare.com/workers/configuration/versions-and-deployments/
"""

from functools import partial
from typing import Literal

from pydantic import BaseModel

from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import (
    READ,
    SCRIPT,
    TRIGGERED_BY,
    WRITE,
    Desk,
    body_of,
    flag_of,
    script_in,
)
from emulator.workers.errors import InvalidBody
from emulator.workers.limits import (
    DEPLOYMENTS_PER_PAGE,
    MAX_DEPLOYABLE_VERSIONS,
    MAX_DEPLOYMENTS_PER_PAGE,
    MAX_UPLOAD_BYTES,
)
from emulator.workers.models import Share
from emulator.workers.shapes import deployment_shape, version_shape, version_summary
from emulator.workers.upload_rest import author_of, given_annotations, upload_in
from emulator.workers.validate import check_annotations

PAGES = PageLimits(default=MAX_DEPLOYABLE_VERSIONS, smallest=1, largest=MAX_DEPLOYABLE_VERSIONS)

DEPLOYMENTS = PageLimits(default=DEPLOYMENTS_PER_PAGE, smallest=1, largest=MAX_DEPLOYMENTS_PER_PAGE)


class NewShare(BaseModel):
    version_id: str
    percentage: float


class NewDeployment(BaseModel):
    """wrangler sends how Durable Objects shall be updated as well, which changes nothing here."""

    strategy: Literal["percentage"] = "percentage"
    versions: list[NewShare]
    annotations: dict[str, str | None] | None = None


async def list_versions(call: Call) -> Reply:
    versions = call.account.workers.versions(
        script_in(call), deployable=flag_of(call, "deployable")
    )
    page = page_of(versions, call.query, PAGES, InvalidBody)
    return ok({"items": [version_summary(version) for version in page.items]}, page.info())


async def create_version(desk: Desk, call: Call) -> Reply:
    name, upload = script_in(call), upload_in(call)
    site = desk.site(call)
    site.store.get_script(name)
    version = await desk.releases.release(
        site,
        name,
        upload.author,
        lambda drafts: drafts.of_upload(name, upload, migrate=False),
        None,
    )
    return ok(version_shape(version))


async def get_version(call: Call) -> Reply:
    version = call.account.workers.get_version(script_in(call), call.params["version_id"])
    return ok(version_shape(version))


async def list_deployments(call: Call) -> Reply:
    deployments = call.account.workers.deployments(script_in(call))
    page = page_of(deployments, call.query, DEPLOYMENTS, InvalidBody)
    return ok({"deployments": [deployment_shape(one) for one in page.items]}, page.info())


async def create_deployment(desk: Desk, call: Call) -> Reply:
    new = body_of(call, NewDeployment)
    annotations = {TRIGGERED_BY: "deployment", **given_annotations(new.annotations)}
    check_annotations(annotations)
    deployment = await desk.releases.deploy(
        desk.site(call),
        script_in(call),
        [Share(share.version_id, share.percentage) for share in new.versions],
        author_of(call),
        annotations,
        force=flag_of(call, "force"),
    )
    return ok(deployment_shape(deployment))


async def get_deployment(call: Call) -> Reply:
    store, deployment_id = call.account.workers, call.params["deployment_id"]
    return ok(deployment_shape(store.get_deployment(script_in(call), deployment_id)))


async def delete_deployment(call: Call) -> Reply:
    call.account.workers.delete_deployment(script_in(call), call.params["deployment_id"])
    return ok(None)


def routes(desk: Desk) -> tuple[Route, ...]:
    versions, deployments = f"{SCRIPT}/versions", f"{SCRIPT}/deployments"
    deployment = f"{deployments}/{{deployment_id}}"
    create = partial(create_deployment, desk)
    return (
        Route("GET", versions, "workers.versions.list", list_versions, READ),
        Route(
            "POST",
            versions,
            "workers.versions.create",
            partial(create_version, desk),
            WRITE,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route("GET", f"{versions}/{{version_id}}", "workers.versions.get", get_version, READ),
        Route("GET", deployments, "workers.deployments.list", list_deployments, READ),
        Route("POST", deployments, "workers.deployments.create", create, WRITE),
        Route("GET", deployment, "workers.deployments.get", get_deployment, READ),
        Route("DELETE", deployment, "workers.deployments.delete", delete_deployment, WRITE),
    )
