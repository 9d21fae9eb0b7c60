"""R2 over Cloudflare's API v4: buckets, usage, temporary credentials.

https://developers.cloudflare.com/api/resources/r2/ — objects are in `object_rest.py`, what is
configured of a bucket in `configuration_rest.py` and `domain_rest.py`.
"""

import math
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.identity.store import Directory
from emulator.r2 import configuration_rest, domain_rest, object_rest, temporary
from emulator.r2.address_rest import body_of, bucket_of, jurisdiction_of
from emulator.r2.errors import AccessDenied, InvalidArgument, MalformedJson, Unauthorized
from emulator.r2.limits import MAX_PRESIGNED_SECONDS
from emulator.r2.models import STANDARD, Bucket, Usage
from emulator.r2.s3.headers import iso_date
from emulator.wire.auth import allows
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import whole_number
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

MAX_PER_PAGE = 1_000
Scope = Literal["admin-read-write", "admin-read-only", "object-read-write", "object-read-only"]


class NewBucket(BaseModel):
    name: str
    locationHint: str | None = None
    storageClass: str = STANDARD


class NewCredentials(BaseModel):
    bucket: str
    parentAccessKeyId: str
    permission: Scope
    ttlSeconds: float = Field(default=900, gt=0, le=MAX_PRESIGNED_SECONDS)
    prefixes: list[str] = []
    objects: list[str] = []


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


async def create_credentials(directory: Directory, clock: Clock, call: Call) -> Reply:
    """https://developers.cloudflare.com/r2/api/s3/temporary-credentials/"""
    new = body_of(call, NewCredentials)
    account_id = call.account.id
    parent = directory.by_id(new.parentAccessKeyId)
    if parent is None or parent.scopes(account_id) is None:
        raise Unauthorized()
    if parent is not call.credential and not may_write(call):
        raise AccessDenied()
    call.account.r2.get_bucket(new.bucket, jurisdiction_of(call))
    now = int(clock.now())
    claims: dict[str, object] = {
        "bucket": new.bucket,
        "scope": new.permission,
        "sub": account_id,
        "aud": urlsplit(call.origin).netloc,
        "iat": now,
        "exp": now + math.ceil(new.ttlSeconds),
    }
    if new.prefixes or new.objects:
        claims["paths"] = {"prefixPaths": new.prefixes, "objectPaths": new.objects}
    made = temporary.issue(claims, parent.id, parent.s3_secret)
    return ok(
        {
            "accessKeyId": made.access_key_id,
            "secretAccessKey": made.secret_access_key,
            "sessionToken": made.session_token,
        }
    )


def may_write(call: Call) -> bool:
    """Whether the caller may lend out what another token may do."""
    credential = call.credential
    scopes = None if credential is None else credential.scopes(call.account.id)
    return scopes is not None and allows(scopes, "r2:write")


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
    issue = partial(create_credentials, directory, clock)
    return (
        Route("GET", BUCKETS, "r2.buckets.list", list_buckets, READ),
        Route("POST", BUCKETS, "r2.buckets.create", create_bucket, WRITE),
        Route("GET", BUCKET, "r2.buckets.get", get_bucket, READ),
        Route("PATCH", BUCKET, "r2.buckets.edit", edit_bucket, WRITE),
        Route("DELETE", BUCKET, "r2.buckets.delete", delete_bucket, WRITE),
        Route("GET", R2 + "/metrics", "r2.buckets.metrics.list", get_metrics, READ),
        Route(
            "POST",
            R2 + "/temp-access-credentials",
            "r2.temporary_credentials.create",
            issue,
            # What they may do is held against their parent when they are used.
            READ,
        ),
        *object_rest.routes(BUCKET),
        *configuration_rest.routes(BUCKET),
        *domain_rest.routes(BUCKET, clock, ids),
    )
