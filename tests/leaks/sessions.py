"""A small API with users and cookie sessions of its own, careful but for the faults it is given.

It is careful, too, when it wraps a session with a name that it does not believe (`wrapped`), gives
tokens besides (`tokens`), or shows one its own session (`echoes`).
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.leaks.serving import served

ROUTES = """
POST /notes
GET /notes
GET /notes/:id
DELETE /notes/:id
"""
ACCOUNT = {"email": "{email}", "password": "{password}"}
SIGN_IN: dict[str, Any] = {
    "sign_up": {"request": "POST /register", "body": ACCOUNT},
    "sign_in": {"request": "POST /login", "body": ACCOUNT, "token": "token"},
    "header": "X-Api-Key",
    "sign_out": {"request": "POST /logout"},
    "remove": {"request": "DELETE /users/{id}"},
    "id": "user.id",
}
Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Sessions:
    """`kept` are notes, `users` passwords by id, `open` users by session and `tokens` by token."""

    faults: Collection[str] = ()
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def answer(self, method: str, target: str, headers: Any, body: dict[str, str]) -> Answer:
        parts = urlsplit(target)
        if parts.path == "/register":
            user = f"user-{secrets.token_hex(6)}"
            self.users[user] = body
            return 201, {"user": {"id": user}}, {}
        if parts.path == "/login":
            return self.login(body)
        cookies = cookies_of(headers.get("cookie") or "")
        user = self.user_of(cookies, headers.get("x-api-key") or "")
        if not user:
            return 302, None, {"location": "/login"}
        if parts.path == "/logout":
            if "endless" not in self.faults:
                self.open.pop(cookies.get("session", ""), None)
                self.tokens.pop(headers.get("x-api-key") or "", None)
            return 204, None, {"set-cookie": "session=; Max-Age=0"}
        if parts.path == f"/users/{user}":
            del self.users[user]
            return 204, None, {}
        claimed = parse_qs(parts.query).get("user_id", [user])[0]
        shown = cookies.get("account", user) if "second cookie" in self.faults else user
        shown = claimed if "claimed" in self.faults and claimed != user else shown
        also = self.tokens.get(headers.get("x-api-key") or "", "") if "two" in self.faults else ""
        status, told = self.notes(method, parts.path, (user, also), shown, body)
        if "echoes" in self.faults:
            told |= {"session": cookies.get("session")}
        return status, told, {}

    def login(self, body: dict[str, str]) -> Answer:
        user = next((id for id, one in self.users.items() if one == body), "")
        if not user:
            return 401, {"error": "who?"}, {}
        session = secrets.token_urlsafe(18)
        if "base64" in self.faults:
            session = b64encode(user.encode()).decode()
        if "unsigned" in self.faults or "wrapped" in self.faults:
            session = b64encode(json.dumps({"user": user, "n": session}).encode()).decode()
        self.open[session] = user
        told: dict[str, Any] = {"user": {"id": user}}
        if "tokens" in self.faults:
            told["token"] = f"key-{secrets.token_hex(8)}"
            self.tokens[told["token"]] = user
        # Two headers of one name.
        cookies = f"session={session}; Path=/; HttpOnly\r\nset-cookie: account={user}"
        return 200, told, {"set-cookie": cookies}

    def user_of(self, cookies: dict[str, str], key: str) -> str:
        session = cookies.get("session", "")
        try:
            if "base64" in self.faults:
                found = b64decode(session).decode()
            elif "unsigned" in self.faults:
                found = str(json.loads(b64decode(session))["user"])
            elif "wrapped" in self.faults:
                found = self.session_of(str(json.loads(b64decode(session))["n"]))
            else:
                found = self.open.get(session, "")
        except (ValueError, KeyError, TypeError):
            found = ""
        return found if found in self.users else self.tokens.get(key, "")

    def session_of(self, number: str) -> str:
        wrapped = ((json.loads(b64decode(one))["n"], user) for one, user in self.open.items())
        return next((user for known, user in wrapped if known == number), "")

    def notes(
        self, method: str, path: str, users: tuple[str, str], shown: str, body: dict[str, str]
    ) -> tuple[int, Any]:
        id = path.removeprefix("/notes").removeprefix("/")
        if not id and method == "POST":
            note = {"id": secrets.token_hex(6), "owner": users[0], "text": body.get("text", "")}
            self.kept[note["id"]] = note
            return 201, note
        if not id:
            return 200, {"notes": [one for one in self.kept.values() if one["owner"] == shown]}
        note = self.kept.get(id, {})
        if note.get("owner", "nobody") not in users:
            return 404, {"error": "no such note"}
        if method == "DELETE":
            del self.kept[id]
        return 200, note


def cookies_of(text: str) -> dict[str, str]:
    try:
        return {name: one.value for name, one in SimpleCookie(text).items()}
    except CookieError:
        return {}


@contextmanager
def running(*faults: str) -> Iterator[Sessions]:
    api = Sessions(faults)

    with served(api.answer) as api.url:
        yield api
