"""One request to the project, as a handler sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request

from emulator.core.errors import BodyTooLarge as BodyTooLargeAtAll
from emulator.standins.supabase import forms
from emulator.standins.supabase.callers import Caller, caller_of, require_admin
from emulator.standins.supabase.errors import BodyTooLarge
from emulator.standins.supabase.models import Json
from emulator.standins.supabase.project import Project
from emulator.wire.body import read_body

MAX_BODY_BYTES = 1_048_576
AUTH = "/auth/v1"

F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True)
class Call:
    """A request with its whole body."""

    project: Project
    request: Request
    body: bytes

    def form(self, form: type[F]) -> F:
        return forms.read(form, self.body)

    @property
    def issuer(self) -> str:
        """Auth's URL as the client knows it: tokens say that they are from there."""
        headers = self.request.headers
        prefix = headers.get("x-forwarded-prefix", "")
        if prefix:
            # On the API's own listener, which has no TLS.
            host = headers.get("x-forwarded-host") or headers.get("host")
            return f"http://{host}{prefix}{AUTH}"
        return f"{self.request.scope['scheme']}://{headers.get('host')}{AUTH}"

    def redirect_to(self, first: str = "") -> str:
        """Where a link may lead back to, of what the client wishes."""
        headers, query = self.request.headers, self.request.query_params
        wanted = (first, headers.get("redirect_to", ""), query.get("redirect_to", ""))
        return self.project.redirects.allowed(*wanted, headers.get("referer", ""))

    @cached_property
    def caller(self) -> Caller:
        """The user who calls. Raises what Auth says of a bad bearer token."""
        return caller_of(self.project, self.request.headers.get("authorization", ""))

    def require_admin(self) -> None:
        require_admin(self.project, self.request.headers.get("authorization", ""))

    def page_link(self, page: int) -> str:
        """This request's path with another page, as Auth's `Link` header has it."""
        path = urlsplit(str(self.request.url)).path.rpartition(AUTH)[2]
        query: Json = {**self.request.query_params, "page": page}
        return f"{path}?{'&'.join(f'{name}={query[name]}' for name in sorted(query))}"


async def read_call(project: Project, request: Request) -> Call:
    try:
        body = await read_body(request.receive, MAX_BODY_BYTES)
    except BodyTooLargeAtAll:
        raise BodyTooLarge(limit=MAX_BODY_BYTES) from None
    return Call(project, request, body)
