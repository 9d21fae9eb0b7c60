"""The project's application: Supabase's gateway (API keys, CORS), and Auth behind it.

What Supabase has besides Auth is refused by name.
"""

import hmac
import logging
import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.standins.supabase import admin_rest, auth_rest
from emulator.standins.supabase.answers import API_VERSION, answer, failure, refusal
from emulator.standins.supabase.auth_rest import Handler
from emulator.standins.supabase.call import AUTH, read_call
from emulator.standins.supabase.errors import AuthError, NotImplementedInTwin
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.storage.rest import METHODS as STORAGE_METHODS
from emulator.standins.supabase.storage.rest import STORAGE
from emulator.standins.supabase.tables import Tables, rest_route
from emulator.wire.body import ClientGone, Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send

# What a browser opens, and what anybody checks tokens with, needs no API key.
OPEN = frozenset({"/verify", "/authorize", "/.well-known/jwks.json"})
METHODS = ["GET", "PUT", "PATCH", "POST", "DELETE"]
EXPOSED = (
    "x-total-count",
    "link",
    API_VERSION,
    "content-range",
    "content-profile",
    "location",
    "preference-applied",
    "proxy-status",
)
MISSING_KEY = {
    "message": "No API key found in request",
    "hint": "No `apikey` request header or url param was found.",
}
WRONG_KEY = {
    "message": "Invalid API key",
    "hint": "Double check your Supabase `anon` or `service_role` API key.",
}
CLIENT_CLOSED_REQUEST = 499

Endpoint = Callable[[Request], Awaitable[Response]]

log = logging.getLogger("cftwin.supabase")


class App:
    """One account's project behind HTTP. `close` when the account is emptied."""

    def __init__(self, project: Project, tables: Tables | None = None) -> None:
        self._project = project
        self.tables = tables
        cors = Middleware(
            CORSMiddleware,
            allow_origins=("*",),
            allow_methods=("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"),
            allow_headers=("*",),
            expose_headers=EXPOSED,
            max_age=3_600,
        )
        # Storage has no gateway before it: public and signed addresses need no key.
        stored = Route(STORAGE + "/{path:path}", project.storage.endpoint, methods=STORAGE_METHODS)
        # Starlette's would not match a newline, which a key may be sent with.
        stored.path_regex = re.compile(f"^{STORAGE}/(?P<path>.*)$", re.DOTALL)
        rest = [rest_route(project, tables, key_refusal)] if tables else []
        self._app = Starlette(routes=[stored, *rest, *routes(project)], middleware=[cors])
        self._app.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(dict(scope), receive, send)

    def close(self) -> None:
        self._project.close()
        if self.tables is not None:
            self.tables.close()


def routes(project: Project) -> list[BaseRoute]:
    """Auth's operations, each method and path once, and a refusal for everything else."""
    built: dict[str, dict[str, Handler]] = {}
    for method, path, handler in (*auth_rest.ROUTES, *admin_rest.ROUTES):
        built.setdefault(path, {})[method] = handler
    made: list[BaseRoute] = [
        Route(AUTH + path, endpoint(project, path, handlers), methods=list(handlers))
        for path, handlers in built.items()
    ]
    return [*made, Route("/{path:path}", endpoint(project, "", {}), methods=METHODS)]


def endpoint(project: Project, path: str, handlers: dict[str, Handler]) -> Endpoint:
    """Starlette's endpoint for one path: check the key, read the body, handle, answer."""

    async def answered(request: Request) -> Response:
        try:
            if path not in OPEN and (refused := key_refusal(project, request)) is not None:
                return refused
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise NotImplementedInTwin(
                    operation=f"Supabase's {request.method} {shown(request)}"
                )
            return await handler(await read_call(project, request))
        except AuthError as error:
            return refusal(error, request.headers)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        except Exception:
            log.exception("%s %s failed", request.method, shown(request))
            return failure(request.headers)

    return answered


def shown(request: Request) -> str:
    return request.url.path[:200]


def key_refusal(project: Project, request: Request) -> Response | None:
    """What Supabase's gateway says to a request without one of the project's two keys."""
    given = request.headers.get("apikey") or request.query_params.get("apikey")
    if not given:
        return answer(MISSING_KEY, 401)
    known = (project.keys.anon, project.keys.service_role)
    if any([hmac.compare_digest(given.encode(), key.encode()) for key in known]):
        return None
    return answer(WRONG_KEY, 401)
