"""Answers without what differs by itself: ids that were sent, times, random tokens."""

import json
import re
from collections.abc import Iterator
from typing import Any

from emulator.leaks.markers import WORD
from emulator.leaks.wire import Exchange

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
LONG_NUMBER = re.compile(r"\b\d{10,}\b")


def masked(text: str, *ids: str) -> str:
    for id in sorted(filter(None, ids), key=len, reverse=True):
        text = text.replace(id, "<id>")
    for pattern, shown in ((TIME, "<time>"), (UUID, "<uuid>"), (WORD, "<word>")):
        text = pattern.sub(shown, text)
    return LONG_NUMBER.sub("<number>", text)


def shape(exchange: Exchange, *ids: str) -> str:
    """Everything that an answer says of whether something exists."""
    kind = exchange.header("content-type").partition(";")[0]
    body = masked(exchange.body.decode("utf-8", "replace"), *ids, *map(json_text, ids))
    location = masked(exchange.header("location"), *ids)
    return f"{exchange.status} {kind} {location}\n{body}"


def json_text(text: str) -> str:
    return json.dumps(text)[1:-1]


def about(exchange: Exchange, id: str) -> str:
    """What an answer tells of one thing: the objects that hold its id, or all there is."""
    try:
        told = json.loads(exchange.body)
    except ValueError:
        return shape(exchange)
    parts = sorted(json.dumps(one, sort_keys=True) for one in holders(told, id))
    return f"{exchange.status} {times_masked(' '.join(parts))}"


def times_masked(text: str) -> str:
    return LONG_NUMBER.sub("<number>", TIME.sub("<time>", text))


def holders(node: Any, id: str) -> Iterator[Any]:
    """The innermost objects that have the id as a value."""
    if isinstance(node, dict):
        if any(value == id for value in node.values()):
            yield node
            return
        for value in node.values():
            yield from holders(value, id)
    elif isinstance(node, list):
        for one in node:
            yield from holders(one, id)
