"""Removing things as users would: through the application's routes, and people through Auth."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from types import TracebackType
from typing import Any

import httpx

from e2e.people import Auth
from e2e.real.ledger import Ledger, Thing
from e2e.real.newcomers import Account, key_of, password_of
from e2e.target import SECONDS, Target

NO_SERVICE_KEY = "only Supabase's service key deletes users: E2E_SUPABASE_SERVICE_KEY"
# What `PATCH /api/profile` takes, besides the photo.
TEXTS = (
    *("first_name", "last_name", "phone", "location", "linkedin_url"),
    *("current_title", "professional_summary"),
)

Failed = Callable[[Thing, str], None]


class Through:
    """Signs in as whoever a thing belongs to. `failed` is told what is still there, and why."""

    def __init__(
        self, target: Target, ledger: Ledger, accounts: Sequence[Account], failed: Failed
    ) -> None:
        self._target = target
        self._ledger = ledger
        self._passwords = {account.email: account.password for account in accounts}
        self._failed = failed
        self._auth = Auth(target)
        self._client = target.client()

    def __enter__(self) -> "Through":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._auth.close()
        self._client.close()

    def delete_things(self) -> None:
        routed = [thing for thing in self._ledger.left() if thing.path]
        for owner, things in groupby(sorted(routed, key=owner_of), key=owner_of):
            self._delete_of(owner, [*things][::-1])

    def put_back(self, account: Thing) -> None:
        """A profile, as far as the application lets it be written."""
        before = account.more["profile"] or {}
        try:
            headers = self._as(account.id)
            now = self._asked("GET", "/api/profile", headers)["profile"]
            changes = {name: before.get(name) or "" for name in TEXTS}
            changes = {name: text for name, text in changes.items() if text != (now[name] or "")}
            if before.get("photo_url") != now["photo_url"]:
                changes["photo_url"] = before.get("photo_url")
            if changes:
                self._asked("PATCH", "/api/profile", headers, changes)
        except (LookupError, httpx.HTTPError) as error:
            self._failed(account, f"its profile could not be put back: {error}")

    def delete_people(self) -> None:
        for thing in self._ledger.left():
            if thing.kind not in ("address", "user"):
                continue
            try:
                self._delete_person(thing)
            except (LookupError, httpx.HTTPError) as error:
                self._failed(thing, str(error))

    def _delete_of(self, owner: str, things: Sequence[Thing]) -> None:
        """What one user created, as that user, the newest first."""
        try:
            headers = self._as(owner)
        except (LookupError, httpx.HTTPError) as error:
            for thing in things:
                self._failed(thing, f"its owner cannot sign in: {error}")
            return
        for thing in things:
            self._delete(thing, headers)

    def _delete(self, thing: Thing, headers: Mapping[str, str]) -> None:
        try:
            answer = self._client.delete(thing.path, headers=headers)
        except httpx.HTTPError as error:
            self._failed(thing, f"DELETE {thing.path}: {error}")
            return
        if answer.is_success or answer.status_code == 404:
            self._ledger.gone(thing)
        else:
            self._failed(thing, f"DELETE {thing.path} answered {answer.status_code}")

    def _as(self, user: str) -> Mapping[str, str]:
        """Raises `LookupError` for a user that the ledger does not know."""
        known = (one for one in self._ledger.noted() if one.kind in ("user", "account"))
        email = next((one.more["email"] for one in known if one.id == user), None)
        if email is None:
            raise LookupError(f"user {user or 'unknown'} was not made by this run")
        password = self._passwords.get(email) or password_of(email, key_of(self._target))
        token = self._auth.sign_in(email, password)["access_token"]
        return {"authorization": f"Bearer {token}"}

    def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> dict[str, Any]:
        answer = self._client.request(method, path, headers=headers, json=body).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _delete_person(self, thing: Thing) -> None:
        """An address is that of somebody who may have signed up, or not, when a run broke off."""
        if self._target.service_key is None:
            raise LookupError(NO_SERVICE_KEY)
        id = self._user_at(thing.id) if thing.kind == "address" else thing.id
        if id is not None:
            self._ledger.note(Thing("data", id, id))
            deleted_person(self._auth, id)
        self._ledger.gone(thing)

    def _user_at(self, email: str) -> str | None:
        key = self._target.service_key or ""
        headers = {"apikey": key, "authorization": f"Bearer {key}"}
        url = f"{self._target.supabase}/auth/v1/admin/users"
        with httpx.Client(timeout=SECONDS, transport=self._target.transport()) as client:
            answer = client.get(url, params={"filter": email}, headers=headers).raise_for_status()
        return next((one["id"] for one in answer.json()["users"] if one["email"] == email), None)


def deleted_person(auth: Auth, id: str) -> None:
    """Raises `httpx.HTTPError`. Somebody whom a case has deleted is gone as well."""
    try:
        auth.delete(id)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 404:
            raise


def owner_of(thing: Thing) -> str:
    return thing.owner
