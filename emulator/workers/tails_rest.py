"""Tails over Cloudflare's API v4: the right to watch a script's log, through a WebSocket."""

from typing import Any

from pydantic import BaseModel

from emulator.core.clock import iso
from emulator.core.errors import NotImplementedHere
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import READ, SCRIPT, WORKERS, WRITE, body_of, script_in
from emulator.workers.models import Tail
from emulator.workers.shapes import Shape

# Whoever connects there knows the tail's id, which is all that opens it.
TAILS = "/_twin/tails"
KNOWN_FILTERS = {"sampling_rate", "outcome", "method", "header", "client_ip", "query"}


class NewTail(BaseModel):
    filters: list[dict[str, Any]] = []


async def create_tail(call: Call) -> Reply:
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    # wrangler sends filters, the SDKs an empty object or nothing at all.
    new = body_of(call, NewTail) if call.body.strip() else NewTail()
    for unknown in sorted({name for one in new.filters for name in one} - KNOWN_FILTERS):
        raise NotImplementedHere(operation=f"a tail's filter {unknown}")
    return ok(tail_shape(call, store.triggers.open_tail(name, new.filters)))


async def get_tail(call: Call) -> Reply:
    """The newest one: Cloudflare documents a single tail here."""
    store, name = call.account.workers, script_in(call)
    store.get_script(name)
    tails = store.triggers.tails(name)
    return ok(tail_shape(call, tails[0]) if tails else None)


async def delete_tail(call: Call) -> Reply:
    call.account.workers.triggers.close_tail(script_in(call), call.params["tail_id"])
    return ok(None)


async def list_producers(call: Call) -> Reply:
    """The scripts that name this one as their tail consumer."""
    users = call.account.workers.users(script_in(call))
    return ok(
        [
            {"producer": {"service": user.name, "environment": "production"}}
            for user, binding in users
            if binding["type"] == "tail"
        ]
    )


def tail_shape(call: Call, tail: Tail) -> Shape:
    place = f"{TAILS}/{call.account.id}/{tail.id}"
    url = f"{call.origin.replace('http', 'ws', 1)}{place}"
    return {"id": tail.id, "url": url, "expires_at": iso(tail.expires_at)}


def routes() -> tuple[Route, ...]:
    tails, consumers = f"{SCRIPT}/tails", f"{WORKERS}/tails/by-consumer/{{script_name}}"
    return (
        Route("POST", tails, "workers.tails.create", create_tail, WRITE),
        Route("GET", tails, "workers.tails.get", get_tail, READ),
        Route("DELETE", f"{tails}/{{tail_id}}", "workers.tails.delete", delete_tail, WRITE),
        Route("GET", consumers, "workers.tails.list_producers", list_producers, READ),
    )
