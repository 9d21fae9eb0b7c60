"""Two more views of scripts over Cloudflare's API v4, both of which wrangler needs.

`/workers/services/…` is the older: whether there is a Worker, and its deletion. The newer,
`/workers/workers/…`, knows a Worker by its name or its id.
"""

import re
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel

from emulator.core.clock import iso
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import READ, WORKERS, WRITE, Desk, body_of, flag_of, served_version
from emulator.workers.errors import InvalidBody, ScriptNotFound, ServiceNotFound
from emulator.workers.models import Binding, Script
from emulator.workers.settings_rest import without_null
from emulator.workers.shapes import NO_OBSERVABILITY, Shape, script_shape, version_shape
from emulator.workers.store import WorkersStore
from emulator.workers.upload_rest import author_of, given_annotations
from emulator.workers.validate import check_name

PAGES = PageLimits(default=20, smallest=1, largest=100)
ID = re.compile(r"[0-9a-f]{32}")
ORDERS = {"name": "name", "created_on": "created_at", "updated_on": "modified_at"}


class SubdomainSettings(BaseModel):
    enabled: bool | None = None
    previews_enabled: bool | None = None


class TailConsumer(BaseModel):
    name: str


class WorkerEdit(BaseModel):
    subdomain: SubdomainSettings | None = None
    tags: list[str] | None = None
    logpush: bool | None = None
    observability: dict[str, Any] | None = None
    tail_consumers: list[TailConsumer] | None = None


class NewWorker(WorkerEdit):
    name: str


class Secret(BaseModel):
    type: Literal["secret_text"] = "secret_text"
    text: str


class LatestEdit(BaseModel):
    env: dict[str, Secret | None] = {}
    annotations: dict[str, str | None] | None = None


async def get_service(call: Call) -> Reply:
    store, name = call.account.workers, call.params["script_name"]
    script = store.find_script(name)
    if script is None:
        raise ServiceNotFound()
    times = {"created_on": iso(script.created_at), "modified_on": iso(script.modified_at)}
    environment = {
        "environment": "production",
        **times,
        "script": script_shape(script, served_version(store, name)),
    }
    return ok(
        {
            "id": name,
            **times,
            "usage_model": "standard",
            "default_environment": environment,
            "environments": [{"environment": "production", **times}],
        }
    )


async def delete_service(desk: Desk, call: Call) -> Reply:
    name = call.params["script_name"]
    try:
        await desk.releases.delete(desk.site(call), name, force=flag_of(call, "force"))
    except ScriptNotFound:
        raise ServiceNotFound() from None
    return ok(None)


async def list_workers(desk: Desk, call: Call) -> Reply:
    store = call.account.workers
    order, direction = call.query.get("order_by", "name"), call.query.get("order", "asc")
    if order not in ORDERS or direction not in ("asc", "desc"):
        raise InvalidBody(reason=f"order_by is one of {', '.join(ORDERS)}, order is asc or desc")
    scripts = sorted(
        store.scripts(),
        key=lambda script: getattr(script, ORDERS[order]),
        reverse=direction == "desc",
    )
    page = page_of(scripts, call.query, PAGES, InvalidBody)
    return ok([worker_shape(desk, store, script) for script in page.items], page.info())


async def create_worker(desk: Desk, call: Call) -> Reply:
    """A Worker without a version; one of that name is not made anew."""
    store, new = call.account.workers, body_of(call, NewWorker)
    check_name(new.name)
    if store.find_script(new.name) is not None:
        # [guess] what Cloudflare says is not known.
        raise InvalidBody(reason=f"there is a Worker named {new.name}")
    return ok(worker_shape(desk, store, store.create_script(new.name, changes_of(new))))


async def get_worker(desk: Desk, call: Call) -> Reply:
    return ok(worker_shape(desk, call.account.workers, script_of(call)))


async def edit_worker(desk: Desk, call: Call) -> Reply:
    store, changes = call.account.workers, changes_of(body_of(call, WorkerEdit))
    return ok(worker_shape(desk, store, store.edit_script(script_of(call).name, changes)))


async def delete_worker(desk: Desk, call: Call) -> Reply:
    script = script_of(call)
    await desk.releases.delete(desk.site(call), script.name, force=flag_of(call, "force"))
    return ok(None)


