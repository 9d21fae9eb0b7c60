"""Who asks: three users, nobody, and whoever holds a token that is none."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import digest
from typing import Any

from emulator.leaks.observations import FORGED, NOBODY, OLD, OWNER, SECOND, SWAPPED, THIRD
from emulator.leaks.settings import SignIn
from emulator.leaks.wire import Exchange, Wire

USERS = (OWNER, SECOND, THIRD)
WEAK_KEYS = (b"", b"secret", b"your-256-bit-secret")
Json = dict[str, Any]


class SignInFailed(Exception):
    """Nobody can be signed in; the text says why."""


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is the column of the matrix."""

    name: str
    token: str = ""
    id: str = ""
    email: str = ""
    password: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


class Auth:
    """Supabase Auth, as far as it makes users, sessions and their ends."""

    def __init__(self, wire: Wire, how: SignIn) -> None:
        self._wire = wire
        self._how = how

    def users(self, word: str) -> tuple[Actor, ...]:
        """Three of them. Raises `SignInFailed`."""
        if self._how.tokens:
            return tuple(map(given, USERS, self._how.tokens))
        if not self._how.supabase:
            raise SignInFailed("sign_in needs supabase and anon_key, or three tokens")
        return tuple(self._new(name, f"{word}-{place}") for place, name in enumerate(USERS))

    def again(self, actor: Actor) -> Actor:
        """The same user by another session; the same actor where that is not possible."""
        if not actor.password:
            return actor
        asked = {"email": actor.email, "password": actor.password}
        told = self._ask("token?grant_type=password", asked)
        return replace(actor, token=told["access_token"])

    def old(self, actor: Actor) -> Actor:
        """A token that was good: of a session that is signed out, or one that was given."""
        if self._how.old:
            return replace(actor, name=OLD, token=self._how.old)
        if not actor.password:
            return replace(actor, name=OLD, token=tampered(actor.token, {"exp": 1}))
        ended = self.again(actor)
        self._send("POST", "logout?scope=local", {}, ended.token)
        return replace(ended, name=OLD)

    def remove(self, actor: Actor) -> bool:
        """Whether the account is gone; without a service key it stays."""
        if not self._how.service_key or not actor.password:
            return not actor.password
        return self._send("DELETE", f"admin/users/{actor.id}", {}, self._how.service_key).is_served

    def _new(self, name: str, local: str) -> Actor:
        password = f"Aa7-{secrets.token_urlsafe(18)}"
        asked = {"email": f"{local}@example.com", "password": password}
        told = self._ask("signup", asked)
        user = told.get("user") or {}
        if "access_token" not in told:
            raise SignInFailed("sign-up gives no session: e-mail confirmation is on")
        return Actor(name, told["access_token"], user["id"], asked["email"], password)

    def _ask(self, path: str, body: Json) -> Json:
        answer = self._send("POST", path, body, self._how.anon_key)
        if not answer.is_served:
            text = answer.body[:200].decode("utf-8", "replace")
            raise SignInFailed(f"Supabase Auth answered {answer.status}: {text}")
        found: Json = json.loads(answer.body)
        return found

    def _send(self, method: str, path: str, body: Json, token: str) -> Exchange:
        key = self._how.service_key if token == self._how.service_key else self._how.anon_key
        headers = {"apikey": key, "authorization": f"Bearer {token}"}
        headers |= {"content-type": "application/json"}
        url = f"{self._how.supabase.rstrip('/')}/auth/v1/{path}"
        return self._wire.send(method, url, headers, json.dumps(body).encode())


def given(name: str, token: str) -> Actor:
    claims = claims_of(token)
    return Actor(name, token, str(claims.get("sub", "")), str(claims.get("email", "")))


def bad_tokens(owner: Actor, other: Actor, old: Actor) -> Iterator[Actor]:
    """Who must be refused everywhere, each with a token that speaks of the owner."""
    yield Actor(NOBODY)
    yield replace(owner, name=FORGED, token=unsigned(owner.token))
    for key in WEAK_KEYS:
        yield replace(owner, name=FORGED, token=signed_with(owner.token, key))
    yield replace(owner, name=FORGED, token=tampered(other.token, {"sub": owner.id}))
    yield replace(owner, name=SWAPPED, token=swapped(owner.token, other.token))
    yield old


def claims_of(token: str) -> Json:
    try:
        claims = json.loads(decoded(token.split(".")[1]))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def unsigned(token: str) -> str:
    """With the algorithm `none`, and no signature."""
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload_of(token)}."


def signed_with(token: str, key: bytes) -> str:
    head = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{payload_of(token)}"
    signature = digest(key, head.encode(), sha256)
    return f"{head}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def tampered(token: str, changes: Mapping[str, Any]) -> str:
    """Other claims below the same signature."""
    parts = (token.split(".") + ["", "", ""])[:3]
    return f"{parts[0]}.{encoded({**claims_of(token), **changes})}.{parts[2]}"


def swapped(token: str, other: str) -> str:
    """The claims of one below the signature of the other."""
    return f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def payload_of(token: str) -> str:
    return (token.split(".") + ["", ""])[1]


def encoded(value: Json) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
