"""People who use a deployment: each with an account, a token and an address of their own."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from e2e.exchanges import PERSON, Exchanges
from e2e.target import SECONDS, Json, Target

PASSWORD = "Correct-Horse-7-Battery"
ADDRESSES = count(1)
# Workers that run side by side do not use the same addresses.
NETWORK = secrets.token_bytes(2)


def fresh_address() -> str:
    """An IPv6 address that nobody has used: the limit by address is then not in the way."""
    number = next(ADDRESSES)
    return f"2001:db8:{NETWORK.hex()}::{number >> 16:x}:{number & 0xFFFF:x}"


@dataclass(frozen=True, slots=True)
class Person:
    """A client of the API. Nobody in particular without a token."""

    target: Target
    client: httpx.Client
    name: str = "anyone"
    id: str = ""
    email: str = ""
    password: str = ""
    session: Json = field(default_factory=dict)
    address: str = field(default_factory=fresh_address)

    @property
    def token(self) -> str:
        return str(self.session.get("access_token", ""))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        own: dict[str, str] = {}
        # Cloudflare's edge takes no address from its clients; the twin's does.
        if self.target.control is not None:
            own["cf-connecting-ip"] = self.address
        if self.token:
            own["authorization"] = f"Bearer {self.token}"
        headers = own | options.pop("headers", {})
        extensions = {PERSON: self.name}
        return self.client.request(method, path, headers=headers, extensions=extensions, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)


class Auth:
    """Supabase Auth, as far as it makes people and their sessions."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client = httpx.Client(timeout=SECONDS, transport=target.transport())

    def sign_up(self, email: str, password: str) -> Json:
        body = {"email": email, "password": password}
        return self._asked("POST", "signup", body, self._target.anon_key)

    def sign_in(self, email: str, password: str) -> Json:
        body = {"email": email, "password": password}
        return self._asked("POST", "token?grant_type=password", body, self._target.anon_key)

    def create(self, email: str, password: str, app_metadata: Mapping[str, Any]) -> Json:
        """By an administrator."""
        new = {"email": email, "password": password, "email_confirm": True}
        body = {**new, "app_metadata": dict(app_metadata)}
        return self._asked("POST", "admin/users", body, self._service_key)

    def delete(self, user_id: str) -> None:
        self._asked("DELETE", f"admin/users/{user_id}", {}, self._service_key)

    def close(self) -> None:
        self._client.close()

    @property
    def _service_key(self) -> str:
        assert self._target.service_key is not None
        return self._target.service_key

    def _asked(self, method: str, path: str, body: Json, key: str) -> Json:
        headers = {"apikey": key, "authorization": f"Bearer {key}"}
        url = f"{self._target.supabase}/auth/v1/{path}"
        answer = self._client.request(method, url, json=body, headers=headers).raise_for_status()
        found: Json = answer.json() if answer.content else {}
        return found


class People:
    """Makes them. What they ask and are answered is noted in the case's exchanges."""

    def __init__(self, target: Target, exchanges: Exchanges) -> None:
        self.target = target
        self.auth = Auth(target)
        self._client = target.client()
        self._client.event_hooks = exchanges.hooks

    def anyone(self) -> Person:
        return Person(self.target, self._client)

    def new(self, name: str = "anna", **app_metadata: Any) -> Person:
        """Somebody who has just signed up; with metadata, by an administrator."""
        if self.target.guard is not None:
            return self._person(name, *self.target.guard.newcomer(self.auth, name, app_metadata))
        email = f"{name}-{secrets.token_hex(6)}@example.com"
        if app_metadata:
            self.auth.create(email, PASSWORD, app_metadata)
            return self._person(name, self.auth.sign_in(email, PASSWORD), PASSWORD)
        return self._person(name, self.auth.sign_up(email, PASSWORD), PASSWORD)

    def again(self, person: Person) -> Person:
        """The same one, by another session."""
        session = self.auth.sign_in(person.email, person.password)
        return self._person(person.name, session, person.password)

    def close(self) -> None:
        self._client.close()
        self.auth.close()

    def _person(self, name: str, session: Json, password: str) -> Person:
        user = session["user"]
        return Person(self.target, self._client, name, user["id"], user["email"], password, session)
