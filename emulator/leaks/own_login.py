"""The API's own login: users, sessions and their ends by the requests that `leaks.toml` names."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from emulator.leaks.actors import USERS, Actor
from emulator.leaks.cookies import taken
from emulator.leaks.holdings import at
from emulator.leaks.sign_in import Login, SignIn
from emulator.leaks.supabase_auth import SignInFailed, new_password, refused
from emulator.leaks.wire import Exchange, Wire

FORM = "application/x-www-form-urlencoded"


class OwnLogin:
    def __init__(self, wire: Wire, how: SignIn, api: str) -> None:
        self._wire = wire
        self._how = how
        self._api = api.rstrip("/")

    def users(self, word: str) -> tuple[Actor, ...]:
        return tuple(self._new(name, f"{word}-{place}") for place, name in enumerate(USERS))

    def again(self, actor: Actor) -> Actor:
        return self._signed_in(actor) if self._how.sign_in else actor

    def old(self, actor: Actor) -> Actor | None:
        """Of a session that is signed out."""
        if not self._how.sign_in or not self._how.sign_out:
            return None
        ended = self._signed_in(actor)
        self._ask(ended, self._how.sign_out)
        return ended

    def remove(self, actor: Actor) -> bool:
        login = self._how.remove
        return bool(login) and self._send(actor, login).status < 400

    def _new(self, name: str, local: str) -> Actor:
        email, how = f"{local}@example.com", self._how
        bare = Actor(
            name, email=email, password=new_password(), header=how.header, scheme=how.scheme
        )
        actor = with_session(bare, how.sign_up, how.id, self._ask(bare, how.sign_up))
        if how.sign_in:
            actor = self._signed_in(actor)
        if not actor.is_signed_in:
            last = how.sign_in or how.sign_up
            where = f" and no token at {last.token}" if last.token else ", and no place of a token"
            raise SignInFailed(f"{last.request} sets no cookie{where}")
        return actor

    def _signed_in(self, actor: Actor) -> Actor:
        bare = replace(actor, token="", cookies=())
        login = self._how.sign_in
        return with_session(bare, login, self._how.id, self._ask(bare, login))

    def _ask(self, actor: Actor, login: Login) -> Exchange:
        answer = self._send(actor, login)
        if answer.status >= 400:
            raise refused(login.request, answer)
        return answer

    def _send(self, actor: Actor, login: Login) -> Exchange:
        method, _, path = login.request.partition(" ")
        told = {"email": actor.email, "password": actor.password, "id": actor.id}
        headers, body = dict(actor.headers), b""
        if login.form:
            body, kind = urlencode(filled(dict(login.form), told)).encode(), FORM
            headers["content-type"] = kind
        elif login.body is not None:
            body = json.dumps(filled(login.body, told)).encode()
            headers["content-type"] = "application/json"
        quoted = {name: quote(text, safe="") for name, text in told.items()}
        return self._wire.send(method, f"{self._api}{filled(path, quoted)}", headers, body)


def with_session(actor: Actor, login: Login, id: str, answer: Exchange) -> Actor:
    """With what an answer gives: a token, cookies, and the user's id."""
    return replace(
        actor,
        token=told_at(answer, login.token) or actor.token,
        cookies=taken(actor.cookies, answer.headers),
        id=told_at(answer, id) or actor.id,
    )


def told_at(answer: Exchange, path: str) -> str:
    """Empty where nothing stands there."""
    if not path:
        return ""
    try:
        found = list(at(json.loads(answer.body), path.split(".")))
    except ValueError:
        return ""
    return str(found[0]) if found and isinstance(found[0], str | int) else ""


def filled(value: Any, told: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(one, told) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, told) for one in value]
    if isinstance(value, str):
        for name, text in told.items():
            value = value.replace(f"{{{name}}}", text)
    return value
