"""Where else a bucket is reached, over Cloudflare's API v4: domains, Sippy, event notifications.

The public development address works; the rest is stored and shown.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, Field

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.r2.address_rest import body_of, bucket_of
from emulator.r2.errors import (
    DomainNotFound,
    NoEventConfiguration,
    TooManyDomains,
)
from emulator.r2.limits import MAX_DOMAINS
from emulator.r2.models import Bucket
from emulator.r2.s3.headers import iso_date
from emulator.r2.store import DOMAINS, EVENTS, PUBLIC, SIPPY
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


class SippySource(BaseModel):
    """Secrets that come along are used by nobody here, and so are not kept."""

    provider: Literal["aws", "gcs", "s3", "azure"]
    region: str | None = None
    bucket: str | None = None
    bucketUrl: str | None = None
    container: str | None = None


class SippyDestination(BaseModel):
    provider: Literal["r2"] = "r2"
    accessKeyId: str | None = None


class Sippy(BaseModel):
    source: SippySource
    destination: SippyDestination = SippyDestination()


class EventRule(BaseModel):
    actions: list[
        Literal[
            "PutObject",
            "CopyObject",
            "DeleteObject",
            "CompleteMultipartUpload",
            "LifecycleDeletion",
        ]
    ] = Field(min_length=1)
    prefix: str = ""
    suffix: str = ""
    description: str | None = None


class EventRules(BaseModel):
    rules: list[EventRule] = Field(min_length=1)


class RuleIds(BaseModel):
    ruleIds: list[str] | None = None


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


async def get_sippy(call: Call) -> Reply:
    return ok(call.account.r2.configuration(bucket_of(call), SIPPY) or {"enabled": False})


async def update_sippy(call: Call) -> Reply:
    bucket = bucket_of(call)
    new = body_of(call, Sippy)
    value = {
        "enabled": True,
        "source": new.source.model_dump(exclude_none=True),
        "destination": {
            **new.destination.model_dump(exclude_none=True),
            "account": call.account.id,
            "bucket": bucket.name,
        },
    }
    call.account.r2.configure(bucket, SIPPY, value)
    return ok(value)


async def delete_sippy(call: Call) -> Reply:
    call.account.r2.configure(bucket_of(call), SIPPY, None)
    return ok({"enabled": False})


async def list_events(call: Call) -> Reply:
    queues = queues_of(call)
    if not queues:
        raise NoEventConfiguration()
    shown = [queue_json(queue_id, rules) for queue_id, rules in queues.items()]
    return ok({"bucketName": bucket_of(call).name, "queues": shown})


async def get_events(call: Call) -> Reply:
    queue_id = call.params["queue_id"]
    if (rules := queues_of(call).get(queue_id)) is None:
        raise NoEventConfiguration()
    return ok(queue_json(queue_id, rules))


async def update_events(clock: Clock, ids: Ids, call: Call) -> Reply:
    """Adds rules to those that the queue has."""
    new = body_of(call, EventRules)
    queues = queues_of(call)
    made = {"createdAt": iso_date(int(clock.now() * 1000))}
    added = [
        {"ruleId": ids.uuid(), **made, **rule.model_dump(exclude_none=True)} for rule in new.rules
    ]
    queues[call.params["queue_id"]] = [*queues.get(call.params["queue_id"], []), *added]
    call.account.r2.configure(bucket_of(call), EVENTS, queues)
    return ok({})


async def delete_events(call: Call) -> Reply:
    """The rules that the body names, or all of the queue."""
    queues, queue_id = queues_of(call), call.params["queue_id"]
    rules = queues.pop(queue_id, None)
    if rules is None:
        raise NoEventConfiguration()
    named = body_of(call, RuleIds).ruleIds if call.body else None
    if named is not None and (kept := [rule for rule in rules if rule["ruleId"] not in named]):
        queues[queue_id] = kept
    call.account.r2.configure(bucket_of(call), EVENTS, queues)
    return ok({})


def domains_of(call: Call) -> dict[str, Json]:
    return dict(call.account.r2.configuration(bucket_of(call), DOMAINS) or {})


def domain_of(call: Call) -> Json:
    domain = domains_of(call).get(call.params["domain"])
    if domain is None:
        raise DomainNotFound()
    return domain


def queues_of(call: Call) -> dict[str, list[Json]]:
    return dict(call.account.r2.configuration(bucket_of(call), EVENTS) or {})


def shown_domain(domain: Mapping[str, Any]) -> Json:
    return {**domain, "status": ACTIVE}


def queue_json(queue_id: str, rules: list[Json]) -> Json:
    # Queues are not built: a queue is known by its id alone.
    return {"queueId": queue_id, "queueName": queue_id, "rules": rules}


def managed_json(bucket: Bucket, *, enabled: bool) -> Json:
    domain = f"pub-{bucket.public_id}.r2.localhost"
    return {"bucketId": bucket.public_id, "domain": domain, "enabled": enabled}


def routes(bucket: str, clock: Clock, ids: Ids) -> tuple[Route, ...]:
    """The routes below the path of a bucket, and those of its event notifications."""
    custom, managed = bucket + "/domains/custom", bucket + "/domains/managed"
    domain, sippy = custom + "/{domain}", bucket + "/sippy"
    events = "/accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration"
    queue = events + "/queues/{queue_id}"
    named = "r2.buckets.domains"
    notified = "r2.buckets.event_notifications"
    return (
        Route("GET", custom, f"{named}.custom.list", list_domains, READ),
        Route("POST", custom, f"{named}.custom.create", create_domain, WRITE),
        Route("GET", domain, f"{named}.custom.get", get_domain, READ),
        Route("PUT", domain, f"{named}.custom.update", update_domain, WRITE),
        Route("DELETE", domain, f"{named}.custom.delete", delete_domain, WRITE),
        Route("GET", managed, f"{named}.managed.list", get_managed, READ),
        Route("PUT", managed, f"{named}.managed.update", update_managed, WRITE),
        Route("GET", sippy, "r2.buckets.sippy.get", get_sippy, READ),
        Route("PUT", sippy, "r2.buckets.sippy.update", update_sippy, WRITE),
        Route("DELETE", sippy, "r2.buckets.sippy.delete", delete_sippy, WRITE),
        Route("GET", events, f"{notified}.list", list_events, READ),
        Route("GET", queue, f"{notified}.get", get_events, READ),
        Route("PUT", queue, f"{notified}.update", partial(update_events, clock, ids), WRITE),
        Route("DELETE", queue, f"{notified}.delete", delete_events, WRITE),
    )
