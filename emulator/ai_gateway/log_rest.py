"""The logs of a gateway, over Cloudflare's API v4.

https://developers.cloudflare.com/api/resources/ai_gateway/subresources/logs/
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.ai_gateway.errors import InvalidGateway
from emulator.ai_gateway.filters import check_filter
from emulator.ai_gateway.gateway_rest import Model, read
from emulator.ai_gateway.metadata import kept
from emulator.ai_gateway.models import Filter, GatewayRecord, Log, LogQuery, Payload, Scalar
from emulator.ai_gateway.store import GatewayStore
from emulator.ai_gateway.wording import reason_of
from emulator.core.clock import iso
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply

# Of all filters together: each is a term of one SQL expression.
MAX_FILTER_VALUES = 100
# [guess] How many logs one call deletes that does not say.
DELETED_LOGS = 10_000

SHOWN_TYPES = ("application/json", "text/event-stream", "text/plain")

# Parameters that say what a filter could, too.
PLAIN = (
    "cached success provider model model_type request_content_type response_content_type"
    " feedback".split()
)
RANGES = {
    "min_cost": ("cost", "ge"),
    "max_cost": ("cost", "le"),
    "min_duration": ("duration", "ge"),
    "max_duration": ("duration", "le"),
    "min_tokens_in": ("tokens_in", "ge"),
    "max_tokens_in": ("tokens_in", "le"),
    "min_tokens_out": ("tokens_out", "ge"),
    "max_tokens_out": ("tokens_out", "le"),
    "min_total_tokens": ("tokens", "ge"),
    "max_total_tokens": ("tokens", "le"),
    "start_date": ("created_at", "ge"),
    "end_date": ("created_at", "le"),
}


class Listing(BaseModel):
    page: Annotated[int, Field(ge=1, le=2**31)] = 1
    per_page: Annotated[int, Field(ge=5, le=50)] = 20
    meta_info: bool = False


class Deletion(BaseModel):
    limit: Annotated[int, Field(ge=1, le=2**31)] = DELETED_LOGS


class Change(BaseModel):
    model_config = ConfigDict(strict=True)

    feedback: Annotated[float, Field(ge=-1, le=1)] | None = None
    score: Annotated[float, Field(ge=0, le=100)] | None = None
    metadata: dict[str, Any] | None = None


async def list_logs(call: Call) -> Reply:
    logs, gateway = call.account.ai_gateway.logs, gateway_of(call)
    wanted = read_query(Listing, call.query)
    query = query_of(call)
    start = (wanted.page - 1) * wanted.per_page
    page = logs.page(gateway, query, start, wanted.per_page)
    info: dict[str, float] = {
        "page": wanted.page,
        "per_page": wanted.per_page,
        "count": len(page.logs),
        "total_count": page.total,
    }
    if wanted.meta_info:
        info |= logs.extremes(gateway, query)
    return ok([log_json(one) for one in page.logs], info)


async def delete_logs(call: Call) -> Reply:
    store, gateway = call.account.ai_gateway, gateway_of(call)
    limit = read_query(Deletion, call.query).limit
    query = query_of(call)
    await store.commit(lambda: store.logs.delete(gateway, query, limit))
    return ok(None)


async def get_log(call: Call) -> Reply:
    return one_log(call.account.ai_gateway, call.params["gateway_id"], call.params["log_id"])


def one_log(store: GatewayStore, gateway_id: str, log_id: str) -> Reply:
    log = store.logs.get(store.get(gateway_id), log_id)
    return ok(log_json(log) | heads_json(log))


async def change_log(call: Call) -> Reply:
    gateway_id, log_id = call.params["gateway_id"], call.params["log_id"]
    return await change_one(call.account.ai_gateway, gateway_id, log_id, call.body)


async def change_one(store: GatewayStore, gateway_id: str, log_id: str, body: bytes) -> Reply:
    gateway, change = store.get(gateway_id), read(Change, body)
    if change.feedback not in (None, -1, 0, 1):
        raise InvalidGateway(reason="Expected -1, 0 or 1, received another number (feedback)")
    metadata = None if change.metadata is None else metadata_of(change.metadata)
    feedback = None if change.feedback is None else int(change.feedback)
    await store.commit(
        lambda: store.logs.change(
            gateway,
            log_id,
            feedback=feedback,
            score=change.score,
            metadata=metadata,
        )
    )
    return ok({})


async def get_request(call: Call) -> Reply:
    logs = call.account.ai_gateway.logs
    return payload_reply(logs.payloads(gateway_of(call), call.params["log_id"])[0])


async def get_response(call: Call) -> Reply:
    logs = call.account.ai_gateway.logs
    return payload_reply(logs.payloads(gateway_of(call), call.params["log_id"])[1])


def gateway_of(call: Call) -> GatewayRecord:
    return call.account.ai_gateway.get(call.params["gateway_id"])


def read_query(model: type[Model], query: Mapping[str, str]) -> Model:
    try:
        return model.model_validate(dict(query))
    except ValidationError as error:
        raise InvalidGateway(reason=reason_of(error)) from None


def query_of(call: Call) -> LogQuery:
    """What the parameters of a list or a deletion mean. Raises `InvalidGateway`."""
    query = call.query
    filters = filters_of(call.scope["query_string"].decode("latin-1"))
    filters += [Filter(name, "eq", [query[name]]) for name in PLAIN if name in query]
    filters += [
        Filter(key, operator, [query[name]])
        for name, (key, operator) in RANGES.items()
        if name in query
    ]
    if sum(len(one.values) for one in filters) > MAX_FILTER_VALUES:
        raise InvalidGateway(reason=f"More than {MAX_FILTER_VALUES} filter values")
    direction = query.get("order_by_direction") or query.get("direction") or "desc"
    if direction not in ("asc", "desc"):
        raise InvalidGateway(
            reason=f"Invalid enum value. Expected 'asc' | 'desc', received '{direction}'"
        )
    order_by = query.get("order_by") or "created_at"
    return LogQuery(filters, query.get("search", ""), order_by, direction == "desc")


def filters_of(query_string: str) -> list[Filter]:
    """`filters`, as a JSON array or spelt with dots, as the SDKs have it."""
    pairs = parse_qsl(query_string, keep_blank_values=True)
    found: list[Filter] = []
    for name, text in pairs:
        if name == "filters":
            found += filters_of_json(text)
    keys, operators, values = (
        [text for name, text in pairs if name == f"filters.{part}"]
        for part in ("key", "operator", "value")
    )
    if len(keys) == 1 and len(operators) == 1:
        found.append(checked(keys[0], operators[0], list(values)))
    elif len(keys) == len(operators) == len(values):
        # Spelt so, nothing says which filter one of several values belongs to.
        found += [
            checked(key, operator, [value])
            for key, operator, value in zip(keys, operators, values, strict=True)
        ]
    else:
        raise InvalidGateway(reason="Each filter must have a key, an operator and one value")
    return found


def filters_of_json(text: str) -> list[Filter]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidGateway(reason="filters must be a JSON array") from None
    if not isinstance(given, list):
        raise InvalidGateway(reason="Expected array, received object (filters)")
    return [filter_of_json(one) for one in given]


def filter_of_json(one: object) -> Filter:
    if not isinstance(one, dict):
        raise InvalidGateway(reason="Expected object (filters)")
    key, operator, value = one.get("key"), one.get("operator"), one.get("value")
    if not isinstance(key, str) or not isinstance(operator, str) or "value" not in one:
        raise InvalidGateway(reason="Required (a filter's key, operator and value)")
    values = value if isinstance(value, list) else [value]
    if not all(each is None or isinstance(each, str | int | float) for each in values):
        raise InvalidGateway(reason="A filter's values are strings, numbers, booleans or null")
    return checked(key, operator, values)


def checked(key: str, operator: str, values: list[Scalar | None]) -> Filter:
    one = Filter(key, operator, values)
    check_filter(one)
    return one


def metadata_of(given: dict[str, Any]) -> dict[str, Scalar]:
    """A log's new metadata; here, where somebody listens, what cannot be kept is refused."""
    if (metadata := kept(given)) is None:
        raise InvalidGateway(reason="Expected string, number or boolean, received object")
    try:
        orjson.dumps(metadata)
    except orjson.JSONEncodeError as error:
        raise InvalidGateway(reason=f"{error} (metadata)") from None
    return metadata


