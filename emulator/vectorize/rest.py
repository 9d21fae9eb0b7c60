"""Vectorize over Cloudflare's API v4: indexes and their metadata indexes.

https://developers.cloudflare.com/api/resources/vectorize/ — vectors are in `vector_rest.py`.
"""

import asyncio
from typing import Literal

from pydantic import BaseModel, StrictInt

from emulator.core.clock import iso
from emulator.vectorize import vector_rest
from emulator.vectorize.errors import InvalidConfig, InvalidJson
from emulator.vectorize.limits import PRESETS
from emulator.vectorize.models import Index, Info, Kind, Metric
from emulator.vectorize.vector_rest import INDEX, INDEXES, index_of, json_body, mutated
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route


class Config(BaseModel):
    """A preset, or dimensions and metric. [guess] a preset wins over them."""

    dimensions: StrictInt | None = None
    metric: Metric | None = None
    preset: str | None = None


class NewIndex(BaseModel):
    name: str
    config: Config
    description: str | None = None


class NewMetadataIndex(BaseModel):
    propertyName: str
    indexType: Literal["string", "number", "boolean"]


class MetadataIndexName(BaseModel):
    propertyName: str


async def list_indexes(call: Call) -> Reply:
    return ok([index_json(index) for index in call.account.vectorize.indexes()])


async def create_index(call: Call) -> Reply:
    new = parse(NewIndex, call.body, InvalidJson)
    dimensions, metric = shape_of(new.config)
    store, description = call.account.vectorize, new.description or ""
    index = await asyncio.to_thread(store.create_index, new.name, dimensions, metric, description)
    return ok(index_json(index))


async def get_index(call: Call) -> Reply:
    return ok(index_json(call.account.vectorize.get_index(call.params["index_name"])))


async def delete_index(call: Call) -> Reply:
    await asyncio.to_thread(call.account.vectorize.delete_index, call.params["index_name"])
    return ok(None)


async def get_info(call: Call) -> Reply:
    index = await index_of(call)
    await index.catch_up()
    return ok(info_json(index.info()))


def info_json(info: Info) -> dict[str, object]:
    at = info.processed_at
    return {
        "dimensions": info.dimensions,
        "vectorCount": info.vectors,
        "processedUpToDatetime": None if at is None else iso(at),
        "processedUpToMutation": info.mutation,
    }


async def create_metadata_index(call: Call) -> Reply:
    index = await index_of(call)
    new = parse(NewMetadataIndex, json_body(call), InvalidJson)
    path, kind = new.propertyName, Kind(new.indexType)
    return mutated(await index.commit(lambda: index.create_metadata_index(path, kind)))


async def list_metadata_indexes(call: Call) -> Reply:
    index = await index_of(call)
    await index.catch_up()
    rows = [{"propertyName": one.path, "indexType": one.kind} for one in index.metadata_indexes()]
    return ok({"metadataIndexes": rows})


async def delete_metadata_index(call: Call) -> Reply:
    index = await index_of(call)
    path = parse(MetadataIndexName, json_body(call), InvalidJson).propertyName
    return mutated(await index.commit(lambda: index.delete_metadata_index(path)))


def shape_of(config: Config) -> tuple[int, Metric]:
    """Dimensions and metric of an index to be made. Raises `InvalidConfig`."""
    if config.preset is not None:
        if config.preset not in PRESETS:
            raise InvalidConfig(rule=f"preset must be one of {', '.join(PRESETS)}")
        return PRESETS[config.preset]
    if config.dimensions is None or config.metric is None:
        raise InvalidConfig(rule="it must have dimensions and a metric, or a preset")
    return config.dimensions, config.metric


def index_json(index: Index) -> dict[str, object]:
    created = iso(index.created_at)
    return {
        "name": index.name,
        "description": index.description,
        "config": {"dimensions": index.dimensions, "metric": index.metric},
        "created_on": created,
        "modified_on": created,
    }


READ, WRITE = "vectorize:read", "vectorize:write"
METADATA = INDEX + "/metadata_index"

ROUTES = (
    Route("GET", INDEXES, "vectorize.indexes.list", list_indexes, READ),
    Route("POST", INDEXES, "vectorize.indexes.create", create_index, WRITE),
    Route("GET", INDEX, "vectorize.indexes.get", get_index, READ),
    Route("DELETE", INDEX, "vectorize.indexes.delete", delete_index, WRITE),
    Route("GET", INDEX + "/info", "vectorize.indexes.info", get_info, READ),
    Route(
        "POST",
        METADATA + "/create",
        "vectorize.metadata_index.create",
        create_metadata_index,
        WRITE,
    ),
    Route("GET", METADATA + "/list", "vectorize.metadata_index.list", list_metadata_indexes, READ),
    # As the API was first described.
    Route(
        "POST",
        METADATA + "/list",
        "vectorize.metadata_index.list.legacy",
        list_metadata_indexes,
        READ,
    ),
    Route(
        "POST",
        METADATA + "/delete",
        "vectorize.metadata_index.delete",
        delete_metadata_index,
        WRITE,
    ),
    *vector_rest.ROUTES,
)
