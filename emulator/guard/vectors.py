"""Whose vectors a query of Vectorize may find: is it bound to a namespace or to an owner?"""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.guard.owners_found import PERSONS, TENANTS

OWNERS = frozenset((*PERSONS, *TENANTS))


def is_owner_key(name: str) -> bool:
    """Whether a metadata's name says that it is the owner: `userId`, `account_id`, …"""
    return name.lower().replace("_", "") in OWNERS


def is_bound(query: Mapping[str, Any], owner_keys: Iterable[str]) -> bool:
    """By its namespace, or by a filter that names values of an owner's key."""
    if query.get("namespace"):
        return True
    conditions = query.get("filter")
    if not isinstance(conditions, Mapping):
        return False
    return any(names_values(conditions[key]) for key in owner_keys if key in conditions)


def names_values(condition: Any) -> bool:
    """A value or several, not a range and not all but some."""
    if not isinstance(condition, Mapping):
        return condition is not None
    return condition.get("$eq") is not None or bool(condition.get("$in"))


def shown(query: Mapping[str, Any]) -> dict[str, Any]:
    """What a finding tells of a query: all but its numbers."""
    return {name: value for name, value in query.items() if name != "vector"}
