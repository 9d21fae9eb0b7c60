"""What a site asks of Supabase Auth for somebody who is signed in."""

from dataclasses import replace
from typing import Any

import httpx

from e2e.people import Person
from e2e.target import Json


def sign_out(person: Person) -> None:
    """Here only; other sessions go on."""
    asked(person, "POST", "logout?scope=local").raise_for_status()


def renewed(person: Person) -> Person:
    """The same session with its next token."""
    body = {"refresh_token": person.session["refresh_token"]}
    answer = asked(person, "POST", "token?grant_type=refresh_token", body).raise_for_status()
    session: Json = answer.json()
    return replace(person, session=session)


def with_token(person: Person, token: str) -> Person:
    """The same one with a token of somebody's choice."""
    return replace(person, session={**person.session, "access_token": token})


def asked(person: Person, method: str, path: str, body: Json | None = None) -> httpx.Response:
    target = person.target
    headers = {"apikey": target.anon_key, "authorization": f"Bearer {person.token}"}
    options: dict[str, Any] = {"json": body or {}, "headers": headers}
    with target.client() as client:
        return client.request(method, f"{target.supabase}/auth/v1/{path}", **options)
