"""Sessions and their refresh tokens: each is good once, and a second use ends the session.

Two second uses are no theft: that of the token before the current one, whose answer the
client has lost, and those within ten seconds, of the tabs of one browser.
"""

from dataclasses import dataclass
from sqlite3 import Row

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.standins.supabase.errors import RefreshTokenNotFound, RefreshTokenUsed
from emulator.standins.supabase.models import Session

REUSE_SECONDS = 10
TOKEN_CHARACTERS = 12
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A session and the refresh token that is good for it from now on."""

    session: Session
    token: str


class Sessions:
    """The sessions of one project."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def open(self, user_id: str, method: str) -> Refreshed:
        """A new session of the user, signed in by `method`."""
        session = Session(self._ids.uuid(), user_id, method, self._clock.now())
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO sessions (id, user_id, method, created_at) VALUES (?, ?, ?, ?)",
                (session.id, user_id, method, session.created_at),
            )
            return Refreshed(session, self._issue(session.id, None))

    def get(self, session_id: str) -> Session | None:
        row = self._database.one("SELECT * FROM sessions WHERE id = ?", (session_id,))
        return Session(**dict(row)) if row else None

    def owner(self, token: str) -> str:
        """The user whose session the refresh token is of. Raises `RefreshTokenNotFound`."""
        row = self._database.one(
            "SELECT user_id FROM refresh_tokens JOIN sessions ON sessions.id = session_id"
            " WHERE token = ?",
            (token,),
        )
        if row is None:
            raise RefreshTokenNotFound()
        return str(row["user_id"])

    def refresh(self, token: str) -> Refreshed:
        """The token's session, and a new token in its place.

        Raises `RefreshTokenNotFound`, and `RefreshTokenUsed` when it was used before: then
        no token of the session is good any more.
        """
        with self._database.transaction():
            refreshed = self._refresh(token)
        if refreshed is None:
            raise RefreshTokenUsed()
        return refreshed

    def end(self, session_id: str) -> None:
        self._database.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def end_all(self, user_id: str, *, but: str = "") -> None:
        """End every session of the user, except one."""
        sql = "DELETE FROM sessions WHERE user_id = ? AND id <> ?"
        self._database.execute(sql, (user_id, but))

    def _refresh(self, token: str) -> Refreshed | None:
        row = self._row("token = ?", token)
        session = self.get(row["session_id"]) if row else None
        if row is None or session is None:
            raise RefreshTokenNotFound()
        if row["revoked"]:
            current = self._row("session_id = ? AND revoked = 0 ORDER BY number DESC", session.id)
            if current is not None and current["parent"] == token:
                return Refreshed(session, current["token"])
            if self._clock.now() > row["updated_at"] + REUSE_SECONDS:
                self._revoke("session_id = ?", session.id)
                return None
        self._revoke("token = ?", token)
        return Refreshed(session, self._issue(session.id, token))

    def _issue(self, session_id: str, parent: str | None) -> str:
        token = word(int(self._ids.hex(), 16), TOKEN_CHARACTERS)
        self._database.execute(
            "INSERT INTO refresh_tokens (token, session_id, parent, updated_at)"
            " VALUES (?, ?, ?, ?)",
            (token, session_id, parent, self._clock.now()),
        )
        return token

    def _row(self, where: str, value: str) -> Row | None:
        return self._database.one(f"SELECT * FROM refresh_tokens WHERE {where} LIMIT 1", (value,))

    def _revoke(self, where: str, value: str) -> None:
        # The moment of its first use counts, however often it is used again.
        self._database.execute(
            f"UPDATE refresh_tokens SET revoked = 1, updated_at = ? WHERE {where} AND revoked = 0",
            (self._clock.now(), value),
        )


def word(number: int, characters: int) -> str:
    """The lowest digits of the number, to the base of 36."""
    digits = []
    for _ in range(characters):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)
