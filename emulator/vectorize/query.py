"""A query as clients spell it, and the rules that hold before anything is searched."""

from dataclasses import dataclass
from struct import error as StructError
from struct import pack
from typing import Any

import orjson

from emulator.vectorize.errors import InvalidJson, TopKTooLarge, TopKTooLargeForContent
from emulator.vectorize.filters import Condition, conditions_of
from emulator.vectorize.limits import DEFAULT_TOP_K, MAX_TOP_K, MAX_TOP_K_WITH_CONTENT
from emulator.vectorize.models import Returned
from emulator.vectorize.validate import check_id, check_namespace


@dataclass(frozen=True, slots=True)
class Query:
    """`vector` is float32 in native order; without one, that of `vector_id` is meant."""

    vector: bytes | None = None
    vector_id: str | None = None
    top_k: int = DEFAULT_TOP_K
    namespace: str | None = None
    conditions: tuple[Condition, ...] = ()
    returned: Returned = Returned.NONE
    values: bool = False


def query_of(body: bytes) -> Query:
    """The query in a JSON body. Raises `InvalidJson` and the refusals of what it holds."""
    return query_from(json_object(body))


def query_from(row: dict[str, Any]) -> Query:
    vector, vector_id = row.get("vector"), row.get("vectorId")
    if (vector is None) == (vector_id is None):
        raise InvalidJson(reason="one of vector and vectorId is required")
    filter, namespace = row.get("filter"), text(row, "namespace")
    if namespace:
        check_namespace(namespace)
    query = Query(
        None if vector is None else packed(vector),
        text(row, "vectorId"),
        top_k_of(row.get("topK", DEFAULT_TOP_K)),
        namespace or None,
        () if filter is None else conditions_of(filter),
        returned_of(row.get("returnMetadata", "none")),
        flag(row, "returnValues"),
    )
    if query.vector_id is not None:
        check_id(query.vector_id)
    check_top_k(query)
    return query


def check_top_k(query: Query) -> None:
    """Raises `TopKTooLarge` in either of its forms."""
    if query.top_k > MAX_TOP_K:
        raise TopKTooLarge(limit=MAX_TOP_K, top_k=query.top_k)
    content = query.values or query.returned is Returned.ALL
    if content and query.top_k > MAX_TOP_K_WITH_CONTENT:
        raise TopKTooLargeForContent(
            limit=MAX_TOP_K_WITH_CONTENT, top_k=query.top_k, plain_limit=MAX_TOP_K
        )


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `InvalidJson`."""
    try:
        row = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidJson(reason=error) from None
    if not isinstance(row, dict):
        raise InvalidJson(reason="expected an object")
    return row


def ids_of(body: bytes) -> list[str]:
    """The `ids` of a body. Raises `InvalidJson`."""
    ids = json_object(body).get("ids")
    if not isinstance(ids, list):
        raise InvalidJson(reason="ids: expected an array of strings")
    for number, id in enumerate(ids):
        if not isinstance(id, str):
            raise InvalidJson(reason=f"ids[{number}]: expected a string")
    return ids


def text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if not isinstance(value, str | None):
        raise InvalidJson(reason=f"{name}: expected a string")
    return value


def flag(row: dict[str, Any], name: str) -> bool:
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise InvalidJson(reason=f"{name}: expected a boolean")
    return value


def packed(vector: object) -> bytes:
    reason = "vector: expected an array of float32 numbers"
    if not isinstance(vector, list) or bool in set(map(type, vector)):
        raise InvalidJson(reason=reason)
    try:
        return pack(f"={len(vector)}f", *vector)
    except (StructError, OverflowError):
        raise InvalidJson(reason=reason) from None


def top_k_of(value: object) -> int:
    # The SDK says it is a float.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not float(value).is_integer() or not 1 <= value <= 2**32:  # type: ignore[arg-type, operator]
        raise InvalidJson(reason="topK: expected a whole number of at least 1")
    return int(value)  # type: ignore[call-overload, no-any-return]


def returned_of(value: object) -> Returned:
    """None of them is a boolean: what v1 took is refused."""
    if value not in ("none", "indexed", "all"):
        raise InvalidJson(reason="returnMetadata: expected one of none, indexed, all")
    return Returned(str(value))
