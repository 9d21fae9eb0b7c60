"""Custom domains and routes over Cloudflare's API v4, as far as they go without zones.

They are stored and shown, and the edge reads them; no DNS record and no certificate is made.
"""

from pydantic import BaseModel, Field, TypeAdapter

from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route as ApiRoute
from emulator.workers.desk_rest import READ, SCRIPT, WORKERS, WRITE, body_of, items_of, script_in
from emulator.workers.errors import InvalidBody
from emulator.workers.models import Domain, Route
from emulator.workers.shapes import Shape


class Origin(BaseModel):
    hostname: str = Field(min_length=1, max_length=253)
    zone_id: str | None = None
    zone_name: str | None = None


class NewDomain(Origin):
    service: str
    environment: str | None = None


class Records(BaseModel):
    origins: list[Origin]


class NewRoute(BaseModel):
    pattern: str = Field(min_length=1, max_length=2_048)


ORIGINS = TypeAdapter(list[Origin])
ROUTES = TypeAdapter(list[NewRoute | str])


async def list_domains(call: Call) -> Reply:
    """Those that the query's fields name."""
    wanted = {name: call.query.get(name) for name in ("hostname", "service", "zone_id")}
    shapes = [domain_shape(one) for one in call.account.workers.triggers.domains()]
    return ok(
        [
            shape
            for shape in shapes
            if all(value is None or shape[name] == value for name, value in wanted.items())
        ]
    )


async def put_domain(call: Call) -> Reply:
    new, store = body_of(call, NewDomain), call.account.workers
    store.get_script(new.service)
    domain = store.triggers.put_domain(new.hostname, new.service, new.zone_id, new.zone_name)
    return ok(domain_shape(domain))


async def get_domain(call: Call) -> Reply:
    return ok(domain_shape(call.account.workers.triggers.get_domain(call.params["domain_id"])))


async def delete_domain(call: Call) -> Reply:
    call.account.workers.triggers.delete_domain(call.params["domain_id"])
    return ok(None)


async def preview_records(call: Call) -> Reply:
    """What `put_records` would change. There is no DNS to conflict with."""
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    known = {one.hostname: one for one in store.triggers.domains()}
    wanted = [origin.hostname.lower() for origin in items_of(call, ORIGINS)]
    return ok(
        {
            "added": [{"hostname": host} for host in wanted if host not in known],
            "updated": [
                {**domain_shape(known[host]), "modified": known[host].script != name}
                for host in wanted
                if host in known
            ],
            "removed": [
                domain_shape(one)
                for one in known.values()
                if one.script == name and one.hostname not in wanted
            ],
            "conflicting": [],
        }
    )


async def put_records(call: Call) -> Reply:
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    origins = body_of(call, Records).origins
    domains = [
        store.triggers.put_domain(origin.hostname, name, origin.zone_id, origin.zone_name)
        for origin in origins
    ]
    for domain in store.triggers.domains():
        if domain.script == name and domain not in domains:
            store.triggers.delete_domain(domain.id)
    return ok([domain_shape(domain) for domain in domains])


async def list_routes(call: Call) -> Reply:
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    return ok([route_shape(one) for one in store.triggers.routes() if one.script == name])


async def put_routes(call: Call) -> Reply:
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    given = items_of(call, ROUTES)
    patterns = [item if isinstance(item, str) else item.pattern for item in given]
    if not all(patterns):
        raise InvalidBody(reason="a pattern is empty")
    return ok([route_shape(one) for one in store.triggers.put_routes(name, patterns)])


def domain_shape(domain: Domain) -> Shape:
    return {
        "id": domain.id,
        "hostname": domain.hostname,
        "service": domain.script,
        "environment": "production",
        "zone_id": domain.zone_id,
        "zone_name": domain.zone_name,
        # There are no certificates; the field is one that clients rely on.
        "cert_id": domain.id,
    }


def route_shape(route: Route) -> Shape:
    return {"id": route.id, "pattern": route.pattern, "script": route.script}


def routes() -> tuple[ApiRoute, ...]:
    domains = f"{WORKERS}/domains"
    domain, record = f"{domains}/{{domain_id}}", f"{domains}/records/{{domain_id}}"
    records, changeset = f"{SCRIPT}/domains/records", f"{SCRIPT}/domains/changeset"
    script_routes = f"{SCRIPT}/routes"
    return (
        ApiRoute("GET", domains, "workers.domains.list", list_domains, READ),
        ApiRoute("PUT", domains, "workers.domains.update", put_domain, WRITE),
        ApiRoute("GET", f"{domains}/records", "workers.domains.list_records", list_domains, READ),
        ApiRoute("GET", record, "workers.domains.get_record", get_domain, READ),
        ApiRoute("GET", domain, "workers.domains.get", get_domain, READ),
        ApiRoute("DELETE", domain, "workers.domains.delete", delete_domain, WRITE),
        ApiRoute("POST", changeset, "workers.domains.preview", preview_records, WRITE),
        ApiRoute("PUT", records, "workers.domains.put_records", put_records, WRITE),
        ApiRoute("GET", script_routes, "workers.routes.list", list_routes, READ),
        ApiRoute("PUT", script_routes, "workers.routes.update", put_routes, WRITE),
    )