async def edit_latest(desk: Desk, call: Call) -> Reply:
    """The latest version with other secrets, as a new version that is not deployed."""
    edit, author = body_of(call, LatestEdit), author_of(call)
    script = script_of(call).name
    changes: dict[str, Binding | None] = {
        name: None if secret is None else {"name": name, "type": secret.type, "text": secret.text}
        for name, secret in edit.env.items()
    }
    annotations = given_annotations(edit.annotations)
    version = await desk.releases.release(
        desk.site(call),
        script,
        author,
        lambda drafts: drafts.of_latest(script, changes, annotations, author),
        None,
    )
    return ok(version_shape(version))


def script_of(call: Call) -> Script:
    """By its name or its id. Raises `ScriptNotFound`."""
    store, name = call.account.workers, call.params["worker_id"]
    script = store.find_script(name)
    if script is None and ID.fullmatch(name):
        return store.script_tagged(name)
    return script or store.get_script(name)


def changes_of(edit: WorkerEdit) -> dict[str, Any]:
    given = edit.model_dump(include=edit.model_fields_set - {"subdomain", "name"})
    changes = without_null(given)
    if edit.tail_consumers is not None:
        changes["tail_consumers"] = [{"service": one.name} for one in edit.tail_consumers]
    if edit.subdomain is not None:
        if edit.subdomain.enabled is not None:
            changes["on_subdomain"] = edit.subdomain.enabled
        if edit.subdomain.previews_enabled is not None:
            changes["previews"] = edit.subdomain.previews_enabled
    return changes


def worker_shape(desk: Desk, store: WorkersStore, script: Script) -> Shape:
    active = store.active(script.name)
    subdomain: Shape = {"enabled": script.on_subdomain, "previews_enabled": script.previews}
    account_subdomain = store.triggers.find_subdomain()
    if account_subdomain is not None:
        subdomain["url"] = desk.releases.runtime.url(script.name, account_subdomain)
    return {
        "id": script.tag,
        "name": script.name,
        "created_on": iso(script.created_at),
        "updated_on": iso(script.modified_at),
        "deployed_on": None if active is None else iso(active.created_at),
        "logpush": script.logpush,
        "tags": list(script.tags),
        "observability": script.observability or NO_OBSERVABILITY,
        "subdomain": subdomain,
        "tail_consumers": [{"name": one.get("service")} for one in script.tail_consumers],
        "references": references_shape(store, script),
    }


def references_shape(store: WorkersStore, script: Script) -> Shape:
    users = [(user, one) for user, one in store.users(script.name) if user.name != script.name]
    namespaces = {one.class_name: one for one in store.namespaces(script.name)}
    return {
        "workers": [
            {"id": user.tag, "name": user.name} for user, one in users if one["type"] == "service"
        ],
        "durable_objects": [
            {
                "namespace_id": namespaces[one["class_name"]].id,
                "namespace_name": f"{script.name}_{one['class_name']}",
                "worker_id": user.tag,
                "worker_name": user.name,
            }
            for user, one in users
            if one.get("class_name") in namespaces
        ],
        "domains": [
            {
                "id": domain.id,
                "hostname": domain.hostname,
                "zone_id": domain.zone_id,
                "zone_name": domain.zone_name,
                "certificate_id": domain.id,
            }
            for domain in store.triggers.domains()
            if domain.script == script.name
        ],
        "queues": [],
        "dispatch_namespace_outbounds": [],
    }


def routes(desk: Desk) -> tuple[Route, ...]:
    service = f"{WORKERS}/services/{{script_name}}"
    workers = f"{WORKERS}/workers"
    worker = f"{workers}/{{worker_id}}"
    latest = f"{worker}/versions/latest"
    delete = partial(delete_service, desk)
    return (
        Route("GET", service, "workers.services.get", get_service, READ),
        Route("DELETE", service, "workers.services.delete", delete, WRITE),
        Route("GET", workers, "workers.workers.list", partial(list_workers, desk), READ),
        Route("POST", workers, "workers.workers.create", partial(create_worker, desk), WRITE),
        Route("GET", worker, "workers.workers.get", partial(get_worker, desk), READ),
        Route("PATCH", worker, "workers.workers.edit", partial(edit_worker, desk), WRITE),
        Route("DELETE", worker, "workers.workers.delete", partial(delete_worker, desk), WRITE),
        Route("PATCH", latest, "workers.versions.edit_latest", partial(edit_latest, desk), WRITE),
    )
