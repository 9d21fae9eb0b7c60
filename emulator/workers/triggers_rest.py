"""The workers.dev subdomain and cron schedules over Cloudflare's API v4."""

from pydantic import BaseModel, TypeAdapter

from emulator.core.clock import iso
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import READ, SCRIPT, WORKERS, WRITE, body_of, items_of, script_in
from emulator.workers.errors import (
    NoSubdomain,
    SubdomainAvailable,
    SubdomainRequired,
    SubdomainTaken,
)
from emulator.workers.models import Schedule, Script
from emulator.workers.validate import check_subdomain


class NewSubdomain(BaseModel):
    subdomain: str


class ScriptSubdomain(BaseModel):
    enabled: bool
    previews_enabled: bool | None = None


class NewSchedule(BaseModel):
    cron: str


SCHEDULES = TypeAdapter(list[NewSchedule])


async def get_subdomain(call: Call) -> Reply:
    return ok({"subdomain": call.account.workers.triggers.subdomain()})


async def put_subdomain(call: Call) -> Reply:
    subdomain = body_of(call, NewSubdomain).subdomain
    return ok({"subdomain": call.account.workers.triggers.claim_subdomain(subdomain)})


async def delete_subdomain(call: Call) -> Reply:
    call.account.workers.triggers.give_up_subdomain()
    return ok(None)


async def check_availability(call: Call) -> Reply:
    """Told by two refusals: nobody else is here who could have a name but the account itself."""
    subdomain = call.params["subdomain"]
    check_subdomain(subdomain)
    if subdomain == call.account.workers.triggers.find_subdomain():
        raise SubdomainTaken()
    raise SubdomainAvailable()


async def get_script_subdomain(call: Call) -> Reply:
    return ok(subdomain_shape(call.account.workers.get_script(script_in(call))))


async def put_script_subdomain(call: Call) -> Reply:
    new, store = body_of(call, ScriptSubdomain), call.account.workers
    script = store.get_script(script_in(call))
    try:
        store.triggers.subdomain()
    except NoSubdomain:
        raise SubdomainRequired() from None
    # [guess] previews follow the address itself if nothing is said of them.
    previews = new.enabled if new.previews_enabled is None else new.previews_enabled
    changes = {"on_subdomain": new.enabled, "previews": previews}
    return ok(subdomain_shape(store.edit_script(script.name, changes)))


async def delete_script_subdomain(call: Call) -> Reply:
    changes = {"on_subdomain": False, "previews": False}
    return ok(subdomain_shape(call.account.workers.edit_script(script_in(call), changes)))


async def get_schedules(call: Call) -> Reply:
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    schedules = [schedule for _, schedule in store.triggers.schedules(name)]
    return ok({"schedules": [schedule_shape(schedule) for schedule in schedules]})


async def put_schedules(call: Call) -> Reply:
    crons = [schedule.cron for schedule in items_of(call, SCHEDULES)]
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    schedules = store.triggers.put_schedules(name, crons)
    return ok({"schedules": [schedule_shape(schedule) for schedule in schedules]})


def subdomain_shape(script: Script) -> dict[str, bool]:
    return {"enabled": script.on_subdomain, "previews_enabled": script.previews}


def schedule_shape(schedule: Schedule) -> dict[str, str]:
    return {
        "cron": schedule.cron,
        "created_on": iso(schedule.created_at),
        "modified_on": iso(schedule.modified_at),
    }


def routes() -> tuple[Route, ...]:
    account, script = f"{WORKERS}/subdomain", f"{SCRIPT}/subdomain"
    available, schedules = f"{WORKERS}/subdomains/{{subdomain}}", f"{SCRIPT}/schedules"
    return (
        Route("GET", account, "workers.subdomain.get", get_subdomain, READ),
        Route("PUT", account, "workers.subdomain.update", put_subdomain, WRITE),
        Route("DELETE", account, "workers.subdomain.delete", delete_subdomain, WRITE),
        Route("GET", available, "workers.subdomain.check", check_availability, READ),
        Route("GET", script, "workers.script_subdomain.get", get_script_subdomain, READ),
        Route("POST", script, "workers.script_subdomain.create", put_script_subdomain, WRITE),
        Route("DELETE", script, "workers.script_subdomain.delete", delete_script_subdomain, WRITE),
        Route("GET", schedules, "workers.schedules.get", get_schedules, READ),
        Route("PUT", schedules, "workers.schedules.update", put_schedules, WRITE),
    )
