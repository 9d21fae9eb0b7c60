"""R2 over Cloudflare's API v4: buckets, and how much they hold.

https://developers.cloudflare.com/api/resources/r2/ — objects, what is configured of a bucket and
temporary credentials have files of their own, all of them mounted here.
"""

from pydantic import BaseModel

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.identity.store import Directory
from emulator.r2 import (
    configuration_rest,
    domain_rest,
    event_rest,
    object_rest,
    sippy_rest,
    temporary_rest,
)
from emulator.r2.address_rest import bucket_of, jurisdiction_of
from emulator.r2.errors import InvalidArgument, MalformedJson
from emulator.r2.models import STANDARD, Bucket, Usage
from emulator.r2.s3.headers import iso_date
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import whole_number
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

MAX_PER_PAGE = 1_000


class NewBucket(BaseModel):
    name: str
    locationHint: str | None = None
    storageClass: str = STANDARD


async def list_buckets(call: Call) -> Reply:
    query = call.query
    per_page = whole_number(query, "per_page", 20, InvalidArgument)
    per_page = max(1, min(per_page, MAX_PER_PAGE))
    descending = query.get("direction", "asc") == "desc"
    if query.get("order", "name") != "name" or query.get("direction", "asc") not in ("asc", "desc"):
        raise InvalidArgument(reason="order is name, direction is asc or desc")
    behind = query.get("cursor") or query.get("start_after", "")
    named = [
        bucket
        for bucket in call.account.r2.list_buckets(jurisdiction_of(call))
        if query.get("name_contains", "") in bucket.name
    ]
    if descending:
        named = [bucket for bucket in reversed(named) if not behind or bucket.name < behind]
    else:
        named = [bucket for bucket in named if bucket.name > behind]
    shown = named[:per_page]
    info: dict[str, object] = {"per_page": per_page}
    if len(named) > per_page:
        info["cursor"] = shown[-1].name
    return ok({"buckets": [bucket_json(bucket) for bucket in shown]}, info)


async def create_bucket(call: Call) -> Reply:
    new = parse(NewBucket, call.body, MalformedJson)
    bucket = call.account.r2.create_bucket(
        new.name,
        jurisdiction_of(call),
        location=new.locationHint,
        storage_class=new.storageClass,
    )
    return ok(bucket_json(bucket))


async def get_bucket(call: Call) -> Reply:
    return ok(bucket_json(bucket_of(call)))


async def edit_bucket(call: Call) -> Reply:
    storage_class = call.header(b"cf-r2-storage-class")
    if storage_class is None:
        raise InvalidArgument(reason="cf-r2-storage-class is missing")
    name = call.params["bucket_name"]
    r2, jurisdiction = call.account.r2, jurisdiction_of(call)
    return ok(bucket_json(r2.set_storage_class(name, storage_class, jurisdiction)))


async def delete_bucket(call: Call) -> Reply:
    call.account.r2.delete_bucket(call.params["bucket_name"], jurisdiction_of(call))
    return ok({})


async def get_metrics(call: Call) -> Reply:
    published, uploaded = call.account.r2.usage()
    names = {"Standard": "standard", "InfrequentAccess": "infrequentAccess"}
    return ok(
        {
            shown: {
                "published": usage_json(published.get(name, Usage())),
                "uploaded": usage_json(uploaded.get(name, Usage())),
            }
            for name, shown in names.items()
        }
    )


def bucket_json(bucket: Bucket) -> dict[str, object]:
    return {
        "name": bucket.name,
        "creation_date": iso_date(bucket.created_ms),
        "location": bucket.location,
        "storage_class": bucket.storage_class,
        "jurisdiction": bucket.jurisdiction,
    }


def usage_json(usage: Usage) -> dict[str, int]:
    return {
        "objects": usage.objects,
        "payloadSize": usage.payload_bytes,
        "metadataSize": usage.metadata_bytes,
    }


R2 = "/accounts/{account_id}/r2"
BUCKETS = R2 + "/buckets"
BUCKET = BUCKETS + "/{bucket_name}"
READ, WRITE = "r2:read", "r2:write"


def routes(directory: Directory, clock: Clock, ids: Ids) -> tuple[Route, ...]:
    return (
        Route("GET", BUCKETS, "r2.buckets.list", list_buckets, READ),
        Route("POST", BUCKETS, "r2.buckets.create", create_bucket, WRITE),
        Route("GET", BUCKET, "r2.buckets.get", get_bucket, READ),
        Route("PATCH", BUCKET, "r2.buckets.edit", edit_bucket, WRITE),
        Route("DELETE", BUCKET, "r2.buckets.delete", delete_bucket, WRITE),
        Route("GET", R2 + "/metrics", "r2.buckets.metrics.list", get_metrics, READ),
        *object_rest.routes(BUCKET),
        *configuration_rest.routes(BUCKET),
        *domain_rest.routes(BUCKET),
        *sippy_rest.routes(BUCKET),
        *event_rest.routes(clock, ids),
        *temporary_rest.routes(R2, directory, clock),
    )
