"""Filters of logs as SQL: a condition and its values, never a caller's text in between.

`metadata.key` and `metadata.value` match independently: a log whose key is `user` and whose
value under another key is `ada` passes a filter for both.
"""

from collections.abc import Sequence

from emulator.ai_gateway.errors import InvalidGateway
from emulator.ai_gateway.models import Filter, LogQuery, Scalar
from emulator.core.clock import parse_iso
from emulator.core.storage import Value

TEXT_OF_ENTRY = (
    "CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT) END"
)
# A filter's key -> the expression it is about.
EXPRESSIONS = {
    "id": "id",
    "created_at": "created_at",
    "request_content_type": "request_content_type",
    "response_content_type": "response_content_type",
    "request_type": "request_type",
    "success": "success",
    "cached": "cached",
    "provider": "provider",
    "model": "model",
    "model_type": "model_type",
    "cost": "cost",
    "tokens": "tokens_in + tokens_out",
    "tokens_in": "tokens_in",
    "tokens_out": "tokens_out",
    "duration": "duration",
    "feedback": "feedback",
    "event_id": "event_id",
    "metadata.key": "key",
    "metadata.value": TEXT_OF_ENTRY,
    "authentication": "authentication",
    "wholesale": "0",
    "compatibilityMode": "compat",
    "dlp_action": "NULL",
    "user_agent": "user_agent",
}
METADATA = {"metadata.key", "metadata.value"}
FLAGS = {"success", "cached", "authentication", "wholesale", "compatibilityMode"}
NUMBERS = {"cost", "tokens", "tokens_in", "tokens_out", "duration", "feedback", "created_at"}
OPERATORS = ("eq", "neq", "contains", "lt", "gt")
COMPARED = {"eq": "=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
ORDERS = (
    "created_at provider model model_type success cached cost tokens_in tokens_out duration"
    " feedback".split()
)
SEARCHED = ("id", "provider", "model", "path", "event_id", "metadata")


def where(query: LogQuery) -> tuple[str, list[Value]]:
    """The condition of a query and its values. Raises `InvalidGateway`."""
    conditions, values = ["gateway = ?"], []
    for one in query.filters:
        condition, used = condition_of(one)
        conditions.append(condition)
        values += used
    if query.search:
        hits = [f"instr(lower(coalesce({name}, '')), lower(?))" for name in SEARCHED]
        conditions.append(f"({' OR '.join(hits)})")
        values += [query.search] * len(hits)
    return " AND ".join(conditions), values


def order(query: LogQuery) -> str:
    """The order of a query; of two logs that are equal in it the newer comes first."""
    if query.order_by not in ORDERS:
        raise InvalidGateway(reason=enum_reason(ORDERS, query.order_by))
    direction = "DESC" if query.descending else "ASC"
    newest = "DESC" if query.descending or query.order_by != "created_at" else "ASC"
    return f"{query.order_by} {direction}, number {newest}"


def check_filter(one: Filter) -> None:
    """Raises `InvalidGateway` for a key or an operator that callers do not have."""
    if one.key not in EXPRESSIONS:
        raise InvalidGateway(reason=enum_reason(tuple(EXPRESSIONS), one.key))
    if one.operator not in OPERATORS:
        raise InvalidGateway(reason=enum_reason(OPERATORS, one.operator))


def condition_of(one: Filter) -> tuple[str, list[Value]]:
    """What one filter says of a log; `ge` and `le` are there for other parameters."""
    if one.key in METADATA:
        # Not to have it means that no entry has it.
        inner, values = comparison(EXPRESSIONS[one.key], positive(one))
        exists = f"EXISTS (SELECT 1 FROM json_each(logs.metadata) WHERE {inner})"
        return (f"NOT {exists}" if one.operator == "neq" else exists), values
    expression, values = comparison(EXPRESSIONS[one.key], positive(one))
    # A log that lacks the member is not equal to any value, and so passes `neq`.
    return (f"NOT coalesce({expression}, 0)" if one.operator == "neq" else expression), values


def positive(one: Filter) -> Filter:
    return Filter(one.key, "eq", one.values) if one.operator == "neq" else one


def comparison(expression: str, one: Filter) -> tuple[str, list[Value]]:
    """`expression` against any of the values."""
    parts: list[str] = []
    values: list[Value] = []
    for given in one.values:
        if given is None:
            parts.append(f"({expression}) IS NULL")
            continue
        if one.operator == "contains":
            parts.append(f"instr(lower({expression}), lower(?))")
            values.append(text_of(given))
        else:
            parts.append(f"({expression}) {COMPARED[one.operator]} ?")
            values.append(value_of(one.key, given))
    return f"({' OR '.join(parts) or '0'})", values


def value_of(key: str, given: Scalar) -> Value:
    """A filter's value in the type of its column."""
    if key in FLAGS:
        return flag(given)
    if key == "created_at" and isinstance(given, str):
        try:
            return parse_iso(given)
        except (ValueError, OverflowError):
            raise InvalidGateway(reason="Invalid datetime") from None
    if key in NUMBERS:
        return number(given)
    return text_of(given)


def flag(given: Scalar) -> int:
    words = {"true": 1, "1": 1, "false": 0, "0": 0}
    if (known := words.get(text_of(given))) is None:
        raise InvalidGateway(reason=f"Expected boolean, received {text_of(given)}")
    return known


def number(given: Scalar) -> float:
    try:
        return float(given)
    except (ValueError, OverflowError):
        raise InvalidGateway(reason=f"Expected number, received {text_of(given)}") from None


def text_of(given: Scalar) -> str:
    return str(given).lower() if isinstance(given, bool) else str(given)


def enum_reason(known: Sequence[str], given: str) -> str:
    """The refusal's text, as zod has it."""
    listed = " | ".join(f"'{name}'" for name in known)
    return f"Invalid enum value. Expected {listed}, received '{given}'"
