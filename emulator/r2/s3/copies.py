"""Copies within an account, and what they are given beside the content."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from emulator.r2.bucket import BucketStore
from emulator.r2.errors import (
    InvalidArgument,
    InvalidObjectName,
    InvalidRequest,
    NotImplementedByR2,
)
from emulator.r2.models import Attributes, StoredObject
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.headers import (
    SSE,
    attributes_of,
    check_encryption,
    conditions_of,
    customer_key,
    iso_date,
    ssec_headers,
    storage_class_of,
)
from emulator.r2.s3.objects import SOURCE, XML, make_bucket_if_asked
from emulator.r2.s3.xml import document, leaf
from emulator.wire.reply import Reply

DESTINATION = "cf-copy-destination-"


async def copy_object(call: S3Call) -> Reply:
    check_encryption(call.headers)
    make_bucket_if_asked(call)
    source, source_key = copy_source(call)
    edit = edit_of(call)
    if source is call.bucket and source_key == call.key and not changes_something(call):
        raise InvalidRequest(
            reason="This copy request is illegal because it is trying to copy an object to itself"
            " without changing the object's metadata, storage class, website redirect location"
            " or encryption attributes."
        )
    source_conditions = conditions_of(call.headers, f"{SOURCE}-")
    conditions = conditions_of(call.headers, DESTINATION)
    source_ssec = customer_key(call.headers, f"{SOURCE}-server-side-encryption")
    stored = await call.r2.commit(
        lambda: call.bucket.copy(
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
