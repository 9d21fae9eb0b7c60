"""KV as Workers call it: workerd's dialect, a request for each call (`env.KV.get(…)`).

The path is the key, metadata travels in a header as JSON. Of a refusal a Worker sees the
status and its text, `KV PUT failed: 400 Invalid expiration_ttl of 10. …`; the body of it is
for people. `delete` with an array is one key `a,b` already when it comes here.
"""

from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from emulator.core.errors import BodyTooLarge, CloudflareError, NoRoute
from emulator.kv.bulk_rest import shown
from emulator.kv.errors import (
    InvalidBody,
    InvalidCacheTtl,
    InvalidExpiration,
    InvalidListLimit,
    InvalidQuery,
    InvalidType,
    MetadataNotJson,
    NamespaceNotFound,
    ValueTooLarge,
)
from emulator.kv.limits import MAX_LIST_KEYS, MAX_VALUE_BYTES, MIN_CACHE_TTL_SECONDS
from emulator.kv.models import Entry, Key
from emulator.kv.store import BRIEF_BYTES
from emulator.wire.binding import TEXT, BindingCall, Door, header_json
from emulator.wire.reply import JSON, Headers, Reply
from emulator.wire.routing import MEGABYTE

METADATA = b"cf-kv-metadata"
OCTETS: Headers = ((b"content-type", b"application/octet-stream"),)
TYPES = ("text", "json")
MAX_DIGITS = 15
# Past this a body without a length is not counted any more.
MAX_COUNTED_BYTES = 4 * 1024**3


async def handle(call: BindingCall) -> Reply:
    method, path = call.scope["method"], call.scope["raw_path"]
    if method == "GET":
        return list_keys(call) if path == b"/" else get_value(call)
    if method == "PUT":
        return await put_value(call)
    if method == "DELETE":
        return await delete_value(call)
    if method == "POST" and path == b"/bulk/get":
        return await get_values(call)
    raise NoRoute()


def get_value(call: BindingCall) -> Reply:
    call.operation = "kv.get"
    if b"cache_ttl" in call.scope["query_string"]:
        check_cache_ttl(call.query.get("cache_ttl"))
    entry = call.account.kv.get(call.binding.resource, key_of(call))
    if entry.metadata is None:
        return Reply(entry.value, headers=OCTETS)
    return Reply(entry.value, headers=(*OCTETS, (METADATA, header_json(entry.metadata.encode()))))


async def put_value(call: BindingCall) -> Reply:
    call.operation = "kv.put"
    kv, namespace_id, key = call.account.kv, call.binding.resource, key_of(call, writes=True)
    ttl_seconds = expires_at = None
    # Beyond `urlencoded=true`, which is always there.
    if b"expiration" in call.scope["query_string"]:
        query = call.query
        ttl_seconds = moment("expiration_ttl", query.get("expiration_ttl"))
        expires_at = moment("expiration", query.get("expiration"))
    metadata = metadata_of(call)
    value = await value_of(call)
    await kv.commit(
        lambda: kv.put(
            namespace_id,
            key,
            value,
            metadata=metadata,
            ttl_seconds=ttl_seconds,
            expires_at=expires_at,
        ),
        brief=len(value) <= BRIEF_BYTES,
    )
    return Reply()


async def delete_value(call: BindingCall) -> Reply:
    call.operation = "kv.delete"
    kv, namespace_id, key = call.account.kv, call.binding.resource, key_of(call, writes=True)
    await kv.commit(lambda: kv.delete(namespace_id, key), brief=True)
    return Reply()


def list_keys(call: BindingCall) -> Reply:
    call.operation = "kv.list"
    query = call.query
    prefix = query.get("prefix", "")
    if (guard := call.account.watch.guard) is not None:
        prefix = guard.prefix(call.asked, "kv", call.binding.resource, prefix)
    page = call.account.kv.list(
        call.binding.resource,
        prefix=prefix,
        limit=limit_of(query.get("key_count_limit")),
        cursor=query.get("cursor"),
    )
    answer: dict[str, object] = {
        "keys": [key_json(key) for key in page.keys],
        "list_complete": page.cursor is None,
    }
    if page.cursor is not None:
        answer["cursor"] = page.cursor
    return Reply(orjson.dumps(answer))


