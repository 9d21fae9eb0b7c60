"""The vectors of an index over Cloudflare's API v4: written, queried, fetched, listed."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from emulator.core.clock import iso
from emulator.vectorize.errors import (
    InvalidBehavior,
    InvalidCount,
    InvalidNdjson,
    NotJsonType,
    UnknownContentType,
)
from emulator.vectorize.limits import (
    DEFAULT_LIST_IDS,
    MAX_BATCH_BYTES,
    MAX_BATCH_OVER_REST,
    MAX_LIST_IDS,
)
from emulator.vectorize.models import Item, Match
from emulator.vectorize.ndjson import Upload, batch_of
from emulator.vectorize.query import ids_of, json_object, query_from
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.multipart import MalformedMultipart, is_multipart, parts_of
from emulator.wire.reply import Reply
from emulator.wire.routing import MEGABYTE, Route

if TYPE_CHECKING:
    from emulator.vectorize.index import IndexStore
    from emulator.vectorize.store import VectorizeStore
    from emulator.wire.binding import BindingCall

INDEXES = "/accounts/{account_id}/vectorize/v2/indexes"
INDEX = INDEXES + "/{index_name}"

# What uploads come as: an SDK that labels its lines as JSON is read as well.
LINES = ("application/x-ndjson", "application/ndjson", "application/json")
BEHAVIORS = ("error", "discard")


async def insert(call: Call) -> Reply:
    index = await index_of(call)
    upload = upload_of(call, "insert", index.index.dimensions)
    return mutated(await index.commit(lambda: index.insert(batch_of(lines_in(call), upload))))


async def upsert(call: Call) -> Reply:
    index = await index_of(call)
    upload = upload_of(call, "upsert", index.index.dimensions)
    return mutated(await index.commit(lambda: index.upsert(batch_of(lines_in(call), upload))))


async def query(call: Call) -> Reply:
    index = await index_of(call)
    row = watched(call, index, json_object(json_body(call)))
    call.detail = {"dimensions": index.index.dimensions}
    return ok(matches_json(await index.query(query_from(row))))


def watched(call: "Call | BindingCall", index: "IndexStore", row: dict[str, Any]) -> dict[str, Any]:
    """The query as it shall be made, by whoever looks on."""
    if (guard := call.account.watch.guard) is None:
        return row
    properties = (one.path for one in index.metadata_indexes())
    return guard.query(call.asked, index.index.name, row, properties)


async def get_by_ids(call: Call) -> Reply:
    index = await index_of(call)
    ids = ids_of(json_body(call))
    vectors = await asyncio.to_thread(index.get, ids)
    return ok([vector_json(one.item, one.values) for one in vectors])


async def delete_by_ids(call: Call) -> Reply:
    index = await index_of(call)
    ids = ids_of(json_body(call))
    return mutated(await index.commit(lambda: index.delete(ids)))


async def list_vectors(call: Call) -> Reply:
    index = await index_of(call)
    await index.catch_up()
    page = index.list_ids(count_of(call), call.query.get("cursor") or None)
    expires_at = page.expires_at
    return ok(
        {
            "count": len(page.ids),
            "totalCount": page.total,
            "isTruncated": page.cursor is not None,
            "nextCursor": page.cursor,
            "cursorExpirationTimestamp": None if expires_at is None else iso(expires_at),
            "vectors": [{"id": id} for id in page.ids],
        }
    )


async def index_of(call: Call) -> "IndexStore":
    """The index that the path names. Raises `IndexNotFound`."""
    return await index_named(call.account.vectorize, call.params["index_name"])


async def index_named(store: "VectorizeStore", name: str) -> "IndexStore":
    """The index, opened aside where it is not open yet. Raises `IndexNotFound`."""
    index = store.opened(name)
    return await asyncio.to_thread(store.index, name) if index is None else index


def mutated(mutation: str) -> Reply:
    return ok({"mutationId": mutation})


def json_body(call: Call) -> bytes:
    """The body of an operation that takes JSON and nothing else. Raises `NotJsonType`."""
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJsonType()
    return call.body


def upload_of(call: Call, operation: str, dimensions: int) -> Upload:
    """What the vectors must keep to. Raises `InvalidBehavior`, `UnknownContentType`."""
    behavior = call.query.get("unparsable-behavior", "error")
    if behavior not in BEHAVIORS:
        raise InvalidBehavior()
    content_type = call.header(b"content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in LINES and not is_multipart(content_type):
        raise UnknownContentType()
    return Upload(operation, dimensions, MAX_BATCH_OVER_REST, behavior == "discard")


def lines_in(call: Call) -> bytes:
    """The body, or its part `vectors`. Raises `InvalidNdjson`."""
    content_type = call.header(b"content-type") or ""
    if not is_multipart(content_type):
        return call.body
    try:
        parts = parts_of(call.body, content_type)
    except MalformedMultipart:
        parts = []
    for part in parts:
        if part.name == "vectors":
            return part.data
    # [guess] how a body without that part is refused.
    raise InvalidNdjson(operation=call.scope["path"].rpartition("/")[2], line=0)


def count_of(call: Call) -> int:
    """`count` of a listing. Raises `InvalidCount`."""
    text = call.query.get("count", str(DEFAULT_LIST_IDS))
    # [guess] how one that is out of bounds is refused.
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIST_IDS:
        raise InvalidCount(limit=MAX_LIST_IDS)
    return int(text)


def matches_json(matches: Sequence[Match]) -> dict[str, Any]:
    return {"count": len(matches), "matches": [match_json(match) for match in matches]}


def match_json(match: Match) -> dict[str, Any]:
    item = Item(match.id, match.namespace, match.metadata)
    return {"score": match.score, **vector_json(item, match.values)}


def vector_json(item: Item, values: Sequence[float] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"id": item.id}
    if values is not None:
        row["values"] = values
    if item.metadata is not None:
        row["metadata"] = orjson.Fragment(item.metadata)
    if item.namespace is not None:
        row["namespace"] = item.namespace
    return row


READ, WRITE = "vectorize:read", "vectorize:write"
# A multipart body's frame comes on top of its vectors.
SIZE = MAX_BATCH_BYTES + MEGABYTE

ROUTES = (
    Route(
        "POST", INDEX + "/insert", "vectorize.indexes.insert", insert, WRITE, max_body_bytes=SIZE
    ),
    Route(
        "POST", INDEX + "/upsert", "vectorize.indexes.upsert", upsert, WRITE, max_body_bytes=SIZE
    ),
    Route("POST", INDEX + "/query", "vectorize.indexes.query", query, READ),
    Route("POST", INDEX + "/get_by_ids", "vectorize.indexes.get_by_ids", get_by_ids, READ),
    Route(
        "POST", INDEX + "/delete_by_ids", "vectorize.indexes.delete_by_ids", delete_by_ids, WRITE
    ),
    Route("GET", INDEX + "/list", "vectorize.indexes.list_vectors", list_vectors, READ),
)
