"""The WebSocket of a tail: trace events of one script, as they happen, to one who watches.

Whoever has a tail's URL has the tail. It ends when the tail is deleted or expires, with the
script and with the account.
"""

import asyncio
from contextlib import suppress

import orjson

from emulator.core.events import Event
from emulator.twin import Twin
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send
from emulator.workers.models import Tail
from emulator.workers.tails import Watcher, Watchers
from emulator.workers.tails_rest import TAILS

PROTOCOL = "trace-v1"
NORMAL, GOING_AWAY = 1000, 1001
SWITCHING = 101
# How often it is looked whether a tail is still there.
LOOK_SECONDS = 1.0
NO_TAIL = (404, "There is no such tail, or it has expired.")
NO_PROTOCOL = (400, f"A tail speaks the subprotocol {PROTOCOL}.")


class TailSockets:
    """Every WebSocket of the API listener, of which tails are all."""

    def __init__(self, twin: Twin, watchers: Watchers) -> None:
        self._twin = twin
        self._watchers = watchers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # `websocket.connect`
        account_id, tail_id = names_in(scope["path"])
        tail = self._find(account_id, tail_id)
        if tail is None:
            await refuse(scope, send, *NO_TAIL)
        elif PROTOCOL not in (scope.get("subprotocols") or ()):
            await refuse(scope, send, *NO_PROTOCOL)
        else:
            address = (scope.get("client") or (None,))[0]
            watcher = Watcher(account_id, tail.script, tail.filters, address)
            await self._watch(watcher, tail, receive, send)

    def _find(self, account_id: str, tail_id: str) -> Tail | None:
        """The tail, if it is still open. No account is opened that there is not."""
        if all(record.id != account_id for record in self._twin.directory.accounts()):
            return None
        tails = self._twin.account(account_id).workers.triggers.tails()
        return next((tail for tail in tails if tail.id == tail_id), None)

    async def _watch(self, watcher: Watcher, tail: Tail, receive: Receive, send: Send) -> None:
        try:
            # The script runs with a tail before the client is told that it is connected.
            await self._watchers.subscribe(watcher)
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            self._record(watcher)
            work = [
                asyncio.create_task(deliver(watcher, send)),
                asyncio.create_task(gone(receive)),
                asyncio.create_task(self._ended(watcher, tail)),
            ]
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            with suppress(Exception):  # the client may be gone, which servers tell in many ways
                await send({"type": "websocket.close", "code": GOING_AWAY})
        finally:
            await self._watchers.unsubscribe(watcher)

    def _record(self, watcher: Watcher) -> None:
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                self._twin.ids.hex(16),
                "tail",
                "workers.tails.watch",
                watcher.account_id,
                "GET",
                f"{TAILS}/{watcher.account_id}",
                SWITCHING,
                None,
                0.0,
                {"script": watcher.script},
            )
        )

    async def _ended(self, watcher: Watcher, tail: Tail) -> None:
        """Until nobody may watch any more. Sees to it that a script deployed anew is watched."""
        while self._find(watcher.account_id, tail.id) is not None:
            await self._watchers.renew(watcher.account_id, watcher.script)
            await asyncio.sleep(LOOK_SECONDS)


def names_in(path: str) -> tuple[str, str]:
    """The account and the tail of a URL's path; empty ones if it is no tail's."""
    account_id, _, tail_id = path.removeprefix(f"{TAILS}/").partition("/")
    return (account_id, tail_id) if path.startswith(f"{TAILS}/") else ("", "")


async def deliver(watcher: Watcher, send: Send) -> None:
    while True:
        event = await watcher.next()
        await send({"type": "websocket.send", "text": orjson.dumps(event).decode()})


async def gone(receive: Receive) -> None:
    """Until the client goes. What it says (`{"debug": false}`) changes nothing."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def refuse(scope: Scope, send: Send, status: int, reason: str) -> None:
    """No handshake, and why, where the server can say it."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": NORMAL})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": reason.encode()})
