"""KV over Cloudflare's API v4: namespaces, single values and key lists.

https://developers.cloudflare.com/api/resources/kv/ — bulk operations are in `bulk_rest.py`.
"""

from typing import Literal

import orjson
from pydantic import BaseModel

from emulator.kv import bulk_rest
from emulator.kv.errors import (
    FormFieldMissing,
    InvalidBody,
    InvalidListLimit,
    InvalidQuery,
    MetadataNotJson,
)
from emulator.kv.limits import MAX_LIST_KEYS, MAX_VALUE_BYTES, MIN_LIST_KEYS_OVER_REST
from emulator.kv.models import Key, Namespace, whole_number
from emulator.kv.store import BRIEF_BYTES
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.multipart import MalformedMultipart, is_multipart, parts_of
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Headers, Reply
from emulator.wire.routing import MEGABYTE, Route

PAGES = PageLimits(default=20, smallest=5, largest=100)
OCTETS: Headers = ((b"content-type", b"application/octet-stream"),)
# Room for a multipart body's other parts; the store holds the value itself to its limit.
MAX_VALUE_BODY_BYTES = MAX_VALUE_BYTES + MEGABYTE


class NewNamespace(BaseModel):
    """wrangler sends `mode` as well, which changes nothing that can be seen."""

    title: str = ""
    jurisdiction: Literal["eu", "fedramp", "us"] | None = None


class Renaming(BaseModel):
    title: str = ""


async def list_namespaces(call: Call) -> Reply:
    order, direction = call.query.get("order", "id"), call.query.get("direction", "asc")
    if order not in ("id", "title") or direction not in ("asc", "desc"):
        raise InvalidQuery(reason="order is id or title, direction is asc or desc")
    namespaces = sorted(
        call.account.kv.namespaces(),
        key=lambda namespace: namespace.title if order == "title" else namespace.id,
        reverse=direction == "desc",
    )
    page = page_of(namespaces, call.query, PAGES, InvalidQuery)
    return ok([namespace_json(namespace) for namespace in page.items], page.info())


async def create_namespace(call: Call) -> Reply:
    kv, new = call.account.kv, parse(NewNamespace, call.body, InvalidBody)
    namespace = await kv.commit(
        lambda: kv.create_namespace(new.title, jurisdiction=new.jurisdiction)
    )
    return ok(namespace_json(namespace))


async def get_namespace(call: Call) -> Reply:
    return ok(namespace_json(call.account.kv.get_namespace(call.params["namespace_id"])))


async def rename_namespace(call: Call) -> Reply:
    kv, namespace_id = call.account.kv, call.params["namespace_id"]
    title = parse(Renaming, call.body, InvalidBody).title
    return ok(namespace_json(await kv.commit(lambda: kv.rename_namespace(namespace_id, title))))


async def delete_namespace(call: Call) -> Reply:
    kv, namespace_id = call.account.kv, call.params["namespace_id"]
    await kv.commit(lambda: kv.delete_namespace(namespace_id))
    return ok(None)


async def list_keys(call: Call) -> Reply:
    limit = query_number(call, "limit")
    if limit is not None and limit < MIN_LIST_KEYS_OVER_REST:
        # [guess] the minimum is documented, the refusal is not known.
        raise InvalidListLimit(limit=limit, rule=f"of at least {MIN_LIST_KEYS_OVER_REST}")
    page = call.account.kv.list(
        call.params["namespace_id"],
        prefix=call.query.get("prefix", ""),
        limit=MAX_LIST_KEYS if limit is None else limit,
        cursor=call.query.get("cursor"),
    )
    info = {"count": len(page.keys), "cursor": page.cursor or ""}
    return ok([key_json(key) for key in page.keys], info)


async def get_value(call: Call) -> Reply:
    entry = call.account.kv.get(call.params["namespace_id"], call.params["key_name"])
    if entry.expires_at is None:
        return Reply(entry.value, headers=OCTETS)
    return Reply(entry.value, headers=(*OCTETS, (b"expiration", b"%d" % entry.expires_at)))


async def put_value(call: Call) -> Reply:
    kv, namespace_id, key = call.account.kv, call.params["namespace_id"], call.params["key_name"]
    value, metadata = value_and_metadata(call.body, call.header(b"content-type"))
    ttl_seconds = expires_at = None
    if call.scope["query_string"]:
        ttl_seconds = query_number(call, "expiration_ttl")
        expires_at = query_number(call, "expiration")
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
    return ok(None)


async def delete_value(call: Call) -> Reply:
    kv, namespace_id, key = call.account.kv, call.params["namespace_id"], call.params["key_name"]
    await kv.commit(lambda: kv.delete(namespace_id, key), brief=True)
    return ok(None)


async def get_metadata(call: Call) -> Reply:
    entry = call.account.kv.get(call.params["namespace_id"], call.params["key_name"])
    return ok(None if entry.metadata is None else orjson.Fragment(entry.metadata))


def value_and_metadata(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """Only multipart is taken apart; any other body is the value, JSON included."""
    if content_type is None or not is_multipart(content_type):
        return body, None
    try:
        fields = {part.name: part.data for part in parts_of(body, content_type)}
        metadata = fields.get("metadata", b"null").decode()
    except MalformedMultipart as error:
        raise InvalidBody(reason=error) from None
    except UnicodeDecodeError as error:
        raise MetadataNotJson(reason=error) from None
    if "value" not in fields:
        raise FormFieldMissing(field="value")
    return fields["value"], None if metadata.strip() == "null" else metadata


def query_number(call: Call, name: str) -> int | None:
    try:
        return whole_number(name, call.query.get(name))
    except ValueError as error:
        raise InvalidQuery(reason=error) from None


def namespace_json(namespace: Namespace) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": namespace.id,
        "title": namespace.title,
        "supports_url_encoding": True,
    }
    if namespace.jurisdiction is not None:
        shown["jurisdiction"] = namespace.jurisdiction
    return shown


def key_json(key: Key) -> dict[str, object]:
    shown: dict[str, object] = {"name": key.name}
    if key.expires_at is not None:
        shown["expiration"] = key.expires_at
    if key.metadata is not None:
        shown["metadata"] = orjson.Fragment(key.metadata)
    return shown


NAMESPACES = "/accounts/{account_id}/storage/kv/namespaces"
NAMESPACE = NAMESPACES + "/{namespace_id}"
VALUE = NAMESPACE + "/values/{key_name}"
METADATA = NAMESPACE + "/metadata/{key_name}"
READ, WRITE = "kv:read", "kv:write"

ROUTES: tuple[Route, ...] = (
    Route("GET", NAMESPACES, "kv.namespaces.list", list_namespaces, READ),
    Route("POST", NAMESPACES, "kv.namespaces.create", create_namespace, WRITE),
    Route("GET", NAMESPACE, "kv.namespaces.get", get_namespace, READ),
    Route("PUT", NAMESPACE, "kv.namespaces.update", rename_namespace, WRITE),
    Route("DELETE", NAMESPACE, "kv.namespaces.delete", delete_namespace, WRITE),
    Route("GET", NAMESPACE + "/keys", "kv.keys.list", list_keys, READ),
    Route("GET", VALUE, "kv.values.get", get_value, READ),
    Route(
        "PUT",
        VALUE,
        "kv.values.update",
        put_value,
        WRITE,
        max_body_bytes=MAX_VALUE_BODY_BYTES,
    ),
    Route("DELETE", VALUE, "kv.values.delete", delete_value, WRITE),
    Route("GET", METADATA, "kv.metadata.get", get_metadata, READ),
    *bulk_rest.routes(NAMESPACE),
)
