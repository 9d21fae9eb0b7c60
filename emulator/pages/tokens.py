"""The token of an upload: a JWT that names account and project, since the upload's paths do not.

wrangler looks into it, so it is a real one. PyJWT is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.pages.errors import TokenRefused

if TYPE_CHECKING:
    from jwt.types import Options

ALGORITHM = "HS256"
SECONDS = 3_600
MAX_FILES = 20_000
SECRET, SECRET_DIGITS = "upload_secret", 64


def account_in(token: str) -> str:
    """The account that a token says it is of; not yet believed. Raises `TokenRefused`."""
    import jwt

    checks: Options = {"verify_signature": False}
    try:
        return str(jwt.decode(token, options=checks)["account_id"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        raise TokenRefused(reason="the token is not of an upload") from None


class Tokens:
    """One account's, signed with a secret of its own."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def issue(self, account_id: str, project: str) -> str:
        import jwt

        payload = {
            "account_id": account_id,
            "project": project,
            "max_file_count_allowed": MAX_FILES,
            "exp": int(self._clock.now()) + SECONDS,
        }
        return jwt.encode(payload, self._secret(), algorithm=ALGORITHM)

    def check(self, token: str) -> None:
        """Raises `TokenRefused`."""
        import jwt

        # Time is the twin's.
        checks: Options = {"verify_exp": False}
        try:
            payload = jwt.decode(token, self._secret(), algorithms=[ALGORITHM], options=checks)
            expires = float(payload["exp"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise TokenRefused(reason="the token was not issued here") from None
        if self._clock.now() >= expires:
            raise TokenRefused(reason="the token has expired")

    def _secret(self) -> str:
        with self._database.transaction():
            row = self._database.one("SELECT value FROM account WHERE name = ?", (SECRET,))
            if row is not None:
                return str(row["value"])
            secret = self._ids.hex(SECRET_DIGITS)
            self._database.execute(
                "INSERT INTO account (name, value) VALUES (?, ?)", (SECRET, secret)
            )
        return secret
