"""Pages over Cloudflare's API v4: projects and their domains.

https://developers.cloudflare.com/api/resources/pages/ — deployments and uploads have files of
their own beside this one; `routes` holds them all.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from emulator.pages import deployments_rest, uploads_rest
from emulator.pages.desk_rest import (
    PROJECT,
    PROJECTS,
    READ,
    WRITE,
    Desk,
    body_of,
    object_in,
    project_in,
    store_of,
    text_in,
)
from emulator.pages.errors import BodyInvalid
from emulator.pages.models import Stage
from emulator.pages.running import Runtime
from emulator.pages.shapes import domain_shape
from emulator.twin import Twin
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

PAGES = PageLimits(default=10, smallest=1, largest=100)


async def list_projects(desk: Desk, call: Call) -> Reply:
    page = page_of(store_of(call).projects(), call.query, PAGES, BodyInvalid)
    shapes = [desk.project_shape(store_of(call), one) for one in page.items]
    return ok(shapes, page.info())


async def create_project(desk: Desk, call: Call) -> Reply:
    body = body_of(call)
    project = store_of(call).create_project(
        text_in(body, "name"),
        text_in(body, "production_branch"),
        configs_in(body),
        object_in(body, "build_config"),
    )
    return ok(desk.project_shape(store_of(call), project))


async def get_project(desk: Desk, call: Call) -> Reply:
    return ok(desk.project_shape(store_of(call), project_in(call)))


async def edit_project(desk: Desk, call: Call) -> Reply:
    """What is changed holds for deployments to come."""
    body = body_of(call)
    changes: dict[str, object] = {}
    if "production_branch" in body:
        changes["production_branch"] = text_in(body, "production_branch")
        if not changes["production_branch"]:
            raise BodyInvalid(reason="production_branch must name a branch")
    if "deployment_configs" in body:
        changes["configs"] = configs_in(body)
    if "build_config" in body:
        changes["build_config"] = object_in(body, "build_config")
    project = store_of(call).edit_project(project_in(call).name, changes)
    return ok(desk.project_shape(store_of(call), project))


def configs_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Raises `BodyInvalid` for what is no configuration of an environment."""
    configs = object_in(body, "deployment_configs")
    for stage in Stage:
        config = object_in(configs, stage.value)
        if stage.value in configs and configs[stage.value] is None:
            raise BodyInvalid(reason=f"deployment_configs.{stage.value} must be an object")
        for group in config:
            if group.endswith(("bindings", "databases", "namespaces", "buckets", "vars")):
                object_in(config, group)
    return {stage.value: configs[stage.value] for stage in Stage if stage.value in configs}


async def delete_project(desk: Desk, call: Call) -> Reply:
    project = project_in(call)
    gone = store_of(call).deployments(project.name)
    await asyncio.to_thread(store_of(call).delete_project, project.name)
    for deployment in gone:
        await desk.runtime.function_deleted(call.account.id, project.name, deployment.id)
    return ok(None)


async def purge_build_cache(call: Call) -> Reply:
    """There are no builds here, and so no cache of theirs."""
    project_in(call)
    return ok(None)


async def list_domains(call: Call) -> Reply:
    return ok([domain_shape(one) for one in store_of(call).domains(project_in(call).name)])


async def add_domain(call: Call) -> Reply:
    name = text_in(body_of(call), "name").lower().rstrip(".")
    if not name or len(name) > 253:
        raise BodyInvalid(reason="name must be a host name")
    return ok(domain_shape(store_of(call).add_domain(project_in(call).name, name)))


async def get_domain(call: Call) -> Reply:
    project, name = project_in(call).name, call.params["domain_name"]
    return ok(domain_shape(store_of(call).get_domain(project, name)))


async def delete_domain(call: Call) -> Reply:
    store_of(call).delete_domain(project_in(call).name, call.params["domain_name"])
    return ok(None)


def routes(twin: Twin, runtime: Runtime) -> tuple[Route, ...]:
    desk = Desk(runtime, twin.clock, twin.ids)
    domains, domain = f"{PROJECT}/domains", f"{PROJECT}/domains/{{domain_name}}"
    return (
        Route("GET", PROJECTS, "pages.projects.list", partial(list_projects, desk), READ),
        Route("POST", PROJECTS, "pages.projects.create", partial(create_project, desk), WRITE),
        Route("GET", PROJECT, "pages.projects.get", partial(get_project, desk), READ),
        Route("PATCH", PROJECT, "pages.projects.edit", partial(edit_project, desk), WRITE),
        Route("DELETE", PROJECT, "pages.projects.delete", partial(delete_project, desk), WRITE),
        Route(
            "POST",
            f"{PROJECT}/purge_build_cache",
            "pages.projects.purge_build_cache",
            purge_build_cache,
            WRITE,
        ),
        Route("GET", domains, "pages.domains.list", list_domains, READ),
        Route("POST", domains, "pages.domains.create", add_domain, WRITE),
        Route("GET", domain, "pages.domains.get", get_domain, READ),
        # Asks Cloudflare to look at the DNS again.
        Route("PATCH", domain, "pages.domains.edit", get_domain, WRITE),
        Route("DELETE", domain, "pages.domains.delete", delete_domain, WRITE),
        *deployments_rest.routes(desk),
        *uploads_rest.routes(twin),
    )
