"""Buckets: listed, made, looked at, removed.

https://developers.cloudflare.com/r2/api/s3/api/#bucket-level-operations
"""

from emulator.r2.errors import InvalidRegion
from emulator.r2.models import Bucket
from emulator.r2.s3.body import receive_xml
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.headers import Headers, iso_date
from emulator.r2.s3.listings import max_keys, owner_of
from emulator.r2.s3.objects import XML
from emulator.r2.s3.xml import document, leaf, node, parse, text_of
from emulator.r2.store import LOCATIONS
from emulator.wire.reply import Reply

# Where R2 chooses itself.
ANYWHERE = ("", "auto", "us-east-1")


async def list_buckets(call: S3Call) -> Reply:
    """By name, in pages; R2 takes a listing's parameters as headers, too.

    https://developers.cloudflare.com/r2/api/s3/extensions/#listbuckets
    """
    prefix, start_after = given(call, "prefix"), given(call, "start-after")
    token = given(call, "continuation-token")
    limit = min(max_keys(given(call, "max-keys")), 1_000)
    behind = max(start_after or "", token or "")
    named = [
        bucket
        for bucket in call.r2.list_buckets(call.address.jurisdiction)
        if bucket.name.startswith(prefix or "") and bucket.name > behind
    ]
    shown, is_truncated = named[:limit], len(named) > limit
    following = shown[-1].name if shown and is_truncated else None
    children = (
        owner_of(call),
        node("Buckets", *(shown_bucket(bucket) for bucket in shown)),
        leaf("IsTruncated", is_truncated),
        leaf("KeyCount", len(shown)),
        leaf("MaxKeys", limit),
        leaf("Prefix", prefix),
        leaf("StartAfter", start_after),
        # The first is R2's name, the second is what today's SDKs read.
        leaf("NextContinuationToken", following),
        leaf("ContinuationToken", following or token),
    )
    headers: Headers = [*XML, (b"cf-is-truncated", b"true" if is_truncated else b"false")]
    if following is not None:
        headers.append((b"cf-next-continuation-token", following.encode()))
    return Reply(document("ListAllMyBucketsResult", children), headers=tuple(headers))


async def create_bucket(call: S3Call) -> Reply:
    body = await receive_xml(call)
    constraint = ""
    if body:
        root = parse(body, "CreateBucketConfiguration")
        constraint = text_of(root, "LocationConstraint") or ""
    location = None if constraint in ANYWHERE else constraint.upper()
    if location is not None and location not in LOCATIONS:
        raise InvalidRegion(region=constraint)
    call.r2.create_bucket(call.bucket_name, call.address.jurisdiction, location=location)
    return Reply(b"", headers=((b"location", f"/{call.bucket_name}".encode()),))


async def head_bucket(call: S3Call) -> Reply:
    """The region is always `auto`: SDKs sign for what they read here from then on."""
    call.bucket  # noqa: B018  # which raises where there is none
    return Reply(b"", headers=((b"x-amz-bucket-region", b"auto"),))


async def delete_bucket(call: S3Call) -> Reply:
    call.r2.delete_bucket(call.bucket_name, call.address.jurisdiction)
    return Reply(b"", status=204, headers=())


async def get_location(call: S3Call) -> Reply:
    location = call.bucket.bucket.location
    return Reply(document("LocationConstraint", (location,)), headers=tuple(XML))


def given(call: S3Call, name: str) -> str | None:
    """A parameter of the listing; a header wins."""
    return call.headers.get(f"cf-{name}", call.params.get(name))


def shown_bucket(bucket: Bucket) -> str:
    return node(
        "Bucket",
        leaf("Name", bucket.name),
        leaf("CreationDate", iso_date(bucket.created_ms)),
    )
