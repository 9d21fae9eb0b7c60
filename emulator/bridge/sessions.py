"""Who may reach what over the bridge: sessions, and previews that name the bindings. Pure.

A session is a token that an account's client asks for; with it the client uploads, and gets a
preview token that opens the bindings of that upload. Both end after an hour, and with the twin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.bridge.errors import PreviewUnknown, SessionUnknown
from emulator.core.clock import Clock
from emulator.core.ids import Ids

# wrangler asks for new ones after 50 minutes.
SESSION_SECONDS = 3_600
# Of an account, sessions and previews each: an old one goes when a client makes yet another.
MAX_OPEN = 256
TOKEN_DIGITS = 64

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """What one upload opens: bindings by name, as the upload has them."""

    account_id: str
    script: str
    bindings: Mapping[str, Json]
    expires_at: float


class Sessions:
    """Of all accounts, in memory."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        # By account and token: when it ends.
        self._sessions: dict[str, dict[str, float]] = {}
        self._previews: dict[str, Preview] = {}
        # By account, the oldest first.
        self._tokens: dict[str, list[str]] = {}

    def open(self, account_id: str) -> str:
        """The token of a new session."""
        token = self._ids.hex(TOKEN_DIGITS)
        sessions = self._sessions.setdefault(account_id, {})
        sessions[token] = self._ends()
        if len(sessions) > MAX_OPEN:
            del sessions[next(iter(sessions))]
        return token

    def preview(
        self, account_id: str, session: str | None, script: str, bindings: list[Json]
    ) -> str:
        """The token that opens the bindings. Raises `SessionUnknown`."""
        ends = self._sessions.get(account_id, {}).get(session or "")
        if ends is None or ends <= self._clock.now():
            raise SessionUnknown()
        token = self._ids.hex(TOKEN_DIGITS)
        named = {binding["name"]: binding for binding in bindings}
        self._previews[token] = Preview(account_id, script, named, self._ends())
        tokens = self._tokens.setdefault(account_id, [])
        tokens.append(token)
        if len(tokens) > MAX_OPEN:
            del self._previews[tokens.pop(0)]
        return token

    def find(self, token: str | None) -> Preview:
        """Raises `PreviewUnknown`."""
        preview = self._previews.get(token or "")
        if preview is None or preview.expires_at <= self._clock.now():
            raise PreviewUnknown()
        return preview

    def forget(self, account_id: str) -> None:
        """The account was emptied or removed: whatever was open of it is not."""
        self._sessions.pop(account_id, None)
        for token in self._tokens.pop(account_id, ()):
            del self._previews[token]

    def _ends(self) -> float:
        return self._clock.now() + SESSION_SECONDS
