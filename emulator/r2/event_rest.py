"""Event notifications of a bucket, by queue: stored and shown, nobody is notified."""

from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, Field

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.r2.address_rest import body_of, bucket_of
from emulator.r2.errors import NoEventConfiguration, NoSuchBucket, NoSuchNotifyingBucket
from emulator.r2.s3.headers import iso_date
from emulator.r2.store import EVENTS
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

CONFIGURATION = "/accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration"
READ, WRITE = "r2:read", "r2:write"

Json = dict[str, Any]


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


def queues_of(call: Call) -> dict[str, list[Json]]:
    """Raises `NoSuchNotifyingBucket`."""
    try:
        return dict(call.account.r2.configuration(bucket_of(call), EVENTS) or {})
    except NoSuchBucket:
        raise NoSuchNotifyingBucket() from None


def queue_json(queue_id: str, rules: list[Json]) -> Json:
    # Queues are not built: a queue is known by its id alone.
    return {"queueId": queue_id, "queueName": queue_id, "rules": rules}


def routes(clock: Clock, ids: Ids) -> tuple[Route, ...]:
    queue = CONFIGURATION + "/queues/{queue_id}"
    named = "r2.buckets.event_notifications"
    return (
        Route("GET", CONFIGURATION, f"{named}.list", list_events, READ),
        Route("GET", queue, f"{named}.get", get_events, READ),
        Route("PUT", queue, f"{named}.update", partial(update_events, clock, ids), WRITE),
        Route("DELETE", queue, f"{named}.delete", delete_events, WRITE),
    )
