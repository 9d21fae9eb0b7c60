"""Objects: read, written, copied, deleted.

https://developers.cloudflare.com/r2/api/s3/api/#object-level-operations
"""

from urllib.parse import quote

from emulator.r2.bucket import BucketStore
from emulator.r2.conditions import NotModified
from emulator.r2.digests import CHECKSUM_BYTES
from emulator.r2.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidRequest,
    MalformedXml,
    NoSuchBucket,
    R2Error,
)
from emulator.r2.limits import MAX_DELETE_KEYS
from emulator.r2.models import StoredObject
from emulator.r2.reading import Reading
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
    object_headers,
    quoted,
    range_of,
    ssec_headers,
)
from emulator.r2.s3.xml import document, leaf, node, parse, required
from emulator.r2.streaming import body_of
from emulator.r2.validate import key_bytes
from emulator.wire.reply import Reply

XML: Headers = [(b"content-type", b"application/xml")]
# Of the year 9999: no date that HTTP can tell is later.
LAST_SECOND = 253_402_300_799
SOURCE = "x-amz-copy-source"


async def get_object(call: S3Call) -> Reply:
    try:
        reading, status, headers = read_object(call)
    except NotModified as same:
        return not_modified(same.stored)
    body = await body_of(reading.source)
    if not isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % reading.length))
    return Reply(body, status=status, headers=tuple(headers))


async def head_object(call: S3Call) -> Reply:
    """As GetObject, a range included: so a real bucket was seen to answer."""
    try:
        reading, status, headers = read_object(call)
    except NotModified as same:
        return not_modified(same.stored)
    reading.source.close()
    headers.append((b"content-length", b"%d" % reading.length))
    return Reply(b"", status=status, headers=tuple(headers))


def read_object(call: S3Call) -> tuple[Reading, int, Headers]:
    """The reading that is asked for, to be closed, and what an answer says of it."""
    wanted = range_of(call.headers.get("range"))
    part = part_number(call)
    bucket = call.bucket
    reading = bucket.get(
        call.key,
        conditions_of(call.headers),
        wanted,
        part=part,
        ssec=customer_key(call.headers, SSE),
    )
    try:
        headers = shown_headers(call, bucket, reading.stored, part, whole=wanted is None)
    except BaseException:
        reading.source.close()
        raise
    if wanted is None and part is None:
        return reading, 200, headers
    shown = content_range(reading.offset, reading.length, reading.stored.size)
    headers.append((b"content-range", shown))
    return reading, 206, headers


async def put_object(call: S3Call) -> Reply:
    check_encryption(call.headers)
    make_bucket_if_asked(call)
    key_bytes(call.key)
    attributes, conditions = attributes_of(call.headers), conditions_of(call.headers)
    received = await receive_content(call, algorithm=asked_algorithm(call))
    # The bucket as it is now: it may have gone while the content came.
    stored = await call.r2.keep(
        received.content,
        lambda: call.bucket.put(
            call.key, received.content, attributes, conditions, received.checksum
        ),
    )
    headers = [
        (b"etag", quoted(stored.etag)),
        *checksum_headers(stored),
        *ssec_headers(stored.ssec),
    ]
    return Reply(b"", headers=tuple(headers))


async def delete_object(call: S3Call) -> Reply:
    await call.r2.commit(lambda: call.bucket.delete(call.key), brief=True)
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


def make_bucket_if_asked(call: S3Call) -> None:
    """https://developers.cloudflare.com/r2/api/s3/extensions/#cf-create-bucket-if-missing"""
    try:
        call.bucket  # noqa: B018  # which raises where there is none
    except NoSuchBucket:
        if call.headers.get("cf-create-bucket-if-missing") != "true":
            raise
        call.r2.create_bucket(call.bucket_name, call.address.jurisdiction)


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


def shown_headers(
    call: S3Call, bucket: BucketStore, stored: StoredObject, part: int | None, *, whole: bool
) -> Headers:
    overrides = call.params if b"response-" in call.request.scope["query_string"] else {}
    headers = object_headers(stored, overrides)
    headers += expiration_headers(bucket, stored)
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
