"""Supabase Auth, as far as it makes users, sessions and their ends."""

import json
import secrets
from dataclasses import replace

from emulator.leaks.actors import USERS, Actor
from emulator.leaks.declared import Json
from emulator.leaks.sign_in import SignIn
from emulator.leaks.wire import Exchange, Wire

TOLD = 200


class SignInFailed(Exception):
    """Nobody can be signed in; the text says why."""


def refused(who: str, exchange: Exchange) -> SignInFailed:
    text = exchange.body[:TOLD].decode("utf-8", "replace")
    return SignInFailed(f"{who} answered {exchange.status}: {text}")


def new_password() -> str:
    return f"Aa7-{secrets.token_urlsafe(18)}"


class SupabaseAuth:
    def __init__(self, wire: Wire, how: SignIn) -> None:
        self._wire = wire
        self._how = how

    def users(self, word: str) -> tuple[Actor, ...]:
        return tuple(self._new(name, f"{word}-{place}") for place, name in enumerate(USERS))

    def again(self, actor: Actor) -> Actor:
        asked = {"email": actor.email, "password": actor.password}
        told = self._ask("token?grant_type=password", asked)
        return replace(actor, token=told["access_token"])

    def old(self, actor: Actor) -> Actor | None:
        """Of a session that is signed out, or what was given."""
        if self._how.old:
            return replace(actor, token=self._how.old)
        ended = self.again(actor)
        self._send("POST", "logout?scope=local", {}, ended.token)
        return ended

    def remove(self, actor: Actor) -> bool:
        """Without a service key the account stays."""
        if not self._how.service_key:
            return False
        return self._send("DELETE", f"admin/users/{actor.id}", {}, self._how.service_key).is_served

    def _new(self, name: str, local: str) -> Actor:
        email, password = f"{local}@example.com", new_password()
        told = self._ask("signup", {"email": email, "password": password})
        user = told.get("user") or {}
        if "access_token" not in told:
            raise SignInFailed("sign-up gives no session: e-mail confirmation is on")
        bare = Actor(name, told["access_token"], user["id"], email, password)
        return replace(bare, header=self._how.header, scheme=self._how.scheme)

    def _ask(self, path: str, body: Json) -> Json:
        answer = self._send("POST", path, body, self._how.anon_key)
        if not answer.is_served:
            raise refused("Supabase Auth", answer)
        found: Json = json.loads(answer.body)
        return found

    def _send(self, method: str, path: str, body: Json, token: str) -> Exchange:
        key = self._how.service_key if token == self._how.service_key else self._how.anon_key
        headers = {"apikey": key, "authorization": f"Bearer {token}"}
        headers |= {"content-type": "application/json"}
        url = f"{self._how.supabase.rstrip('/')}/auth/v1/{path}"
        return self._wire.send(method, url, headers, json.dumps(body).encode())
