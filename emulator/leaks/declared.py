"""Tables of `leaks.toml` as values, and what is said of those that cannot be read."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

Json = dict[str, Any]


class SettingsError(Exception):
    """The text names the key."""


def made(kind: type[Any], given: Mapping[str, Any], where: str) -> Any:
    names = {one.name for one in fields(kind)}
    if unknown := sorted(given.keys() - names):
        raise SettingsError(f"{where}: no such key: {', '.join(unknown)}")
    return kind(**given)
