"""People for a case at a real deployment: made for it, or accounts that are there already."""

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from e2e.people import Auth
from e2e.real.ledger import Ledger, Thing
from e2e.target import Json, Target

CONFIRMS = (
    "signing up here wants the address confirmed:"
    " give E2E_SUPABASE_SERVICE_KEY, or E2E_ACCOUNTS with users that exist"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user that was there before."""

    email: str
    password: str = field(repr=False)


def accounts_in(text: str | None) -> tuple[Account, ...]:
    """Of `email:password,…`; a password may have colons. Raises `ValueError`."""
    pairs = [one.strip().partition(":") for one in (text or "").split(",") if one.strip()]
    if not all(email and password for email, _, password in pairs):
        raise ValueError("E2E_ACCOUNTS is not email:password,…")
    return tuple(Account(email, password) for email, _, password in pairs)


def password_of(email: str, key: str) -> str:
    """Known to whoever has the key: a run that was interrupted is cleaned with it."""
    return "Aa1!-" + hmac.digest(key.encode(), email.encode(), "sha256").hex()[:32]


class Newcomers:
    """Hands them out. Fixed accounts begin anew with each case."""

    def __init__(self, target: Target, ledger: Ledger, accounts: Sequence[Account]) -> None:
        self._target = target
        self._ledger = ledger
        self._accounts = accounts
        self._free: Iterator[Account] = iter(accounts)
        self._known: set[str] = set()

    def restart(self) -> None:
        self._free = iter(self._accounts)

    def __call__(self, auth: Auth, name: str, app_metadata: Mapping[str, Any]) -> tuple[Json, str]:
        """A session and the password. Skips the case where there is nobody."""
        if self._accounts:
            return self._fixed(auth, app_metadata)
        email = f"{name}-{secrets.token_hex(6)}@example.com"
        password = password_of(email, key_of(self._target))
        if self._target.service_key is not None:
            auth.create(email, password, app_metadata)
            return auth.sign_in(email, password), password
        if app_metadata:
            pytest.skip("this needs E2E_SUPABASE_SERVICE_KEY, to make an administrator")
        session = auth.sign_up(email, password)
        if "access_token" not in session:
            pytest.skip(CONFIRMS)
        return session, password

    def _fixed(self, auth: Auth, app_metadata: Mapping[str, Any]) -> tuple[Json, str]:
        if app_metadata:
            pytest.skip("this needs an administrator, and E2E_ACCOUNTS are ordinary users")
        account = next(self._free, None)
        if account is None:
            pytest.skip(f"this needs more than the {len(self._accounts)} of E2E_ACCOUNTS here")
        session = auth.sign_in(account.email, account.password)
        user = session["user"]["id"]
        if user not in self._known:
            self._known.add(user)
            more = {"email": account.email, "profile": self._profile(user, session)}
            self._ledger.note(Thing("account", user, user, more=more))
        return session, account.password

    def _profile(self, user: str, session: Json) -> Json | None:
        """As it was before: the row behind the API where that can be seen, or what it tells."""
        if self._target.has_account:
            database = self._target.resource("d1", "DB")
            asked = {"sql": "SELECT * FROM users WHERE id = ?", "params": [user]}
            with self._target.cloudflare() as api:
                answer = api.post(f"/d1/database/{database}/query", json=asked).raise_for_status()
            rows: list[Json] = answer.json()["result"][0]["results"]
            return rows[0] if rows else None
        headers = {"authorization": f"Bearer {session['access_token']}"}
        with self._target.client() as client:
            found: httpx.Response = client.get("/api/profile", headers=headers).raise_for_status()
        profile: Json = found.json()["profile"]
        return profile


def key_of(target: Target) -> str:
    return target.service_key or target.anon_key
