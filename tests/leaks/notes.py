"""A small API of notes on a free port, with as many faults as a test wants."""

import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.types import Options

from tests.leaks.serving import Told, served

KEY = "of-the-notes-and-long-enough-for-it"
TOKENS = [jwt.encode({"sub": name}, KEY, "HS256") for name in ("anna", "ben", "cleo")]
OLD = jwt.encode({"sub": "anna", "exp": 1}, KEY, "HS256")
MEMBERS = {"title": {"type": "string"}, "text": {"type": "string"}}
BODY = {"schema": {"type": "object", "properties": MEMBERS}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/notes": {
            "get": {"parameters": [{"name": "q", "in": "query"}]},
            "post": {"requestBody": {"content": {"application/json": BODY}}},
        },
        "/notes/{id}": {"get": {}, "put": {"requestBody": {"content": {"application/json": BODY}}}},
    },
}
DOCUMENT["paths"]["/notes/{id}"]["delete"] = {}
Note = dict[str, str]


@dataclass
class Notes:
    faults: Collection[str] = ()
    kept: dict[str, Note] = field(default_factory=dict)
    made: int = 0
    url: str = ""

    def answer(self, method: str, url: str, user: str, body: Note) -> tuple[int, Any]:
        path, _, query = url.partition("?")
        id = path.removeprefix("/notes").removeprefix("/")
        if not id and query.startswith("q="):
            return 200, {"notes": self.found(query[2:], user)}
        if not id:
            return self.all(method, user, body)
        note = self.kept.get(id)
        if note is None:
            return 404, {"error": "no such note"}
        if note["owner"] != user and f"{method.lower()} any" not in self.faults:
            return (403 if "tells" in self.faults else 404), {"error": "no such note"}
        if method == "DELETE":
            del self.kept[id]
            return 204, None
        if method == "PUT":
            note |= {name: body.get(name, "") for name in MEMBERS}
            # Whoever is told nothing of a write has written all the same.
            return (404, {"error": "no such note"}) if note["owner"] != user else (200, note)
        return 200, note

    def all(self, method: str, user: str, body: Note) -> tuple[int, Any]:
        if method == "POST":
            self.made += 1
            owner = body.get("user_id", user) if "claims" in self.faults else user
            note = {"id": f"n{self.made:06d}", "owner": owner}
            note |= {name: body.get(name, "") for name in MEMBERS}
            self.kept[note["id"]] = note
            return 201, note
        mine = [note for note in self.kept.values() if note["owner"] == user]
        others = [note for note in self.kept.values() if note["owner"] != user]
        if "encoded" in self.faults:
            hidden = b64encode(json.dumps(others).encode()).decode()
            return 200, {"notes": mine, "cursor": hidden}
        return 200, {"notes": mine}

    def found(self, word: str, user: str) -> list[Note]:
        anybodys = "search any" in self.faults
        notes = [note for note in self.kept.values() if anybodys or note["owner"] == user]
        return [note for note in notes if any(note[name] == word for name in MEMBERS)]

    def user_of(self, header: str) -> str:
        """Empty for nobody."""
        checked = "any token" not in self.faults
        options: Options = {"verify_signature": checked}
        try:
            return str(jwt.decode(header[7:], KEY, ["HS256"], options=options)["sub"])
        except jwt.InvalidTokenError:
            return ""


@contextmanager
def running(*faults: str) -> Iterator[Notes]:
    notes = Notes(faults)

    def answer(method: str, path: str, headers: Any, body: Note) -> Told:
        user = notes.user_of(headers.get("authorization") or "")
        if not user:
            return 401, {"error": "who?"}, {}
        return *notes.answer(method, path, user, body), {}

    with served(answer) as notes.url:
        yield notes
