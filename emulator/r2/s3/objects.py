"""Objects: read, written, copied, deleted.

https://developers.cloudflare.com/r2/api/s3/api/#object-level-operations
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes

from emulator.r2.bucket import BucketStore
from emulator.r2.conditions import NotModified
from emulator.r2.digests import CHECKSUM_BYTES
from emulator.r2.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidObjectName,
    InvalidRequest,
    MalformedXml,
    NoSuchBucket,
    NotImplementedByR2,
    R2Error,
)
from emulator.r2.limits import MAX_DELETE_KEYS
from emulator.r2.models import Attributes, StoredObject
from emulator.r2.s3.body import receive_content, receive_xml
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.headers import (
    SSE,
    Headers,
    attributes_of,
    check_encryption,
    checksum_headers,
    conditions_of,
    customer_key,
    http_date,
    iso_date,
    object_headers,
    quoted,
    range_of,
    ssec_headers,
    storage_class_of,
)
from emulator.r2.s3.xml import document, leaf, node, parse, required
from emulator.r2.streaming import Download, body_of
from emulator.r2.validate import key_bytes
from emulator.wire.reply import Reply

XML: Headers = [(b"content-type", b"application/xml")]
# Of the year 9999: no date that HTTP can tell is later.
LAST_SECOND = 253_402_300_799
SOURCE = "x-amz-copy-source"
DESTINATION = "cf-copy-destination-"


async def get_object(call: S3Call) -> Reply:
    wanted = range_of(call.headers.get("range"))
    part = part_number(call)
    try:
        reading = call.bucket.get(
            call.key,
            conditions_of(call.headers),
            wanted,
            part=part,
            ssec=customer_key(call.headers, SSE),
        )
    except NotModified as same:
        return not_modified(same.stored)
    stored = reading.stored
    headers = shown_headers(call, stored, part, whole=wanted is None)
    headers.append((b"content-length", b"%d" % reading.length))
    if wanted is None and part is None:
        return Reply(await body_of(reading.source), headers=tuple(headers))
    headers.append((b"content-range", content_range(reading.offset, reading.length, stored.size)))
    return Reply(await body_of(reading.source), status=206, headers=tuple(headers))


async def head_object(call: S3Call) -> Reply:
    """As GetObject, a range included: so a real bucket was seen to answer."""
    reply = await get_object(call)
    if isinstance(reply.body, Download):
        await reply.body.aclose()
    return Reply(b"", status=reply.status, headers=reply.headers)


async def put_object(call: S3Call) -> Reply:
    check_encryption(call.headers)
    bucket = bucket_to_write(call)
    key_bytes(call.key)
    attributes, conditions = attributes_of(call.headers), conditions_of(call.headers)
    received = await receive_content(call, algorithm=asked_algorithm(call))
    stored = await call.r2.keep(
        received.content,
        lambda: bucket.put(call.key, received.content, attributes, conditions, received.checksum),
    )
    headers = [
        (b"etag", quoted(stored.etag)),
        *checksum_headers(stored),
        *ssec_headers(stored.ssec),
    ]
    return Reply(b"", headers=tuple(headers))


async def copy_object(call: S3Call) -> Reply:
    check_encryption(call.headers)
    bucket = bucket_to_write(call)
    source, source_key = copy_source(call)
    edit = edit_of(call)
    if source is bucket and source_key == call.key and not changes_something(call):
        raise InvalidRequest(
            reason="This copy request is illegal because it is trying to copy an object to itself"
            " without changing the object's metadata, storage class, website redirect location"
            " or encryption attributes."
        )
    source_conditions = conditions_of(call.headers, f"{SOURCE}-")
    conditions = conditions_of(call.headers, DESTINATION)
    source_ssec = customer_key(call.headers, f"{SOURCE}-server-side-encryption")
    stored = await call.r2.commit(
        lambda: bucket.copy(
            source,
            source_key,
            call.key,
            edit,
            source_conditions=source_conditions,
            conditions=conditions,
            source_ssec=source_ssec,
        ),
        brief=True,
    )
    body = document(
        "CopyObjectResult",
        (leaf("LastModified", iso_date(stored.uploaded_ms)), leaf("ETag", f'"{stored.etag}"')),
    )
    return Reply(body, headers=(*XML, *ssec_headers(stored.ssec)))


async def delete_object(call: S3Call) -> Reply:
    bucket = call.bucket
    await call.r2.commit(lambda: bucket.delete(call.key), brief=True)
    return Reply(b"", status=204, headers=())


async def delete_objects(call: S3Call) -> Reply:
    """Missing keys count as deleted; so do those of a quiet request, which R2 lists as well."""
    bucket = call.bucket
    root = parse(await receive_xml(call), "Delete")
    keys = [required(row, "Key") for row in root.findall("Object")]
    if not 0 < len(keys) <= MAX_DELETE_KEYS:
        raise MalformedXml()
    outcome: dict[str, R2Error | None] = {
        key: AccessDenied() for key in keys if not call.reaches(key)
    }
    outcome |= await call.r2.commit(
        lambda: bucket.delete_many([key for key in keys if key not in outcome])
    )
    deleted = (
        node("Deleted", leaf("Key", key)) for key, refusal in outcome.items() if refusal is None
    )
    failed = (failure(key, refusal) for key, refusal in outcome.items() if refusal is not None)
    return Reply(document("DeleteResult", (*deleted, *failed)), headers=tuple(XML))


def failure(key: str, refusal: R2Error) -> str:
    what = (leaf("Code", refusal.s3_code), leaf("Message", str(refusal)))
    return node("Error", leaf("Key", key), *what)


def bucket_to_write(call: S3Call) -> BucketStore:
    """The bucket, made now if it is missing and the request says so."""
    try:
        return call.bucket
    except NoSuchBucket:
        if call.headers.get("cf-create-bucket-if-missing") != "true":
            raise
    call.r2.create_bucket(call.bucket_name, call.address.jurisdiction)
    return call.bucket


def copy_source(call: S3Call) -> tuple[BucketStore, str]:
    """The bucket and key that `x-amz-copy-source` names."""
    raw, _, version = call.headers[SOURCE].partition("?")
    if version:
        raise NotImplementedByR2(what="Copying a version of an object")
    try:
        text = unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise InvalidObjectName() from None
    name, slash, key = text.removeprefix("/").partition("/")
    if not name or not key:
        raise InvalidArgument(reason="Copy Source must mention the source bucket and key: /b/k")
    call.check_source(name, key)
    return call.r2.bucket(name, call.address.jurisdiction), key


def edit_of(call: S3Call) -> Callable[[StoredObject], Attributes]:
    """What the copy is given, by the metadata directive; MERGE is R2's own."""
    directive = call.headers.get("x-amz-metadata-directive", "COPY")
    given = attributes_of(call.headers)
    if directive == "REPLACE":
        return lambda stored: given
    if directive == "MERGE":
        return lambda stored: merged(stored, given)
    if directive != "COPY":
        raise InvalidArgument(reason=f"Unknown metadata directive: {directive}")
    return lambda stored: Attributes(stored.http, stored.custom, given.storage_class, given.ssec)


