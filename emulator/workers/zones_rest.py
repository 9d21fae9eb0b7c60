"""Zones over Cloudflare's API v4, as far as Workers' routes need them.

There is no DNS here: every name that is asked for is a zone of the account. These paths name no
account, so it is looked for among those that the caller's credential reaches.
"""

from collections.abc import Iterator
from functools import partial

from pydantic import BaseModel, Field

from emulator.core.errors import InvalidIdentifier, NotPermitted
from emulator.twin import Account, Twin
from emulator.wire.auth import allows
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route as ApiRoute
from emulator.workers.desk_rest import READ, WRITE, body_of
from emulator.workers.domains_rest import route_shape
from emulator.workers.errors import InvalidBody, RouteScriptNotFound
from emulator.workers.models import Zone
from emulator.workers.shapes import Shape

PAGES = PageLimits(default=20, smallest=5, largest=50)
MAX_NAME_CHARACTERS = 253


class RouteBody(BaseModel):
    pattern: str = Field(min_length=1, max_length=2_048)
    script: str | None = None


async def list_zones(twin: Twin, call: Call) -> Reply:
    """Of one account or of all; a name that is asked for is found in the first of them."""
    wanted, name = call.query.get("account.id"), call.query.get("name", "").lower()
    accounts = [one for one in accounts_of(twin, call, READ) if wanted in (None, one.id)]
    if not accounts:
        raise NotPermitted()
    if len(name) > MAX_NAME_CHARACTERS:
        raise InvalidBody(reason="name is not that of a zone")
    if name:
        account = accounts[0]
        found = [(account, account.workers.triggers.zone_named(name))]
    else:
        found = [(one, zone) for one in accounts for zone in one.workers.triggers.zones()]
    page = page_of(found, call.query, PAGES, InvalidBody)
    return ok([zone_shape(account, zone) for account, zone in page.items], page.info())


async def list_routes(twin: Twin, call: Call) -> Reply:
    account, zone = found_zone(twin, call, READ)
    return ok([route_shape(route) for route in account.workers.triggers.routes(zone.id)])


async def get_route(twin: Twin, call: Call) -> Reply:
    account, zone = found_zone(twin, call, READ)
    route = account.workers.triggers.get_route(zone.id, call.params["route_id"])
    return ok(route_shape(route))


async def put_route(twin: Twin, call: Call) -> Reply:
    """A new route, or another pattern or script for one that is there."""
    account, zone = found_zone(twin, call, WRITE)
    new = body_of(call, RouteBody)
    if new.script is not None and account.workers.find_script(new.script) is None:
        raise RouteScriptNotFound(script=new.script)
    triggers, route_id = account.workers.triggers, call.params.get("route_id")
    return ok(route_shape(triggers.put_route(zone.id, new.pattern, new.script, route_id)))


async def delete_route(twin: Twin, call: Call) -> Reply:
    account, zone = found_zone(twin, call, WRITE)
    account.workers.triggers.delete_route(zone.id, call.params["route_id"])
    return ok({"id": call.params["route_id"]})


def found_zone(twin: Twin, call: Call, permission: str) -> tuple[Account, Zone]:
    """Raises `InvalidIdentifier` for a zone of nobody whom the caller may speak for."""
    for account in accounts_of(twin, call, permission):
        for zone in account.workers.triggers.zones():
            if zone.id == call.params["zone_id"]:
                return account, zone
    raise InvalidIdentifier(path=call.scope["path"])


def accounts_of(twin: Twin, call: Call, permission: str) -> Iterator[Account]:
    """The accounts in which the caller's credential has the permission."""
    grants = call.credential.grants if call.credential else {}
    for account_id, scopes in grants.items():
        if allows(scopes, permission) and twin.directory.knows(account_id):
            yield twin.account(account_id)


def zone_shape(account: Account, zone: Zone) -> Shape:
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "account": {"id": account.id},
    }


def routes(twin: Twin) -> tuple[ApiRoute, ...]:
    paths = "/zones/{zone_id}/workers/routes"
    path = f"{paths}/{{route_id}}"
    put, name = partial(put_route, twin), "workers.routes"
    return (
        ApiRoute("GET", "/zones", "zones.list", partial(list_zones, twin)),
        ApiRoute("GET", paths, f"{name}.list_in_zone", partial(list_routes, twin), READ),
        ApiRoute("POST", paths, f"{name}.create", put, WRITE),
        ApiRoute("GET", path, f"{name}.get", partial(get_route, twin), READ),
        ApiRoute("PUT", path, f"{name}.edit", put, WRITE),
        ApiRoute("DELETE", path, f"{name}.delete", partial(delete_route, twin), WRITE),
    )
