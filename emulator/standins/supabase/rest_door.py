"""`/rest/v1/…` at the project's gateway: the API key, the token, the body, the answer."""

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from emulator.core.errors import BodyTooLarge
from emulator.standins.supabase.database import ProjectDatabase
from emulator.standins.supabase.errors import BadJwt
from emulator.standins.supabase.mirror import Mirror
from emulator.standins.supabase.project import REST, Project
from emulator.standins.supabase.rest.answering import Answer, refusal
from emulator.standins.supabase.rest.errors import RestError, bad_token, body_too_large
from emulator.standins.supabase.rest.preferences import parse_preferences
from emulator.standins.supabase.rest.requests import Claims, RestRequest, target
from emulator.standins.supabase.rest.service import Rest
from emulator.standins.supabase.tokens import EXPIRED, TOO_EARLY
from emulator.wire.body import ClientGone, read_body

MAX_BODY_BYTES = 50 * 1024 * 1024
CLIENT_CLOSED_REQUEST = 499
TOKEN_CODES = {EXPIRED: ("PGRST303", "JWT expired"), TOO_EARLY: ("PGRST303", "JWT not yet valid")}
UNREADABLE = ("PGRST301", "No suitable key or wrong key type")

log = logging.getLogger("cftwin.supabase")


class RestDoor:
    """One project's tables and functions. The gateway has looked at the API key."""

    def __init__(self, project: Project, database: ProjectDatabase) -> None:
        self._project = project
        self._rest = Rest(database.open_for_rest, Mirror(project.users, database).update)

    def close(self) -> None:
        self._rest.close()

    async def answer(self, request: Request) -> Response:
        try:
            return rendered(await self._rest.answer(await self._read(request)))
        except RestError as error:
            return rendered(refusal(error))
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path[:200])
            return rendered(refusal(RestError(500, "XX000", "Unexpected failure of the twin")))

    async def _read(self, request: Request) -> RestRequest:
        raw_path = request.scope["raw_path"].partition(REST.encode())[2]
        name, is_call = target(raw_path)
        headers = {key.lower(): value for key, value in request.headers.items()}
        preferences = parse_preferences(request.headers.getlist("prefer"))
        claims = claims_of(self._project, request)
        try:
            body = await read_body(request.receive, MAX_BODY_BYTES)
        except BodyTooLarge:
            raise body_too_large(MAX_BODY_BYTES) from None
        return RestRequest(
            request.method,
            name,
            is_call,
            request.scope["query_string"],
            without_secrets(headers),
            body,
            preferences,
            claims,
        )


def claims_of(project: Project, request: Request) -> Claims:
    """What the bearer token says, else the API key. Raises as PostgREST words it."""
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        token = request.headers.get("apikey") or request.query_params.get("apikey") or ""
    try:
        return project.access.claims(token.strip())
    except BadJwt as error:
        reason = str(error)
        found = next((TOKEN_CODES[one] for one in TOKEN_CODES if one in reason), UNREADABLE)
        raise bad_token(*found) from None


def without_secrets(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in headers.items() if key not in ("authorization", "apikey")}


def rendered(answer: Answer) -> Response:
    return Response(answer.body.encode(), answer.status, answer.headers)