def merged(stored: StoredObject, given: Attributes) -> Attributes:
    http = replace(stored.http, **given.http.to_row())
    custom = {**stored.custom, **given.custom}
    return Attributes(http, custom, given.storage_class, given.ssec)


def changes_something(call: S3Call) -> bool:
    return (
        call.headers.get("x-amz-metadata-directive", "COPY") != "COPY"
        or storage_class_of(call.headers) is not None
        or customer_key(call.headers, SSE) is not None
    )


def asked_algorithm(call: S3Call) -> str | None:
    """The checksum algorithm that the client names, to be worked out if it gives no value."""
    name = call.headers.get("x-amz-checksum-algorithm")
    return None if name is None else algorithm_named(name)


def algorithm_named(name: str) -> str:
    if name.upper() not in CHECKSUM_BYTES:
        raise InvalidRequest(reason="Checksum algorithm provided is unsupported.")
    return name.upper()


def part_number(call: S3Call) -> int | None:
    text = call.params.get("partNumber")
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 10_000:
        raise InvalidArgument(
            reason="Part number must be an integer between 1 and 10000, inclusive"
        )
    return int(text)


def shown_headers(call: S3Call, stored: StoredObject, part: int | None, *, whole: bool) -> Headers:
    headers = object_headers(stored, call.params)
    headers += expiration_headers(call.bucket, stored)
    # A checksum of the whole says nothing of a range, and clients would compare it.
    if whole and part is None and call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        headers += checksum_headers(stored)
    if part is not None and stored.is_multipart:
        headers.append((b"x-amz-mp-parts-count", b"%d" % stored.parts))
    return headers


def expiration_headers(bucket: BucketStore, stored: StoredObject) -> Headers:
    """https://developers.cloudflare.com/r2/buckets/object-lifecycles/#behavior"""
    expiration = bucket.expiration(stored)
    if expiration is None:
        return []
    due_ms, rule_id = expiration
    date = http_date(min(due_ms // 1000, LAST_SECOND)).decode()
    value = f'expiry-date="{date}", rule-id="{quote(rule_id)}"'
    return [(b"x-amz-expiration", value.encode())]


def content_range(offset: int, length: int, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (offset, offset + length - 1, size)


def not_modified(stored: StoredObject) -> Reply:
    headers = (
        (b"etag", quoted(stored.etag)),
        (b"last-modified", http_date(stored.uploaded_ms // 1000)),
    )
    return Reply(b"", status=304, headers=headers)
