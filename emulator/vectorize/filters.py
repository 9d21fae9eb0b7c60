"""Metadata filters and the values they are compared with: pure rules, no storage.

Strings are compared by their first 64 bytes, in an index and in a filter alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.vectorize.errors import InvalidFilter
from emulator.vectorize.limits import FILTER_BYTES, MAX_INDEXED_BYTES
from emulator.vectorize.models import Kind
from emulator.vectorize.validate import check_path

# As an index holds it: cut UTF-8, float64, or 0 and 1.
Indexed = bytes | float | int

EQUALITY = ("$eq", "$ne")
SETS = ("$in", "$nin")
LOWER = ("$gt", "$gte")
UPPER = ("$lt", "$lte")


@dataclass(frozen=True, slots=True)
class Condition:
    """What one property must be. `bounds` are operators of ranges with their operands.

    Without bounds: one of `values`, or with `negated` none of them. None stands for null.
    """

    path: str
    values: tuple[Any, ...] = ()
    negated: bool = False
    bounds: tuple[tuple[str, Any], ...] = ()


def conditions_of(filter: object) -> tuple[Condition, ...]:
    """The conditions of a filter, all of which must hold.

    Raises `InvalidFilter`, and `InvalidMetadataKey` for a key no metadata can have.
    """
    if not isinstance(filter, Mapping) or not filter:
        raise InvalidFilter(rule="it must be a non-empty object")
    if len(orjson.dumps(filter)) >= FILTER_BYTES:
        raise InvalidFilter(rule=f"its compact JSON must be less than {FILTER_BYTES} bytes")
    for path in filter:
        check_path(path)
    return tuple(condition_of(path, wanted) for path, wanted in filter.items())


def condition_of(path: str, wanted: object) -> Condition:
    if not isinstance(wanted, Mapping):
        return Condition(path, (scalar(wanted),))
    operators = list(wanted)
    if len(operators) == 1 and operators[0] in EQUALITY:
        [(operator, value)] = wanted.items()
        return Condition(path, (scalar(value),), negated=operator == "$ne")
    if len(operators) == 1 and operators[0] in SETS:
        [(operator, values)] = wanted.items()
        if not isinstance(values, Sequence) or isinstance(values, str):
            raise InvalidFilter(rule=f"{operator} takes an array")
        return Condition(path, tuple(map(scalar, values)), negated=operator == "$nin")
    check_range(operators)
    bounds = tuple((operator, scalar(value)) for operator, value in wanted.items())
    return Condition(path, bounds=bounds)


def check_range(operators: Sequence[str]) -> None:
    for operator in operators:
        if operator not in EQUALITY + SETS + LOWER + UPPER:
            raise InvalidFilter(rule=f"unknown operator {operator[:MAX_INDEXED_BYTES]}")
    lower = sum(operator in LOWER for operator in operators)
    upper = sum(operator in UPPER for operator in operators)
    if not operators or lower + upper < len(operators) or lower > 1 or upper > 1:
        rule = "only a lower and an upper bound can be combined on one key"
        raise InvalidFilter(rule=rule if operators else "a condition must have an operator")


def scalar(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    raise InvalidFilter(rule="a value must be a string, a number, a boolean or null")


def indexed(value: object, kind: Kind) -> Indexed | None:
    """The value as an index of this kind holds it; None if it does not."""
    if kind is Kind.STRING:
        return cut(value).encode() if isinstance(value, str) else None
    if isinstance(value, bool):
        return int(value) if kind is Kind.BOOLEAN else None
    if isinstance(value, int | float) and kind is Kind.NUMBER:
        return float(value)
    return None


def cut(text: str) -> str:
    """The longest start of the text that has at most 64 bytes."""
    if len(text) <= MAX_INDEXED_BYTES // 4:
        return text
    return text.encode()[:MAX_INDEXED_BYTES].decode("utf-8", "ignore")


def value_at(metadata: Mapping[str, Any], path: str) -> Any:
    """What lies at a path of keys joined by dots; None where nothing does."""
    value: Any = metadata
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def shown(metadata: Mapping[str, Any], covered: Sequence[tuple[str, Kind]]) -> dict[str, Any]:
    """Only what indexes hold of the metadata: these properties, strings cut."""
    kept: dict[str, Any] = {}
    for path, kind in covered:
        value = value_at(metadata, path)
        if indexed(value, kind) is not None:
            place(kept, path, cut(value) if isinstance(value, str) else value)
    return kept


def place(target: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split(".")
    for key in parents:
        # Of two indexed paths one may lead through the other only if one value is no object.
        target = target.setdefault(key, {})
    target[last] = value
