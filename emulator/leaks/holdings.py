"""What each user has: ids and keys of what was made, harvested from their own answers."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from emulator.leaks.settings import USER, Spec
from emulator.leaks.wire import Exchange

HEX = "0123456789abcdef"


class Holdings:
    """Of all users. The last of a kind is the one that is used."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], list[str]] = {}
        # By owner, kind and id, in the order in which they came.
        self._made: dict[tuple[str, str, str], None] = {}

    def add(self, owner: str, kind: str, ids: Sequence[str]) -> None:
        known = self._held.setdefault((owner, kind), [])
        known += [one for one in ids if one not in known]
        self._made.update(((owner, kind, one), None) for one in ids)

    def of(self, owner: str, kind: str) -> list[str]:
        """Of the first kind that they have, where several are named."""
        for one in kind.split(","):
            if found := self._held.get((owner, one)):
                return found
        return []

    def drop(self, owner: str, kind: str, id: str) -> None:
        """No longer of use; it may be there all the same."""
        known = self._held.get((owner, kind), [])
        if id in known:
            known.remove(id)

    def everything(self, owner: str) -> Iterator[tuple[str, str]]:
        """Kinds and ids of all that was ever made, the newest first; accounts are none of it."""
        for whose, kind, id in reversed(list(self._made)):
            if whose == owner and kind != USER:
                yield kind, id


def harvested(spec: Spec, exchange: Exchange) -> list[str]:
    """The ids that an answer tells of what the route makes; the newest last."""
    try:
        told = json.loads(exchange.body)
    except ValueError:
        return []
    if spec.id:
        found = list(at(told, spec.id.split(".")))
    else:
        found = list(first_id(told))
    # Lists begin with the newest.
    return [plain(str(one)) for one in reversed(found) if isinstance(one, str | int)]


def at(node: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands at a path; `*` is every member of a list."""
    if not path:
        yield node
    elif path[0] == "*" and isinstance(node, list):
        for one in node:
            yield from at(one, path[1:])
    elif isinstance(node, dict) and path[0] in node:
        yield from at(node[path[0]], path[1:])


def first_id(node: Any) -> Iterator[Any]:
    """The `id` that is nearest to the top."""
    level = [node]
    while level:
        for one in level:
            if isinstance(one, dict) and isinstance(one.get("id"), str | int):
                yield one["id"]
                return
        level = [below for one in level if isinstance(one, dict) for below in one.values()]


def plain(value: str) -> str:
    """Of a URL the last segment, which is a key."""
    if value.startswith(("/", "http://", "https://")):
        return unquote(value.partition("?")[0].rpartition("/")[2])
    return value


def unknown(id: str, dice: random.Random) -> str:
    """An id of the same form that nothing has; of a key, another name in the same folder."""
    folder, slash, name = id.rpartition("/")
    stem, dot, ending = name.rpartition(".") if slash else ("", "", name)
    if not dot:
        stem, ending = name, ""
    altered = re.sub("[0-9A-Za-z]", lambda sign: other(sign[0], dice), stem)
    return f"{folder}{slash}{altered}{dot}{ending}"


def other(sign: str, dice: random.Random) -> str:
    if sign.isdigit():
        return dice.choice("0123456789")
    if sign in HEX:
        return dice.choice("abcdef")
    return dice.choice("ghjkmnpqrstuvwxyz") if sign.islower() else dice.choice("GHJKMNPQRSTUVWXYZ")
