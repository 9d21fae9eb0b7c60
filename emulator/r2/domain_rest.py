"""Where else a bucket is reached, over Cloudflare's API v4: its custom and managed domains.

The managed one, for development, works on the S3 listener; custom ones are stored and shown.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from emulator.r2.address_rest import body_of, bucket_of
from emulator.r2.errors import DomainNotFound, TooManyDomains
from emulator.r2.limits import MAX_DOMAINS
from emulator.r2.models import Bucket
from emulator.r2.store import DOMAINS, PUBLIC
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

READ, WRITE = "r2:read", "r2:write"
TLS = Literal["1.0", "1.1", "1.2", "1.3"]
ACTIVE = {"ownership": "active", "ssl": "active"}

Json = dict[str, Any]


class NewDomain(BaseModel):
    domain: str = Field(min_length=1, max_length=253)
    zoneId: str
    enabled: bool
    minTLS: TLS | None = None
    ciphers: list[str] | None = None


class DomainEdit(BaseModel):
    enabled: bool | None = None
    minTLS: TLS | None = None
    ciphers: list[str] | None = None


class Managed(BaseModel):
    enabled: bool


async def list_domains(call: Call) -> Reply:
    return ok({"domains": [shown_domain(one) for one in domains_of(call).values()]})


async def create_domain(call: Call) -> Reply:
    new = body_of(call, NewDomain)
    domains = domains_of(call)
    if len(domains) >= MAX_DOMAINS and new.domain not in domains:
        raise TooManyDomains(limit=MAX_DOMAINS)
    domains[new.domain] = new.model_dump(exclude_none=True)
    call.account.r2.configure(bucket_of(call), DOMAINS, domains)
    return ok(domains[new.domain])


async def get_domain(call: Call) -> Reply:
    return ok(shown_domain(domain_of(call)))


async def update_domain(call: Call) -> Reply:
    edit = body_of(call, DomainEdit)
    known = domain_of(call)
    domains = domains_of(call)
    changed = {**known, **edit.model_dump(exclude_none=True)}
    domains[call.params["domain"]] = changed
    call.account.r2.configure(bucket_of(call), DOMAINS, domains)
    return ok({name: value for name, value in changed.items() if name != "zoneId"})


async def delete_domain(call: Call) -> Reply:
    name = domain_of(call)["domain"]
    rest = {known: row for known, row in domains_of(call).items() if known != name}
    call.account.r2.configure(bucket_of(call), DOMAINS, rest)
    return ok({"domain": name})


async def get_managed(call: Call) -> Reply:
    bucket = bucket_of(call)
    settings = call.account.r2.configuration(bucket, PUBLIC) or {"enabled": False}
    return ok(managed_json(bucket, enabled=settings["enabled"]))


async def update_managed(call: Call) -> Reply:
    bucket = bucket_of(call)
    enabled = body_of(call, Managed).enabled
    call.account.r2.configure(bucket, PUBLIC, {"enabled": enabled})
    return ok(managed_json(bucket, enabled=enabled))


def domains_of(call: Call) -> dict[str, Json]:
    return dict(call.account.r2.configuration(bucket_of(call), DOMAINS) or {})


def domain_of(call: Call) -> Json:
    domain = domains_of(call).get(call.params["domain"])
    if domain is None:
        raise DomainNotFound()
    return domain


def shown_domain(domain: Mapping[str, Any]) -> Json:
    return {**domain, "status": ACTIVE}


def managed_json(bucket: Bucket, *, enabled: bool) -> Json:
    domain = f"pub-{bucket.public_id}.r2.localhost"
    return {"bucketId": bucket.public_id, "domain": domain, "enabled": enabled}


def routes(bucket: str) -> tuple[Route, ...]:
    """The routes below the path of a bucket."""
    custom, managed = bucket + "/domains/custom", bucket + "/domains/managed"
    domain = custom + "/{domain}"
    named = "r2.buckets.domains"
    return (
        Route("GET", custom, f"{named}.custom.list", list_domains, READ),
        Route("POST", custom, f"{named}.custom.create", create_domain, WRITE),
        Route("GET", domain, f"{named}.custom.get", get_domain, READ),
        Route("PUT", domain, f"{named}.custom.update", update_domain, WRITE),
        Route("DELETE", domain, f"{named}.custom.delete", delete_domain, WRITE),
        Route("GET", managed, f"{named}.managed.list", get_managed, READ),
        Route("PUT", managed, f"{named}.managed.update", update_managed, WRITE),
    )
