"""Who watches which script, what of it each wants to see, and what waits to be sent to him.

A trace event is a JSON object as `wrangler tail --format json` prints it. A watcher that is
slower than the script misses events, and is told how many.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Any

import orjson

MAX_WAITING = 1_000
# Bounds what one call of the tail worker may bring.
MAX_EVENTS_BYTES = 16 * 1024**2
CLIENT_IP = "cf-connecting-ip"
SELF = "self"

Json = Mapping[str, Any]
# Told an account, a script and whether somebody watches it now.
Tell = Callable[[str, str, bool], Awaitable[None]]


class Watcher:
    """One who watches a script: `address` is where he comes from, for the filter `self`."""

    def __init__(
        self, account_id: str, script: str, filters: Sequence[Json], address: str | None = None
    ) -> None:
        self.account_id = account_id
        self.script = script
        self._filters = filters
        self._address = address
        self._waiting: deque[Json] = deque()
        self._dropped = 0
        self._news = asyncio.Event()

    def offer(self, event: Json, random: Random) -> None:
        """Keep the event if it is wanted and there is room."""
        if not all(passes(event, one, random, self._address) for one in self._filters):
            return
        if len(self._waiting) >= MAX_WAITING:
            self._dropped += 1
        else:
            self._waiting.append(event)
        self._news.set()

    async def next(self) -> Json:
        """The oldest event that waits, when there is one."""
        while not self._waiting and not self._dropped:
            self._news.clear()
            await self._news.wait()
        if not self._waiting:
            dropped, self._dropped = self._dropped, 0
            return overload(self.script, dropped)
        return self._waiting.popleft()


class Watchers:
    """All who watch. Belongs to one event loop.

    `tell` is awaited before the first one of a script begins, and after the last has ended.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._by_script: dict[tuple[str, str], list[Watcher]] = {}
        self.tell: Tell | None = None

    async def subscribe(self, watcher: Watcher) -> None:
        self._by_script.setdefault((watcher.account_id, watcher.script), []).append(watcher)
        await self.renew(watcher.account_id, watcher.script)

    async def unsubscribe(self, watcher: Watcher) -> None:
        key = (watcher.account_id, watcher.script)
        self._by_script[key].remove(watcher)
        if not self._by_script[key]:
            del self._by_script[key]
            await self.renew(*key)

    async def renew(self, account_id: str, script: str) -> None:
        """Say again whether the script is watched: it may have been deployed since."""
        if self.tell is not None:
            await self.tell(account_id, script, (account_id, script) in self._by_script)

    def publish(self, account_id: str, script: str, event: Json) -> None:
        for watcher in self._by_script.get((account_id, script), ()):
            watcher.offer(event, self._random)


def overload(script: str, dropped: int) -> Json:
    """Cloudflare's notice in place of events; wrangler prints its message."""
    message = f"This tail is too slow: {dropped} events were left out."
    return {
        "outcome": "ok",
        "scriptName": script,
        "logs": [],
        "exceptions": [],
        "eventTimestamp": None,
        "event": {"type": "overload", "message": message},
    }


def passes(event: Json, one: Json, random: Random, address: str | None = None) -> bool:
    """Whether one filter lets the event through; a filter that nobody knows lets all through."""
    if isinstance(rate := one.get("sampling_rate"), int | float):
        return random.random() < rate
    if isinstance(outcomes := one.get("outcome"), list):
        return event.get("outcome") in outcomes
    if isinstance(methods := one.get("method"), list):
        return request_of(event).get("method") in methods
    if isinstance(header := one.get("header"), dict):
        return has_header(event, header)
    if isinstance(addresses := one.get("client_ip"), list):
        wanted = [address if item == SELF else item for item in addresses]
        return headers_of(event).get(CLIENT_IP) in wanted
    if isinstance(text := one.get("query"), str):
        return is_logged(event, text)
    return True


def has_header(event: Json, wanted: Json) -> bool:
    """The header is there, and has the text in it if one is given."""
    value = headers_of(event).get(str(wanted.get("key")).lower())
    return value is not None and str(wanted.get("query") or "") in value


def is_logged(event: Json, text: str) -> bool:
    """Whether a line of the log has the text."""
    return any(text in line_of(entry.get("message")) for entry in event.get("logs") or ())


def line_of(message: object) -> str:
    """What `console.log` was given, as one line."""
    parts = message if isinstance(message, list) else [message]
    return " ".join(
        part if isinstance(part, str) else orjson.dumps(part).decode() for part in parts
    )


def request_of(event: Json) -> Json:
    happened = event.get("event")
    request = happened.get("request") if isinstance(happened, dict) else None
    return request if isinstance(request, dict) else {}


def headers_of(event: Json) -> dict[str, str]:
    headers = request_of(event).get("headers")
    pairs = headers.items() if isinstance(headers, dict) else ()
    return {str(name).lower(): str(value) for name, value in pairs}
