"""The project's tables: PostgreSQL and what speaks PostgREST, loaded when first asked for.

Auth works without them, and without psycopg and pgserver being installed.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.standins.standin import Place
from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.project import REST, Project

if TYPE_CHECKING:
    from emulator.standins.supabase.database import ProjectDatabase
    from emulator.standins.supabase.rest_door import RestDoor

METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"]
NOT_INSTALLED = {
    "code": "PGRST000",
    "details": "The twin's Supabase needs: pip install 'cloudflare-twin[supabase]'",
    "hint": None,
    "message": "Database connection error.",
}

KeyRefusal = Callable[[Project, Request], Response | None]


class Tables:
    """One project's database and its door, which start with the first request for either."""

    def __init__(self, project: Project, place: Place) -> None:
        self._project = project
        self._place = place
        self._database: ProjectDatabase | None = None
        self._door: RestDoor | None = None

    @property
    def database(self) -> "ProjectDatabase":
        """Raises `ImportError` where psycopg is not installed."""
        if self._database is None:
            from emulator.standins.supabase.database import database_of

            self._database = database_of(self._place)
        return self._database

    @property
    def door(self) -> "RestDoor":
        """Raises `ImportError` where psycopg is not installed."""
        if self._door is None:
            from emulator.standins.supabase.rest_door import RestDoor

            self._door = RestDoor(self._project, self.database)
        return self._door

    def close(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._database is not None:
            self._database.close()


def rest_route(project: Project, tables: Tables, key_refusal: KeyRefusal) -> Route:
    async def answered(request: Request) -> Response:
        if (refused := key_refusal(project, request)) is not None:
            return refused
        try:
            door = tables.door
        except ImportError:
            return answer(NOT_INSTALLED, 503)
        return await door.answer(request)

    route = Route(REST, answered, methods=METHODS)
    # Names may hold anything, a newline too.
    route.path_regex = re.compile(f"^{REST}(?:/.*)?$", re.DOTALL)
    return route
