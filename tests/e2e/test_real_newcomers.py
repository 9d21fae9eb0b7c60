"""Who plays in the cases of a real deployment: made for them, or there before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.people import Auth
from e2e.real.ledger import Ledger, Run
from e2e.real.newcomers import Account, Newcomers, accounts_in, password_of
from e2e.target import Json, Target

API = "https://dev.example.com"
RUN = Run(API, API, "development", "", "2026-01-01T00:00:00Z")


class Accounts(Auth):
    """Auth that knows everybody, and notes how they come."""

    def __init__(self, target: Target, session: Mapping[str, Any]) -> None:
        super().__init__(target)
        self.asked: list[str] = []
        self._session = dict(session)

    def sign_up(self, email: str, password: str) -> Json:
        self.asked.append("sign up")
        return self._session

    def sign_in(self, email: str, password: str) -> Json:
        self.asked.append(f"sign in {email.partition('-')[0]}")
        return {"access_token": "t", "user": {"id": email}}

    def create(self, email: str, password: str, app_metadata: Mapping[str, Any]) -> Json:
        self.asked.append(f"create {dict(app_metadata)}")
        return {}


class Deployment(Target):
    """A target whose API has a profile for everybody."""

    def transport(self) -> httpx.BaseTransport:
        return httpx.MockTransport(lambda request: httpx.Response(200, json={"profile": {"a": 1}}))


def stage(
    folder: Path,
    *accounts: Account,
    service_key: str | None = None,
    session: Mapping[str, Any] = {},
) -> tuple[Newcomers, Accounts, Ledger]:
    ledger = Ledger(folder / "ledger.jsonl")
    ledger.begin(RUN)
    target = Deployment("real", "development", API, None, API, "anon", "", service_key)
    return Newcomers(target, ledger, accounts), Accounts(target, session), ledger


def test_the_service_key_makes_them(tmp_path: Path) -> None:
    newcomers, auth, _ = stage(tmp_path, service_key="secret")

    newcomers(auth, "anna", {"role": "admin"})

    assert auth.asked == ["create {'role': 'admin'}", "sign in anna"]


def test_else_they_sign_up(tmp_path: Path) -> None:
    newcomers, auth, _ = stage(tmp_path, session={"access_token": "t"})

    session, password = newcomers(auth, "anna", {})

    assert session == {"access_token": "t"}
    assert auth.asked == ["sign up"]
    assert len(password) > 30


def test_where_addresses_are_confirmed_cases_are_skipped(tmp_path: Path) -> None:
    newcomers, auth, _ = stage(tmp_path, session={"id": "u1"})

    with pytest.raises(pytest.skip.Exception, match="wants the address confirmed"):
        newcomers(auth, "anna", {})


def test_nobody_signs_up_as_an_administrator(tmp_path: Path) -> None:
    newcomers, auth, _ = stage(tmp_path)

    with pytest.raises(pytest.skip.Exception, match="E2E_SUPABASE_SERVICE_KEY"):
        newcomers(auth, "admin", {"role": "admin"})


def test_accounts_are_taken_in_turn_and_anew_for_each_case(tmp_path: Path) -> None:
    accounts = (Account("anna@example.com", "1"), Account("ben@example.com", "2"))
    newcomers, auth, ledger = stage(tmp_path, *accounts)

    people = [newcomers(auth, "anna", {})[0]["user"]["id"] for _ in accounts]
    with pytest.raises(pytest.skip.Exception, match="more than the 2 of E2E_ACCOUNTS"):
        newcomers(auth, "cleo", {})
    newcomers.restart()
    newcomers(auth, "anna", {})

    assert people == ["anna@example.com", "ben@example.com"]
    assert [(thing.kind, thing.more["profile"]) for thing in ledger.left()] == [
        ("account", {"a": 1}),
        ("account", {"a": 1}),
    ]


def test_accounts_are_no_administrators(tmp_path: Path) -> None:
    newcomers, auth, _ = stage(tmp_path, Account("anna@example.com", "1"))

    with pytest.raises(pytest.skip.Exception, match="ordinary users"):
        newcomers(auth, "admin", {"role": "admin"})


def test_a_password_is_known_to_the_key_alone() -> None:
    assert password_of("a@example.com", "key") == password_of("a@example.com", "key")
    assert password_of("a@example.com", "key") != password_of("a@example.com", "other")
    assert password_of("a@example.com", "key") != password_of("b@example.com", "key")


def test_passwords_of_accounts_may_have_colons() -> None:
    assert accounts_in(" a@example.com:p:w , b@example.com:x,") == (
        Account("a@example.com", "p:w"),
        Account("b@example.com", "x"),
    )


@pytest.mark.parametrize("text", ["a@example.com", "a@example.com:", ":password"])
def test_half_an_account_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="email:password"):
        accounts_in(text)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Account("a@example.com", "secret"))
