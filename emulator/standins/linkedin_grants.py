"""Who has signed in with LinkedIn: codes that are good once, and the tokens they become. Pure."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import TypeVar

from emulator.core.clock import Clock
from emulator.core.ids import Ids

CODE_SECONDS = 1_800
TOKEN_SECONDS = 5_184_000
# Of each kind; past that the oldest is forgotten.
MAX_KEPT = 1_000
TOKEN_DIGITS = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    sub: str
    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Code:
    client_id: str
    redirect_uri: str
    scope: str
    member: Member
    expires_at: float


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    scope: str
    member: Member
    expires_at: float


class Grants:
    """The codes and tokens of one account."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}

    def code(self, client_id: str, redirect_uri: str, scope: str, member: Member) -> str:
        """A new code for the client, to be given to the redirect."""
        value = self._ids.hex(TOKEN_DIGITS)
        expires_at = self._clock.now() + CODE_SECONDS
        kept(self._codes, value, Code(client_id, redirect_uri, scope, member, expires_at))
        return value

    def token(self, value: str, client_id: str, redirect_uri: str) -> Token | None:
        """The token that a code becomes; None where it does not, and the code is spent then too."""
        code = self._codes.pop(value, None)
        if code is None or code.expires_at <= self._clock.now():
            return None
        if (code.client_id, code.redirect_uri) != (client_id, redirect_uri):
            return None
        expires_at = self._clock.now() + TOKEN_SECONDS
        token = Token(self._ids.hex(TOKEN_DIGITS), code.scope, code.member, expires_at)
        kept(self._tokens, token.value, token)
        return token

    def find(self, value: str) -> Token | None:
        """The token, while it is good."""
        token = self._tokens.get(value)
        return token if token and token.expires_at > self._clock.now() else None


def kept(mapping: MutableMapping[str, T], key: str, value: T) -> None:
    while len(mapping) >= MAX_KEPT:
        del mapping[next(iter(mapping))]
    mapping[key] = value
