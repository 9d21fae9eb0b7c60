"""What every request to a real deployment goes through: may it leave, and what did it create."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from e2e.contract import route_of
from e2e.real.creations import CREATIONS, claims_of, created_by, session_of
from e2e.real.ledger import Ledger, Thing
from e2e.real.pacing import Budget, Pacer

AUTH = "/auth/v1/"
# Of Auth's requests: after these somebody is there who was not.
SIGN_UPS = ("signup", "admin/users")
SAFE_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, whoever sends it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        return claims_of(self.headers.get("authorization", ""))


class Traffic:
    """One process's requests to the API and to Supabase Auth.

    `about_limits`: of the case that runs now; a refusal for too many requests is then its own.
    """

    def __init__(
        self, api: str, supabase: str, pacer: Pacer, budget: Budget, ledger: Ledger
    ) -> None:
        self.api = api
        self.supabase = supabase
        self.pacer = pacer
        self.budget = budget
        self.ledger = ledger
        self.about_limits = False
        self._counters: set[str] = set()

    def admit(self, sent: Sent) -> None:
        """Returns when the request may leave. Raises `BudgetSpent`, or skips the case."""
        if self._route(sent) == "POST /api/jobs/cleanup" and archives_others(sent):
            pytest.skip("this would archive jobs of people who have nothing to do with the suites")
        self.budget.spend()
        self.pacer.pass_one()
        email = self._signs_up(sent)
        if email:
            self.ledger.note(Thing("address", email))

    def note(self, sent: Sent, status: int, body: bytes) -> None:
        """Writes down what an answer says was created, or is gone."""
        if status >= 300:
            return
        if sent.url.startswith(self.supabase + AUTH):
            self._note_auth(sent, object_in(body))
            return
        route = self._route(sent)
        if sent.method == "DELETE":
            self._note_deleted(sent)
        elif route is not None:
            owner = str(sent.claims.get("sub", ""))
            self.ledger.note(*created_by(route, owner, object_in(body)))

    def note_counter(self, sent: Sent, headers: Mapping[str, str]) -> None:
        """What counts a user's requests to a route, which only such a counter tells the end of."""
        route, user = self._route(sent), sent.claims.get("sub")
        if route is None or user is None or "x-ratelimit-reset" not in headers:
            return
        key = f"rate:user:{user}:{route.replace(' ', ':')}"
        if key not in self._counters:
            self._counters.add(key)
            self.ledger.note(Thing("counter", key, str(user)))

    def is_noted(self, sent: Sent) -> bool:
        """Whether the answer has to be read for that."""
        is_auth = sent.url.startswith(self.supabase + AUTH) and sent.method == "POST"
        return is_auth or sent.method == "DELETE" or self._route(sent) in CREATIONS

    def _route(self, sent: Sent) -> str | None:
        if not sent.url.startswith(self.api + "/"):
            return None
        return route_of(sent.method, urlsplit(sent.url).path)

    def _signs_up(self, sent: Sent) -> str:
        path = urlsplit(sent.url).path
        is_auth = sent.url.startswith(self.supabase + AUTH) and sent.method == "POST"
        if is_auth and path.endswith(tuple(AUTH + end for end in SIGN_UPS)):
            return str(object_in(sent.body).get("email", ""))
        return ""

    def _note_auth(self, sent: Sent, answer: Mapping[str, Any]) -> None:
        email = self._signs_up(sent)
        user = answer.get("user") or answer
        if email and user.get("id"):
            id = str(user["id"])
            self.ledger.note(Thing("user", id, id, more={"email": email}), Thing("data", id, id))
            self.ledger.gone(Thing("address", email))
        if answer.get("access_token"):
            self.ledger.note(session_of(answer["access_token"]))

    def _note_deleted(self, sent: Sent) -> None:
        id = unquote(urlsplit(sent.url).path.rpartition("/")[2])
        gone = [Thing("row", id), Thing("file", id)]
        route = self._route(sent)
        if route == "DELETE /api/jobs/:id":
            gone.append(Thing("vector", f"job:{id}"))
        elif route == "DELETE /api/sessions/:sid":
            # That it was revoked is remembered.
            self.ledger.note(Thing("session", id, str(sent.claims.get("sub", ""))))
        self.ledger.gone(*gone)


def object_in(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def archives_others(sent: Sent) -> bool:
    """An administrator's clean-up that old jobs of anybody could fall under."""
    role = (sent.claims.get("app_metadata") or {}).get("role")
    days = parse_qs(urlsplit(sent.url).query).get("daysOld", ["90"])[0]
    is_number = days.isascii() and days.isdigit()
    return role == "admin" and is_number and 0 < int(days) < SAFE_DAYS
