"""The users of one project and their identities."""

from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from sqlite3 import Row

import orjson

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.standins.supabase.models import Identity, Json, User, merged

COLUMNS = [item.name for item in fields(User)]
DOCUMENTS = {"app_metadata", "user_metadata"}
FLAGS = {"email_change_confirmed", "is_anonymous"}
EMAIL = "email"

SAVE = f"""
INSERT INTO users ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
"""
IDENTIFY = """
INSERT INTO identities (id, user_id, provider, data, created_at, updated_at, last_sign_in_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (user_id, provider) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
"""
MATCHING = """
(? = '' OR instr(email, ?) > 0
 OR instr(lower(json_extract(user_metadata, '$.full_name')), lower(?)) > 0)
"""


class Users:
    """Knows no rules but that an address belongs to one user."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def new(
        self, email: str, user_metadata: Json | None = None, user_id: str | None = None
    ) -> User:
        """A user that has not been saved yet."""
        now = self._clock.now()
        return User(user_id or self._ids.uuid(), now, now, email, user_metadata=user_metadata or {})

    def save(self, user: User) -> User:
        """Keep the user as it is now; `updated_at` follows."""
        user = replace(user, updated_at=self._clock.now())
        self._database.execute(SAVE, [stored(value) for value in astuple(user)])
        return user

    def by_id(self, user_id: str) -> User | None:
        return self._found("id = ?", user_id)

    def by_email(self, email: str) -> User | None:
        return self._found("email = ? AND email <> ''", email)

    def page(
        self, number: int, size: int, *, text: str = "", oldest_first: bool = False
    ) -> list[User]:
        """One page of them, the newest first unless told otherwise; `text` narrows them down."""
        order = "ASC" if oldest_first else "DESC"
        rows = self._database.all(
            f"SELECT * FROM users WHERE {MATCHING} ORDER BY created_at {order}, id {order}"
            " LIMIT ? OFFSET ?",
            (text, text, text, size, (number - 1) * size),
        )
        return [user_of(row) for row in rows]

    def count(self, text: str = "") -> int:
        row = self._database.one(f"SELECT count(*) FROM users WHERE {MATCHING}", (text, text, text))
        return int(row[0]) if row else 0

    def mark(self) -> tuple[int, float]:
        """Differs whenever a user has come, changed or gone."""
        row = self._database.one("SELECT count(*), coalesce(max(updated_at), 0) FROM users")
        return (int(row[0]), float(row[1])) if row else (0, 0.0)

    def changed_since(self, time: float) -> list[User]:
        """Those saved then or later."""
        rows = self._database.all("SELECT * FROM users WHERE updated_at >= ?", (time,))
        return [user_of(row) for row in rows]

    def ids(self) -> list[str]:
        return [str(row["id"]) for row in self._database.all("SELECT id FROM users")]

    def delete(self, user_id: str) -> None:
        """The user, and with it sessions, identities and whatever was mailed."""
        self._database.execute("DELETE FROM users WHERE id = ?", (user_id,))

    def identities(self, user_id: str) -> Sequence[Identity]:
        rows = self._database.all("SELECT * FROM identities WHERE user_id = ?", (user_id,))
        return [Identity(**{**dict(row), "data": orjson.loads(row["data"])}) for row in rows]

    def identify(self, user: User, *, verified: bool, data: Json | None = None) -> None:
        """The user's identity by e-mail is its address of now, verified or not."""
        now = self._clock.now()
        known = next((item.data for item in self.identities(user.id)), {"phone_verified": False})
        facts = {EMAIL: user.email, "email_verified": verified, "sub": user.id}
        document = orjson.dumps(merged({**(data or {}), **known}, facts)).decode()
        values = (self._ids.uuid(), user.id, EMAIL, document, now, now, now)
        self._database.execute(IDENTIFY, values)

    def unidentify(self, user_id: str) -> None:
        self._database.execute("DELETE FROM identities WHERE user_id = ?", (user_id,))

    def _found(self, where: str, value: str) -> User | None:
        row = self._database.one(f"SELECT * FROM users WHERE {where}", (value,))
        return user_of(row) if row else None


def stored(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def user_of(row: Row) -> User:
    values = dict(row)
    values.update({name: orjson.loads(values[name]) for name in DOCUMENTS})
    values.update({name: bool(values[name]) for name in FLAGS})
    return User(**values)
