"""What an answer must never say or be, whatever was asked."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from emulator.leaks.wire import Exchange

MAX_TEXT = 64 * 1024
TEXTUAL = re.compile(r"(?i)json|text/|xml|^$")
# What each of them complains in, the most telling first.
OF_SEARCH = re.compile(r"fts5: |unknown special query|unterminated string|malformed MATCH")
OF_SQL = re.compile(
    r"D1_\w*ERROR|SQLITE_[A-Z]+|sqlite3\.\w+Error|near \".{0,40}\": syntax error"
    r"|no such (?:table|column)|unrecognized token|SELECTs to the left and right|incomplete input",
    re.DOTALL,
)
ENGINE = re.compile(
    r"Traceback \(most recent|File \"/[^\"]+\", line|pydantic_core"
    r"|\bat [\w.<>]* ?\(?(?:file:)?/[^\s)]+:\d+:\d+"
    r"|/(?:home|usr|app|srv|root|tmp|workspace)/[\w./-]+\.(?:py|m?js|ts)\b",
)
PAGES = re.compile(r"(?i)text/html|svg|xhtml|text/xml|application/xml")
MARKUP = "<script>cftwin("
INJECTED = "x-cftwin-injected"


def text_of(exchange: Exchange) -> str:
    if not TEXTUAL.search(exchange.header("content-type")):
        return ""
    return exchange.body[:MAX_TEXT].decode("utf-8", "replace")


def engine_text(exchange: Exchange, sent: str) -> str:
    """Words of what is behind the API, and not of the request itself."""
    text = text_of(exchange)
    if sent:
        text = text.replace(sent, "").replace(json.dumps(sent)[1:-1], "")
    found = next(filter(None, (one.search(text) for one in (OF_SEARCH, OF_SQL, ENGINE))), None)
    return found[0] if found else ""


def rule_of(engine: str) -> str:
    """Which attack an engine's complaint is the success of."""
    if OF_SEARCH.search(engine):
        return "attack/fts-syntax"
    return "attack/sql-injection" if OF_SQL.search(engine) else "attack/engine-text"


def runs_markup(exchange: Exchange) -> bool:
    """Whether a browser that opens this answer runs what was stored."""
    kind = exchange.header("content-type")
    return bool(PAGES.search(kind)) and MARKUP.encode() in exchange.body


def injected(exchange: Exchange) -> bool:
    return any(name.lower() == INJECTED for name, _ in exchange.headers)


def said(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.body)
    except ValueError:
        return None


def members(exchange: Exchange) -> frozenset[str] | None:
    """Of a JSON object; None for everything else."""
    told = said(exchange)
    return frozenset(told) if isinstance(told, dict) else None


def size(exchange: Exchange) -> tuple[int, int]:
    """How an answer differs where another number of rows was found, whatever is in them."""
    told = said(exchange)
    return exchange.status, len(exchange.body) if told is None else sum(1 for _ in objects(told))


def objects(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
        for one in node.values():
            yield from objects(one)
    elif isinstance(node, list):
        for one in node:
            yield from objects(one)


def strings(node: Any) -> Iterator[str]:
    """Every text, and those within a text that is JSON itself, as columns of D1 hold it."""
    if isinstance(node, str):
        yield node
        if node.startswith(("[", "{")):
            with suppress(ValueError, RecursionError):
                yield from strings(json.loads(node))
    elif isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from strings(one)
