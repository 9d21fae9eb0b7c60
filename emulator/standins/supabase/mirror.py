"""Auth's users in the project's database: `auth.users`, which schemas refer to.

Auth keeps them itself. Before a request for the tables they are brought up to date, so foreign
keys to `auth.users` hold and triggers on it run.
"""

import asyncio
from datetime import UTC, datetime

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from emulator.standins.supabase.database import ProjectDatabase
from emulator.standins.supabase.models import User
from emulator.standins.supabase.users import Users

COLUMNS = (
    "id",
    "role",
    "email",
    "email_confirmed_at",
    "invited_at",
    "last_sign_in_at",
    "raw_app_meta_data",
    "raw_user_meta_data",
    "is_anonymous",
    "banned_until",
    "deleted_at",
    "created_at",
    "updated_at",
)
SAVE = f"""
INSERT INTO auth.users ({", ".join(COLUMNS)}) VALUES ({", ".join(["%s"] * len(COLUMNS))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}
"""
REMOVE = "DELETE FROM auth.users WHERE id <> ALL(%s)"


class Mirror:
    """Keeps `auth.users` as `users` are, in a database of the twin's own: in any other they may
    be somebody else's.
    """

    def __init__(self, users: Users, database: ProjectDatabase) -> None:
        self._users = users
        self._database = database
        self._lock = asyncio.Lock()
        self._seen: tuple[int, float] | None = None

    async def update(self) -> None:
        """Raises `psycopg.Error` where a trigger or a foreign key of the schema objects."""
        if self._users.mark() == self._seen:
            return
        async with self._lock:
            mark = self._users.mark()
            if mark != self._seen:
                since = self._seen[1] if self._seen else 0.0
                await self._write(self._users.changed_since(since), self._users.ids())
                self._seen = mark

    async def _write(self, changed: list[User], ids: list[str]) -> None:
        dsn = await self._database.open()
        if not self._database.is_own:
            return
        async with await AsyncConnection.connect(dsn) as connection:
            async with connection.cursor() as cursor:
                await cursor.execute(REMOVE.encode(), (ids,))
                await cursor.executemany(SAVE.encode(), [values(user) for user in changed])


def values(user: User) -> tuple[object, ...]:
    return (
        user.id,
        user.role,
        user.email or None,
        time(user.email_confirmed_at),
        time(user.invited_at),
        time(user.last_sign_in_at),
        Jsonb(user.app_metadata),
        Jsonb(user.user_metadata),
        user.is_anonymous,
        time(user.banned_until),
        time(user.deleted_at),
        time(user.created_at),
        time(user.updated_at),
    )


def time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
