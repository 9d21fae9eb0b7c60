"""Vectorize as Workers call it: the bare result, or `{error, code}` (`env.INDEX.query(…)`).

What the runtime sends is v2's; of a refusal a Worker sees `VECTOR_QUERY_ERROR (code = 40006):
invalid query vector, …`. Only a 200 is a success.
"""

import asyncio
from typing import TYPE_CHECKING

import orjson

from emulator.core.errors import CloudflareError, NoRoute
from emulator.vectorize.limits import MAX_BATCH_BYTES, MAX_BATCH_OF_WORKERS
from emulator.vectorize.ndjson import Upload, batch_of
from emulator.vectorize.query import ids_of, json_object, query_from
from emulator.vectorize.rest import info_json
from emulator.vectorize.vector_rest import index_named, matches_json, vector_json, watched
from emulator.wire.binding import BindingCall, Door
from emulator.wire.reply import JSON, Reply
from emulator.wire.routing import MEGABYTE

if TYPE_CHECKING:
    from emulator.vectorize.index import IndexStore


async def handle(call: BindingCall) -> Reply:
    operation = OPERATIONS.get((call.scope["method"], call.scope["raw_path"]))
    if operation is None:
        raise NoRoute()
    name, work = operation
    call.operation = f"vectorize.{name}"
    index = await index_named(call.account.vectorize, call.binding.resource)
    return Reply(orjson.dumps(await work(call, index)))


async def insert(call: BindingCall, index: "IndexStore") -> object:
    upload = upload_of("insert", index)
    body = await call.body(MAX_BATCH_BYTES)
    return mutated(await index.commit(lambda: index.insert(batch_of(body, upload))))


async def upsert(call: BindingCall, index: "IndexStore") -> object:
    upload = upload_of("upsert", index)
    body = await call.body(MAX_BATCH_BYTES)
    return mutated(await index.commit(lambda: index.upsert(batch_of(body, upload))))


async def query(call: BindingCall, index: "IndexStore") -> object:
    row = json_object(await call.body(MEGABYTE))
    # The runtime spells `true` as "all", and leaves `false` as it is.
    if row.get("returnMetadata") is False:
        row["returnMetadata"] = "none"
    call.detail = {"dimensions": index.index.dimensions}
    return matches_json(await index.query(query_from(watched(call, index, row))))


async def get_by_ids(call: BindingCall, index: "IndexStore") -> object:
    ids = ids_of(await call.body(MEGABYTE))
    found = await asyncio.to_thread(index.get, ids)
    return [vector_json(one.item, one.values) for one in found]


async def delete_by_ids(call: BindingCall, index: "IndexStore") -> object:
    ids = ids_of(await call.body(MEGABYTE))
    return mutated(await index.commit(lambda: index.delete(ids)))


async def describe(call: BindingCall, index: "IndexStore") -> object:
    await index.catch_up()
    return info_json(index.info())


def upload_of(operation: str, index: "IndexStore") -> Upload:
    return Upload(operation, index.index.dimensions, MAX_BATCH_OF_WORKERS)


def mutated(mutation: str) -> object:
    return {"mutationId": mutation}


OPERATIONS = {
    ("POST", b"/insert"): ("insert", insert),
    ("POST", b"/upsert"): ("upsert", upsert),
    ("POST", b"/query"): ("query", query),
    ("POST", b"/getByIds"): ("get_by_ids", get_by_ids),
    ("POST", b"/deleteByIds"): ("delete_by_ids", delete_by_ids),
    ("GET", b"/info"): ("describe", describe),
}


def refused(error: CloudflareError) -> Reply:
    body = orjson.dumps({"error": str(error), "code": error.code})
    return Reply(body, status=error.status, headers=JSON)


DOOR = Door(handle, refused)