def log_json(log: Log) -> dict[str, object]:
    return {
        "id": log.id,
        "created_at": iso(log.created_at),
        "provider": log.provider,
        "model": log.model,
        "model_type": log.model_type,
        "path": log.path,
        "duration": log.duration_ms,
        "status_code": log.status_code,
        "success": log.success,
        "cached": log.cached,
        "step": log.step,
        "tokens_in": log.tokens_in,
        "tokens_out": log.tokens_out,
        "cost": log.cost,
        "custom_cost": log.custom_cost,
        "metadata": log.metadata,
        "request_type": log.request_type,
        "request_content_type": log.request_content_type,
        "response_content_type": log.response_content_type,
        "event_id": log.event_id,
        "feedback": log.feedback,
        "score": log.score,
    }


def heads_json(log: Log) -> dict[str, object]:
    """What a log shows by itself and a list does not."""
    return {
        "request_size": log.request_size,
        "request_head": log.request_head,
        "request_head_complete": is_whole(log.request_head, log.request_size),
        "response_size": log.response_size,
        "response_head": log.response_head,
        "response_head_complete": is_whole(log.response_head, log.response_size),
    }


def is_whole(head: str | None, size: int) -> bool:
    return head is not None and len(head.encode()) >= size


def payload_reply(payload: Payload) -> Reply:
    """The bytes as they were; never as something that a browser would run."""
    kind = (payload.content_type or "").partition(";")[0].strip().lower()
    shown = kind if kind in SHOWN_TYPES else "application/octet-stream"
    return Reply(payload.body, headers=((b"content-type", shown.encode()),))
