"""People who use the API: each with an account, a token and an address of their own."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.jobmatch.contract import route_of
from tests.jobmatch.target import SECONDS, Target

PASSWORD = "Correct-Horse-7-Battery"
# Route and status of every answer in a test.
Seen = set[tuple[str | None, int]]
Json = dict[str, Any]

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
    id: str = ""
    email: str = ""
    token: str = ""
    address: str = field(default_factory=fresh_address)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        own = {"cf-connecting-ip": self.address}
        if self.token:
            own["authorization"] = f"Bearer {self.token}"
        headers = own | options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

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


class People:
    """Makes them, and remembers what they were answered."""

    def __init__(self, target: Target, seen: Seen) -> None:
        self.target = target
        self._auth = httpx.Client(timeout=SECONDS, trust_env=False)
        self._client = target.client()
        self._client.event_hooks = {"response": [noting(seen)]}

    def anyone(self) -> Person:
        return Person(self.target, self._client)

    def new(self, name: str = "anna", **app_metadata: Any) -> Person:
        """Somebody who has just signed up; with metadata, by an administrator."""
        email = f"{name}-{secrets.token_hex(6)}@example.com"
        if app_metadata:
            self._administer(email, app_metadata)
        path = "token?grant_type=password" if app_metadata else "signup"
        session = self._asked(path, {"email": email, "password": PASSWORD}, self.target.anon_key)
        user = session["user"]["id"]
        return Person(self.target, self._client, user, email, session["access_token"])

    def again(self, person: Person) -> Person:
        """The same one, by another session."""
        body = {"email": person.email, "password": PASSWORD}
        session = self._asked("token?grant_type=password", body, self.target.anon_key)
        return Person(self.target, self._client, person.id, person.email, session["access_token"])

    def _administer(self, email: str, app_metadata: Json) -> None:
        assert self.target.service_key is not None
        new = {"email": email, "password": PASSWORD, "email_confirm": True}
        self._asked("admin/users", {**new, "app_metadata": app_metadata}, self.target.service_key)

    def _asked(self, path: str, body: Json, key: str) -> Json:
        headers = {"apikey": key, "authorization": f"Bearer {key}"}
        url = f"{self.target.supabase}/auth/v1/{path}"
        answer = self._auth.post(url, json=body, headers=headers).raise_for_status()
        found: Json = answer.json()
        return found

    def close(self) -> None:
        self._client.close()
        self._auth.close()


def noting(seen: Seen) -> Callable[[httpx.Response], None]:
    def note(response: httpx.Response) -> None:
        path = response.request.url.raw_path.decode().partition("?")[0]
        seen.add((route_of(response.request.method, path), response.status_code))

    return note
