"""`/rest/v1/`: the tables and functions as OpenAPI 2, as far as tools look at it."""

from typing import Any

import orjson

from emulator.standins.supabase.rest.answering import Answer
from emulator.standins.supabase.rest.catalog import Catalog, ColumnInfo, Table
from emulator.standins.supabase.rest.errors import wrong_method
from emulator.standins.supabase.rest.requests import RestRequest

TYPES = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "real": "number",
    "double precision": "number",
    "numeric": "number",
    "boolean": "boolean",
}


def description(request: RestRequest, catalog: Catalog) -> Answer:
    if not request.is_read:
        raise wrong_method(request.method)
    tables = [one for one in catalog.tables.values() if one.schema == request.schema]
    functions = sorted(name for schema, name in catalog.functions if schema == request.schema)
    paths: dict[str, Any] = {
        f"/{table.name}": {
            method: {"tags": [table.name], "responses": {"200": {"description": "OK"}}}
            for method in ("get", "post", "patch", "delete")
        }
        for table in tables
    }
    for name in functions:
        tags = {"tags": [f"(rpc) {name}"], "responses": {"200": {"description": "OK"}}}
        paths[f"/rpc/{name}"] = {"post": tags}
    document = {
        "swagger": "2.0",
        "info": {"title": "standard public schema", "description": "", "version": "twin"},
        "basePath": "/",
        "paths": paths,
        "definitions": {table.name: definition(table) for table in tables},
    }
    headers = {"content-type": "application/openapi+json; charset=utf-8"}
    body = orjson.dumps(document).decode() if request.method == "GET" else ""
    return Answer(200, headers, body)


def definition(table: Table) -> dict[str, Any]:
    columns = table.columns.values()
    required = [one.name for one in columns if not one.nullable and one.default is None]
    return {
        "type": "object",
        "required": required,
        "properties": {one.name: property_of(one) for one in columns},
    }


def property_of(column: ColumnInfo) -> dict[str, Any]:
    if column.type in ("json", "jsonb"):
        return {"format": column.type}
    if column.type.endswith("[]"):
        return {"format": column.type, "type": "array"}
    return {"format": column.type, "type": TYPES.get(column.type, "string")}
