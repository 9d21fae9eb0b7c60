"""What `wrangler dev` asks the API before it bridges: a session, then a preview of its bindings.

wrangler uploads a Worker of its own that only passes calls on. The twin keeps the names of its
bindings and throws the code away: what that Worker would do is in `binding.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from emulator.bridge.errors import BridgeOff
from emulator.bridge.sessions import Json, Sessions
from emulator.core.errors import NotImplementedHere
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import MEGABYTE, Handler, Route

WORKERS = "/accounts/{account_id}/workers"
SCRIPT = f"{WORKERS}/scripts/{{script_name}}"
WRITE = "workers:write"
# wrangler's own Worker has 0.1 MB.
MAX_PREVIEW_BYTES = 10 * MEGABYTE
SESSION = b"cf-preview-upload-config-token"
CLIENT = "remote-bindings/"
SUBDOMAIN = "workers.subdomain.get"
# No host has a name with it: wrangler fails to set the host of its requests, says nothing, and
# keeps the one it has, 127.0.0.1 (wrangler 4.164).
NO_NAME = "^"

# The bindings of an upload, checked as those of a deployment are.
Uploaded = Callable[[Call, str], Sequence[Json]]


async def open_session(sessions: Sessions, call: Call) -> Reply:
    return ok({"token": sessions.open(call.account.id)})


async def put_preview(sessions: Sessions, uploaded: Uploaded, call: Call) -> Reply:
    script = call.params["script_name"]
    bindings = list(uploaded(call, script))
    if any("raw" not in binding and binding["type"] != "service" for binding in bindings):
        # 4.125 and older ask for that session as for one of remote bindings.
        raise NotImplementedHere(operation="wrangler dev --remote")
    token = sessions.preview(call.account.id, call.header(SESSION), script, bindings)
    return ok({"preview_token": token})


async def refuse_remote(call: Call) -> Reply:
    raise NotImplementedHere(operation="wrangler dev --remote")


async def say_off(call: Call) -> Reply:
    raise BridgeOff()


def routes(sessions: Sessions, uploaded: Uploaded) -> tuple[Route, ...]:
    return table(partial(open_session, sessions), partial(put_preview, sessions, uploaded))


def routes_when_off() -> tuple[Route, ...]:
    return table(say_off, say_off)


def table(session: Handler, preview: Handler) -> tuple[Route, ...]:
    return (
        Route(
            "GET", f"{WORKERS}/subdomain/edge-preview", "workers.preview.session", session, WRITE
        ),
        Route(
            "POST",
            f"{SCRIPT}/edge-preview",
            "workers.preview.create",
            preview,
            WRITE,
            max_body_bytes=MAX_PREVIEW_BYTES,
        ),
        Route(
            "GET",
            f"{SCRIPT}/subdomain/edge-preview",
            "workers.preview.remote",
            refuse_remote,
            WRITE,
        ),
    )


def led_home(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes, of which that of the subdomain leads wrangler's bridge to 127.0.0.1."""
    return tuple(
        replace(route, handler=partial(get_subdomain, route.handler))
        if route.name == SUBDOMAIN
        else route
        for route in routes
    )


async def get_subdomain(inner: Handler, call: Call) -> Reply:
    if (call.header(b"user-agent") or "").startswith(CLIENT):
        return ok({"subdomain": NO_NAME})
    return await inner(call)
