"""R2's objects over Cloudflare's API v4: bytes in, bytes out, lists.

https://developers.cloudflare.com/api/resources/r2/subresources/buckets/subresources/objects/
"""

from emulator.core.errors import BodyTooLarge
from emulator.r2.address_rest import key_of, store_of
from emulator.r2.conditions import NotModified
from emulator.r2.content import Content
from emulator.r2.errors import EntityTooLarge, InvalidArgument
from emulator.r2.limits import MAX_LIST_KEYS, MAX_REST_UPLOAD_BYTES
from emulator.r2.models import STORAGE_CLASSES, Attributes, HttpMetadata, StoredObject
from emulator.r2.s3.headers import (
    Headers,
    conditions_of,
    content_headers,
    http_date,
    http_of,
    iso_date,
    quoted,
    range_of,
)
from emulator.r2.streaming import body_of, fill
from emulator.r2.validate import key_bytes
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import whole_number
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

READ, WRITE = "r2:read", "r2:write"


async def list_objects(call: Call) -> Reply:
    query = call.query
    per_page = whole_number(query, "per_page", MAX_LIST_KEYS, InvalidArgument)
    per_page = max(1, min(per_page, MAX_LIST_KEYS))
    page = store_of(call).list(
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        limit=per_page,
        start_after=query.get("start_after", ""),
        cursor=query.get("cursor"),
    )
    info: dict[str, object] = {
        "cursor": page.cursor or "",
        "is_truncated": page.cursor is not None,
        "delimited": list(page.prefixes),
        "per_page": per_page,
    }
    return ok([object_json(stored) for stored in page.objects], info)


async def get_object(call: Call) -> Reply:
    sent = headers_of(call)
    wanted = range_of(sent.get("range"))
    try:
        reading = store_of(call).get(key_of(call), conditions_of(sent), wanted)
    except NotModified as same:
        return Reply(b"", status=304, headers=((b"etag", quoted(same.stored.etag)),))
    stored = reading.stored
    headers: Headers = [
        *content_headers(stored.http, {}),
        (b"etag", quoted(stored.etag)),
        (b"last-modified", http_date(stored.uploaded_ms // 1000)),
    ]
    if wanted is not None:
        last = reading.offset + reading.length - 1
        headers.append((b"content-range", b"bytes %d-%d/%d" % (reading.offset, last, stored.size)))
    body = await body_of(reading.source)
    if not isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % reading.length))
    return Reply(body, status=200 if wanted is None else 206, headers=tuple(headers))


async def put_object(call: Call) -> Reply:
    key = key_of(call)
    # Refuse before the body has come what would be refused after it.
    store_of(call)
    key_bytes(key)
    sent = headers_of(call)
    attributes = Attributes(http_of(sent), storage_class=sent.get("cf-r2-storage-class"))
    if attributes.storage_class not in (None, *STORAGE_CLASSES):
        raise InvalidArgument(reason=f"{attributes.storage_class} is no storage class")
    content = await receive(call)
    stored = await call.account.r2.keep(
        content, lambda: store_of(call).put(key, content, attributes)
    )
    return ok(
        {
            "key": stored.key,
            "etag": stored.etag,
            "size": str(stored.size),
            "version": stored.version,
            "uploaded": iso_date(stored.uploaded_ms),
            "storage_class": stored.storage_class,
        }
    )


async def delete_object(call: Call) -> Reply:
    key = key_of(call)
    await call.account.r2.commit(lambda: store_of(call).delete(key), brief=True)
    return ok({"key": key})


async def receive(call: Call) -> Content:
    """The body as content. Nothing is left of it where this raises."""
    length = call.header(b"content-length") or "0"
    if length.isdecimal() and int(length[:18]) > MAX_REST_UPLOAD_BYTES:
        raise EntityTooLarge()
    incoming = call.account.r2.incoming()
    try:
        return await fill(call.chunks(), incoming.write, incoming.finish)
    except BodyTooLarge:
        incoming.discard()
        raise EntityTooLarge() from None
    except BaseException:
        incoming.discard()
        raise


def headers_of(call: Call) -> dict[str, str]:
    pairs = call.scope["headers"]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


def object_json(stored: StoredObject) -> dict[str, object]:
    return {
        "key": stored.key,
        "etag": stored.etag,
        "size": stored.size,
        "last_modified": iso_date(stored.uploaded_ms),
        "http_metadata": http_json(stored.http),
        "custom_metadata": dict(stored.custom),
        "ssec": stored.ssec is not None,
        "storage_class": stored.storage_class,
    }


def http_json(http: HttpMetadata) -> dict[str, str]:
    expires = http.cache_expiry_ms
    named = {
        "contentType": http.content_type,
        "contentLanguage": http.content_language,
        "contentDisposition": http.content_disposition,
        "contentEncoding": http.content_encoding,
        "cacheControl": http.cache_control,
        "cacheExpiry": None if expires is None else iso_date(expires),
    }
    return {name: value for name, value in named.items() if value is not None}


def routes(bucket: str) -> tuple[Route, ...]:
    """The routes below the path of a bucket."""
    objects = bucket + "/objects"
    key = objects + "/{object_key:path}"
    return (
        Route("GET", objects, "r2.buckets.objects.list", list_objects, READ),
        Route("GET", key, "r2.buckets.objects.get", get_object, READ),
        Route(
            "PUT",
            key,
            "r2.buckets.objects.upload",
            put_object,
            WRITE,
            stream=True,
            max_body_bytes=MAX_REST_UPLOAD_BYTES,
        ),
        Route("DELETE", key, "r2.buckets.objects.delete", delete_object, WRITE),
    )
