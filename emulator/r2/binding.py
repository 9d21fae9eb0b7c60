"""R2 as Workers call it: what is wanted in JSON, the content behind it (`env.BUCKET.get(…)`).

https://developers.cloudflare.com/r2/api/workers/workers-api-reference/ — reads are GETs whose
JSON is a header's; writes are PUTs whose body begins with it. Content streams both ways.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

from emulator.core.errors import BodyTooLarge, NoRoute
from emulator.r2 import request_binding as request
from emulator.r2.answer_binding import error_headers, framed, object_json, refused
from emulator.r2.bucket import BucketStore
from emulator.r2.conditions import NotModified
from emulator.r2.content import Content
from emulator.r2.errors import (
    EntityTooLarge,
    InvalidMaxKeys,
    MalformedJson,
    PreconditionFailed,
)
from emulator.r2.limits import MAX_LIST_KEYS, MAX_UPLOAD_BYTES
from emulator.r2.models import Checksum
from emulator.r2.request_binding import Json
from emulator.r2.streaming import body_of, fill
from emulator.r2.validate import key_bytes
from emulator.wire.binding import BindingCall, Door
from emulator.wire.reply import Reply

REQUEST = b"cf-r2-request"
SIZE = b"cf-r2-metadata-size"
# A thousand keys of 1,024 bytes, each byte of them as `\u0000`, and room.
MAX_REQUEST_BYTES = 8 * 1_048_576
# [guess] R2 shortens pages that show metadata by their size; so does miniflare, at this number.
MAX_LIST_KEYS_WITH_METADATA = 100
HTTP, CUSTOM = 0, 1

Read = Callable[[BindingCall, Json], Awaitable[Reply]]
Write = Callable[[BindingCall, Json, AsyncIterator[bytes]], Awaitable[Reply]]


async def handle(call: BindingCall) -> Reply:
    if call.scope["method"] == "GET":
        document = request.document_of(call.header(REQUEST) or b"")
        read = READS.get(described(call, document))
        if read is not None:
            return await read(call, watched(call, document))
    elif call.scope["method"] == "PUT":
        head, content = await split(call)
        document = request.document_of(head)
        write = WRITES.get(described(call, document))
        if write is not None:
            return await write(call, watched(call, document), content)
    raise NoRoute()


def described(call: BindingCall, document: Json) -> str:
    """The call's method, once its event knows what it is about."""
    method = request.text(document, "method")
    call.operation = f"r2.{method}"
    call.detail = {"key": document.get("object")}
    return method


def watched(call: BindingCall, document: Json) -> Json:
    """What is asked for as it shall be done, by whoever looks on: keys may be others."""
    if (guard := call.account.watch.guard) is None:
        return document
    asked, bucket, changed = call.asked, call.binding.resource, dict(document)
    writes = call.scope["method"] == "PUT"

    def key(given: object) -> object:
        if not isinstance(given, str):
            return given
        return guard.key(asked, "r2", bucket, given, writes=writes)

    if document["method"] == "list":
        prefix = request.maybe_text(document, "prefix") or ""
        changed["prefix"] = guard.prefix(asked, "r2", bucket, prefix)
    if "object" in document:
        changed["object"] = key(document["object"])
    if isinstance(document.get("objects"), list):
        changed["objects"] = [key(one) for one in document["objects"]]
    return changed


async def split(call: BindingCall) -> tuple[bytes, AsyncIterator[bytes]]:
    """The JSON that a body begins with, and what comes behind it."""
    size_text = call.header(SIZE) or b""
    size = int(size_text) if size_text.isdigit() and len(size_text) < 10 else 0
    if not 0 < size <= MAX_REQUEST_BYTES:
        raise MalformedJson()
    length = call.length()
    if length is not None and length - size > MAX_UPLOAD_BYTES:
        raise EntityTooLarge()
    chunks = call.chunks(MAX_UPLOAD_BYTES + size)
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= size:
            break
    return bytes(head[:size]), joined(bytes(head[size:]), chunks)


async def joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in rest:
        yield chunk


def store_of(call: BindingCall) -> BucketStore:
    """The bucket as it is now. Raises `NoSuchBucket`."""
    return call.account.r2.bucket(call.binding.resource, call.binding.jurisdiction)


async def head(call: BindingCall, document: Json) -> Reply:
    return framed(object_json(store_of(call).find(request.text(document, "object"))))


async def get(call: BindingCall, document: Json) -> Reply:
    bucket, key = store_of(call), request.text(document, "object")
    conditions, wanted = request.conditions_of(document), request.range_of(document)
    ssec = request.customer_key(document)
    try:
        reading = bucket.get(key, conditions, wanted, ssec=ssec)
    except (PreconditionFailed, NotModified):
        return without_content(call, bucket, key)
    shown = object_json(reading.stored)
    shown["range"] = {"offset": reading.offset, "length": reading.length}
    return framed(shown, await body_of(reading.source), reading.length)


