"""Users, their identities and sessions, as Auth keeps them. Times are epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """One user of the project. `password` is a hash; an empty email is none."""

    id: str
    created_at: float
    updated_at: float
    email: str = ""
    role: str = "authenticated"
    app_metadata: Json = field(default_factory=dict)
    user_metadata: Json = field(default_factory=dict)
    password: str | None = None
    email_confirmed_at: float | None = None
    invited_at: float | None = None
    confirmation_sent_at: float | None = None
    recovery_sent_at: float | None = None
    email_change: str = ""
    email_change_sent_at: float | None = None
    email_change_confirmed: bool = False
    reauthentication_sent_at: float | None = None
    last_sign_in_at: float | None = None
    banned_until: float | None = None
    deleted_at: float | None = None
    is_anonymous: bool = False

    @property
    def is_confirmed(self) -> bool:
        return self.email_confirmed_at is not None

    def is_banned(self, now: float) -> bool:
        return self.banned_until is not None and now < self.banned_until


@dataclass(frozen=True, slots=True)
class Identity:
    """How a user is known to a provider; here always the provider `email`."""

    id: str
    user_id: str
    provider: str
    data: Json
    created_at: float
    updated_at: float
    last_sign_in_at: float


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in. `method` is how it was made: password, otp, anonymous, …"""

    id: str
    user_id: str
    method: str
    created_at: float


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """What a mail's link or code stands for. Of each kind a user has one."""

    hash: str
    user_id: str
    kind: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class Flow:
    """A PKCE flow begun by a client: it gets a code, and a session for code and verifier."""

    code: str
    user_id: str
    kind: str
    challenge: str
    challenge_method: str
    created_at: float


def merged(known: Mapping[str, Any], changes: Mapping[str, Any] | None) -> Json:
    """Metadata after an update: what is named changes, null removes, the rest stays."""
    removed = {key for key, value in (changes or {}).items() if value is None}
    both = {**known, **(changes or {})}
    return {key: value for key, value in both.items() if key not in removed}
