"""KV's bulk operations over Cloudflare's API v4: many pairs or keys in one request."""

from typing import Literal

import orjson
from pydantic import BaseModel, Field

from emulator.kv.errors import InvalidBody, NotJson
from emulator.kv.limits import MAX_BULK_BYTES
from emulator.kv.models import BulkOutcome, Entry, Pair
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route


class BulkGet(BaseModel):
    keys: list[str]
    type: Literal["text", "json"] = "text"
    with_metadata: bool = Field(default=False, alias="withMetadata")


async def put_pairs(call: Call) -> Reply:
    kv, namespace_id, body = call.account.kv, call.params["namespace_id"], call.body
    bulk = await kv.commit(lambda: kv.put_many(namespace_id, pairs_in(body)))
    call.detail = {"keys": bulk.done}
    return outcome(bulk)


async def delete_keys(call: Call) -> Reply:
    kv, namespace_id, keys = call.account.kv, call.params["namespace_id"], keys_in(call.body)
    call.detail = {"keys": len(keys)}
    return outcome(await kv.commit(lambda: kv.delete_many(namespace_id, keys)))


async def get_values(call: Call) -> Reply:
    asked = parse(BulkGet, call.body, InvalidBody)
    call.detail = {"keys": len(asked.keys)}
    entries = call.account.kv.get_many(call.params["namespace_id"], asked.keys)
    show = shown_with_metadata if asked.with_metadata else shown
    return ok(
        {
            "values": {
                key: None if entry is None else show(entry, asked.type)
                for key, entry in entries.items()
            }
        }
    )


def outcome(bulk: BulkOutcome) -> Reply:
    return ok({"successful_key_count": bulk.done, "unsuccessful_keys": list(bulk.failed)})


def shown(entry: Entry, kind: str) -> object:
    """The value as text, or as the JSON it must then be."""
    if kind == "text":
        return entry.value.decode("utf-8", "replace")
    try:
        orjson.loads(entry.value)
    except orjson.JSONDecodeError:
        raise NotJson() from None
    return orjson.Fragment(entry.value)


def shown_with_metadata(entry: Entry, kind: str) -> object:
    result: dict[str, object] = {
        "value": shown(entry, kind),
        "metadata": None if entry.metadata is None else orjson.Fragment(entry.metadata),
    }
    if entry.expires_at is not None:
        result["expiration"] = entry.expires_at
    return result


def pairs_in(body: bytes) -> list[Pair]:
    rows = json_array(body)
    try:
        return [Pair.from_json(row) for row in rows]
    except ValueError as error:
        raise InvalidBody(reason=error) from None


def keys_in(body: bytes) -> list[str]:
    keys = json_array(body)
    if not all(isinstance(key, str) for key in keys):
        raise InvalidBody(reason="a key must be a string")
    return [str(key) for key in keys]


def json_array(body: bytes) -> list[object]:
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidBody(reason=error) from None
    if not isinstance(items, list):
        raise InvalidBody(reason="not an array")
    return items


def routes(namespace: str) -> tuple[Route, ...]:
    """The bulk routes below the path of a namespace."""
    write, size = "kv:write", MAX_BULK_BYTES
    bulk = namespace + "/bulk"
    return (
        Route("PUT", bulk, "kv.bulk.update", put_pairs, write, max_body_bytes=size),
        Route("POST", bulk + "/delete", "kv.bulk.delete", delete_keys, write, max_body_bytes=size),
        Route("POST", bulk + "/get", "kv.bulk.get", get_values, "kv:read"),
        # wrangler still deletes this way.
        Route("DELETE", bulk, "kv.bulk.delete.legacy", delete_keys, write, max_body_bytes=size),
    )
