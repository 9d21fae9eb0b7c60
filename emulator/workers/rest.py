"""Workers over Cloudflare's API v4: scripts and their code.

https://developers.cloudflare.com/api/resources/workers/ — versions, secrets, assets and the
rest have files of their own beside this one; `routes` holds them all.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from emulator.core.clock import iso
from emulator.twin import Account, Twin
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers import (
    assets_rest,
    domains_rest,
    secrets_rest,
    services_rest,
    settings_rest,
    tails_rest,
    triggers_rest,
    versions_rest,
    zones_rest,
)
from emulator.workers.content_rest import content_reply
from emulator.workers.desk_rest import (
    READ,
    SCRIPT,
    SCRIPTS,
    TRIGGERED_BY,
    WORKERS,
    WRITE,
    Desk,
    flag_of,
    script_in,
    served_version,
)
from emulator.workers.errors import InvalidBody, ScriptNotFound
from emulator.workers.limits import MAX_UPLOAD_BYTES
from emulator.workers.releases import Releases
from emulator.workers.running import Resources, Runtime
from emulator.workers.shapes import namespace_shape, script_shape
from emulator.workers.upload_rest import author_of, code_in, upload_in
from emulator.workers.validate import check_name

NAMESPACES = PageLimits(default=20, smallest=1, largest=1_000)


async def list_scripts(call: Call) -> Reply:
    store = call.account.workers
    wanted = tags_in(call.query.get("tags", ""))
    return ok(
        [
            script_shape(script, served_version(store, script.name))
            for script in store.scripts()
            if all((tag in script.tags) == present for tag, present in wanted.items())
        ]
    )


def tags_in(text: str) -> dict[str, bool]:
    """`production:yes,draft:no`: which tags a script must have, and which not."""
    pairs = [item.rpartition(":") for item in text.split(",") if item]
    return {tag: answer != "no" for tag, _, answer in pairs}


async def search_scripts(call: Call) -> Reply:
    name = call.query.get("name", "")
    return ok(
        [
            {
                "id": script.tag,
                "script_name": script.name,
                "service_name": script.name,
                "environment_name": "production",
                "environment_is_default": True,
                "created_on": iso(script.created_at),
                "modified_on": iso(script.modified_at),
            }
            for script in call.account.workers.scripts()
            if name in script.name
        ]
    )


async def put_script(desk: Desk, call: Call) -> Reply:
    name, upload = script_in(call), upload_in(call)
    check_name(name)
    annotations = {TRIGGERED_BY: "upload", **upload.annotations}
    site = desk.site(call)
    version = await desk.releases.release(
        site,
        name,
        upload.author,
        lambda drafts: drafts.of_upload(name, upload, migrate=True),
        annotations,
    )
    shape = script_shape(site.store.get_script(name), version)
    # wrangler prints it as the version's id, with dashes.
    return ok(shape | {"deployment_id": version.id.replace("-", "")})


async def get_script(call: Call) -> Reply:
    store = call.account.workers
    version = served_version(store, store.get_script(script_in(call)).name)
    if version is None:
        raise ScriptNotFound()
    return await asyncio.to_thread(content_reply, store, version)


async def put_content(desk: Desk, call: Call) -> Reply:
    name, code, author = script_in(call), code_in(call), author_of(call)
    site = desk.site(call)
    version = await desk.releases.release(
        site,
        name,
        author,
        lambda drafts: drafts.of_content(name, code, author),
        {TRIGGERED_BY: "upload"},
    )
    return ok(script_shape(site.store.get_script(name), version))


async def delete_script(desk: Desk, call: Call) -> Reply:
    await desk.releases.delete(desk.site(call), script_in(call), force=flag_of(call, "force"))
    return ok(None)


async def list_references(call: Call) -> Reply:
    """Who would miss the script, in the words `wrangler delete` asks with."""
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    users = [(user, binding) for user, binding in store.users(name) if user.name != name]
    namespaces = {one.class_name: one for one in store.namespaces(name)}
    return ok(
        {
            "services": {
                "incoming": [
                    {"service": user.name, "environment": "production", "name": binding["name"]}
                    for user, binding in users
                    if binding["type"] == "service"
                ],
                "outgoing": [],
                "pages_function": False,
            },
            "durable_objects": [
                {
                    "service": user.name,
                    "environment": "production",
                    "durable_object_namespace_id": namespaces[binding["class_name"]].id,
                    "durable_object_namespace_name": f"{name}_{binding['class_name']}",
                }
                for user, binding in users
                if binding.get("class_name") in namespaces
            ],
            "dispatch_outbounds": [],
        }
    )


async def list_namespaces(call: Call) -> Reply:
    namespaces = call.account.workers.namespaces()
    page = page_of(namespaces, call.query, NAMESPACES, InvalidBody)
    return ok([namespace_shape(one) for one in page.items], page.info())


def routes(
    twin: Twin, runtime: Runtime, resources_of: Callable[[Account], Resources]
) -> tuple[Route, ...]:
    desk = Desk(Releases(runtime, twin.clock, twin.ids), resources_of)
    namespaces = f"{WORKERS}/durable_objects/namespaces"
    return (
        Route("GET", SCRIPTS, "workers.scripts.list", list_scripts, READ),
        Route("GET", f"{WORKERS}/scripts-search", "workers.scripts.search", search_scripts, READ),
        Route(
            "PUT",
            SCRIPT,
            "workers.scripts.update",
            partial(put_script, desk),
            WRITE,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route("GET", SCRIPT, "workers.scripts.get", get_script, READ),
        Route("DELETE", SCRIPT, "workers.scripts.delete", partial(delete_script, desk), WRITE),
        Route(
            "PUT",
            f"{SCRIPT}/content",
            "workers.content.update",
            partial(put_content, desk),
            WRITE,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route("GET", f"{SCRIPT}/content/v2", "workers.content.get", get_script, READ),
        Route("GET", f"{SCRIPT}/references", "workers.references.list", list_references, READ),
        Route("GET", namespaces, "workers.durable_objects.list", list_namespaces, READ),
        *versions_rest.routes(desk),
        *secrets_rest.routes(desk),
        *settings_rest.routes(desk),
        *services_rest.routes(desk),
        *assets_rest.routes(twin),
        *triggers_rest.routes(),
        *domains_rest.routes(),
        *tails_rest.routes(),
        *zones_rest.routes(twin),
    )