def without_content(call: BindingCall, bucket: BucketStore, key: str) -> Reply:
    """A condition does not hold: the Worker gets the object, which then has no body."""
    reply = framed(object_json(bucket.find(key)))
    unmet = PreconditionFailed()
    call.code = unmet.code
    return Reply(reply.body, status=unmet.status, headers=(*reply.headers, *error_headers(unmet)))


async def list_objects(call: BindingCall, document: Json) -> Reply:
    limit = request.maybe_whole(document, "limit")
    if limit is not None and not 1 <= limit <= MAX_LIST_KEYS:
        raise InvalidMaxKeys()
    include = request.numbers(document, "include")
    most = MAX_LIST_KEYS_WITH_METADATA if include else MAX_LIST_KEYS
    page = store_of(call).list(
        prefix=request.maybe_text(document, "prefix") or "",
        delimiter=request.maybe_text(document, "delimiter") or "",
        limit=min(limit or MAX_LIST_KEYS, most),
        start_after=request.maybe_text(document, "startAfter") or "",
        cursor=request.maybe_text(document, "cursor"),
    )
    answer: dict[str, object] = {
        "objects": [
            object_json(stored, http=HTTP in include, custom=CUSTOM in include)
            for stored in page.objects
        ],
        "delimitedPrefixes": list(page.prefixes),
        "truncated": page.cursor is not None,
    }
    if page.cursor is not None:
        answer["cursor"] = page.cursor
    return framed(answer)


async def put(call: BindingCall, document: Json, content: AsyncIterator[bytes]) -> Reply:
    key = request.text(document, "object")
    attributes, conditions = request.attributes_of(document), request.conditions_of(document)
    promise = request.promise_of(document)
    # Refuse before the content has come what would be refused after it.
    store_of(call)
    key_bytes(key)
    received, checksum = await receive(call, content, promise)
    stored = await call.account.r2.keep(
        received, lambda: store_of(call).put(key, received, attributes, conditions, checksum)
    )
    return told(object_json(stored))


async def delete(call: BindingCall, document: Json, content: AsyncIterator[bytes]) -> Reply:
    bucket, r2 = store_of(call), call.account.r2
    if "objects" not in document:
        key = request.text(document, "object")
        await r2.commit(lambda: bucket.delete(key), brief=True)
        return Reply()
    keys = request.texts(document, "objects")
    outcome = await r2.commit(lambda: bucket.delete_many(keys))
    for refusal in outcome.values():
        if refusal is not None:
            raise refusal
    return Reply()


async def create_upload(call: BindingCall, document: Json, content: AsyncIterator[bytes]) -> Reply:
    key, attributes = request.text(document, "object"), request.attributes_of(document)
    bucket = store_of(call)
    upload = await call.account.r2.commit(
        lambda: bucket.uploads.create(key, attributes), brief=True
    )
    return told({"uploadId": upload.id})


async def upload_part(call: BindingCall, document: Json, content: AsyncIterator[bytes]) -> Reply:
    key, upload_id = request.text(document, "object"), request.text(document, "uploadId")
    number = request.maybe_whole(document, "partNumber") or 0
    store_of(call).uploads.get(key, upload_id)
    received, _ = await receive(call, content, part=True)
    part = await call.account.r2.keep(
        received, lambda: store_of(call).uploads.put_part(key, upload_id, number, received)
    )
    return told({"etag": part.etag})


async def complete_upload(
    call: BindingCall, document: Json, content: AsyncIterator[bytes]
) -> Reply:
    key, upload_id = request.text(document, "object"), request.text(document, "uploadId")
    chosen, bucket = request.parts_of(document), store_of(call)
    stored = await call.account.r2.commit(lambda: bucket.uploads.complete(key, upload_id, chosen))
    return told(object_json(stored))


async def abort_upload(call: BindingCall, document: Json, content: AsyncIterator[bytes]) -> Reply:
    key, upload_id = request.text(document, "object"), request.text(document, "uploadId")
    bucket = store_of(call)
    await call.account.r2.commit(lambda: bucket.uploads.abort(key, upload_id))
    return Reply()


async def receive(
    call: BindingCall,
    content: AsyncIterator[bytes],
    promise: request.Promise | None = None,
    *,
    part: bool = False,
) -> tuple[Content, Checksum | None]:
    """The content, if it is what was promised, and what is kept of the promise.

    Nothing is left of it where this raises.
    """
    algorithms = [promise.algorithm] if promise else []
    incoming = call.account.r2.incoming(algorithms, part=part)
    try:
        received = await fill(content, incoming.write, incoming.finish)
        return received, promise.check(received) if promise else None
    except BodyTooLarge:
        incoming.discard()
        raise EntityTooLarge() from None
    except BaseException:
        incoming.discard()
        raise


def told(answer: Json) -> Reply:
    """The answer to a PUT is JSON alone."""
    return Reply(framed(answer).body)


READS: dict[str, Read] = {"head": head, "get": get, "list": list_objects}
WRITES: dict[str, Write] = {
    "put": put,
    "delete": delete,
    "createMultipartUpload": create_upload,
    "uploadPart": upload_part,
    "completeMultipartUpload": complete_upload,
    "abortMultipartUpload": abort_upload,
}

DOOR = Door(handle, refused)