async def get_values(call: BindingCall) -> Reply:
    call.operation = "kv.get_bulk"
    asked = object_in(await call.body(MEGABYTE))
    keys, kind = asked.get("keys"), asked.get("type") or "text"
    if kind not in TYPES:
        raise InvalidType(type=kind)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InvalidBody(reason="keys must be an array of strings")
    if asked.get("cacheTtl") is not None:
        check_cache_ttl(str(asked["cacheTtl"]))
    call.detail = {"keys": len(keys)}
    wanted = [watched(call, key) for key in keys]
    found = call.account.kv.get_many(call.binding.resource, wanted)
    show = with_metadata if asked.get("withMetadata") else shown
    values = {
        key: None if (entry := found[name]) is None else show(entry, kind)
        for key, name in zip(keys, wanted, strict=True)
    }
    return Reply(orjson.dumps(values), headers=JSON)


def with_metadata(entry: Entry, kind: str) -> object:
    metadata = None if entry.metadata is None else orjson.Fragment(entry.metadata)
    return {"value": shown(entry, kind), "metadata": metadata}


def key_json(key: Key) -> dict[str, object]:
    """Metadata is JSON in a string, which the runtime parses."""
    row: dict[str, object] = {"name": key.name}
    if key.expires_at is not None:
        row["expiration"] = key.expires_at
    if key.metadata is not None:
        row["metadata"] = key.metadata
    return row


def key_of(call: BindingCall, *, writes: bool = False) -> str:
    """The key, whose slashes are escaped in some calls and bare in others."""
    path: bytes = call.scope["raw_path"][1:]
    try:
        key = (unquote_to_bytes(path) if b"%" in path else path).decode()
    except UnicodeDecodeError:
        raise InvalidQuery(reason="the key is not UTF-8") from None
    return watched(call, key, writes=writes)


def watched(call: BindingCall, key: str, *, writes: bool = False) -> str:
    """The key that shall be used, by whoever looks on."""
    if (guard := call.account.watch.guard) is None:
        return key
    return guard.key(call.asked, "kv", call.binding.resource, key, writes=writes)


def metadata_of(call: BindingCall) -> str | None:
    raw = call.header(METADATA)
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError as error:
        raise MetadataNotJson(reason=error) from None


async def value_of(call: BindingCall) -> bytes:
    """The value; of one that is too large only its length is kept, for the refusal."""
    length = call.length()
    if length is not None:
        if length > MAX_VALUE_BYTES:
            raise ValueTooLarge(length=length, limit=MAX_VALUE_BYTES)
        return await call.body(MAX_VALUE_BYTES)
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in call.chunks(MAX_COUNTED_BYTES):
            size += len(piece)
            if size <= MAX_VALUE_BYTES:
                pieces.append(piece)
    except BodyTooLarge:
        size = MAX_COUNTED_BYTES
    if size > MAX_VALUE_BYTES:
        raise ValueTooLarge(length=size, limit=MAX_VALUE_BYTES)
    return b"".join(pieces)


def check_cache_ttl(text: str | None) -> None:
    """Values are never cached here; a bad number of seconds is refused all the same."""
    seconds = whole(text)
    if seconds is None or seconds < MIN_CACHE_TTL_SECONDS:
        raise InvalidCacheTtl(cache_ttl=text, limit=MIN_CACHE_TTL_SECONDS)


def limit_of(text: str | None) -> int:
    if text is None:
        return MAX_LIST_KEYS
    limit = whole(text)
    if limit is None:
        raise InvalidListLimit(limit=text, rule="greater than 0")
    return limit


def moment(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    seconds = whole(text)
    if seconds is None:
        raise InvalidExpiration(
            name=name, value=text, rule="Please specify integer greater than 0."
        )
    return seconds


def whole(text: str | None) -> int | None:
    """A whole number; None for what is none."""
    digits = (text or "").removeprefix("-")
    return int(text or "") if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def object_in(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidBody(reason=error) from None
    if not isinstance(document, dict):
        raise InvalidBody(reason="not an object")
    return document


def refused(error: CloudflareError) -> Reply:
    # Of a read the runtime takes 404 for an absent key, and says nothing of an absent namespace.
    status = 400 if isinstance(error, NamespaceNotFound) else error.status
    return Reply(str(error).encode("utf-8", "replace"), status=status, headers=TEXT)


DOOR = Door(handle, refused)
