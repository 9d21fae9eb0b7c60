"""What users do to their own account where addresses need no confirmation."""

import pytest

from emulator.core.clock import ManualClock
from emulator.standins.supabase.mails import Mail
from tests.standins.supabase.conftest import EMAIL, Auth, error_of, followed


@pytest.fixture
def options() -> dict[str, object]:
    return {"supabase_anonymous": True}


async def test_metadata_is_merged_and_null_removes(anon: Auth) -> None:
    session = await anon.sign_up(data={"name": "Ada", "age": 36, "at": {"a": 1}})

    changed = await anon.change(session["access_token"], data={"age": None, "at": {"b": [2]}})

    metadata = {"name": "Ada", "at": {"b": [2]}, "email_verified": True}
    assert changed.json()["user_metadata"] == metadata
    assert (await anon.user(session["access_token"])).json()["user_metadata"] == metadata


async def test_a_change_moves_the_time_of_change_alone(anon: Auth, clock: ManualClock) -> None:
    session = await anon.sign_up()
    clock.advance(3)

    changed = (await anon.change(session["access_token"], data={"a": 1})).json()

    assert changed["updated_at"] == "2026-01-01T00:00:03.000000Z"
    assert changed["created_at"] == changed["last_sign_in_at"] == "2026-01-01T00:00:00.000000Z"


async def test_a_new_password_keeps_this_session_and_ends_the_others(anon: Auth) -> None:
    mine, other = await anon.sign_up(), (await anon.sign_in()).json()

    changed = await anon.change(mine["access_token"], password="another password")

    assert changed.status_code == 200
    assert (await anon.user(mine["access_token"])).status_code == 200
    assert (await anon.user(other["access_token"])).status_code == 403


async def test_a_new_password_must_be_new_and_strong(anon: Auth) -> None:
    session = await anon.sign_up(password="the same")

    same = await anon.change(session["access_token"], password="the same")
    weak = await anon.change(session["access_token"], password="12345")

    assert error_of(same) == (422, "same_password")
    assert error_of(weak) == (422, "weak_password")


async def test_app_metadata_is_for_administrators(anon: Auth) -> None:
    session = await anon.sign_up()

    response = await anon.change(session["access_token"], app_metadata={"role": "admin"})

    assert error_of(response) == (403, "not_admin")


async def test_one_link_is_enough_to_change_an_address(
    anon: Auth, nobody: Auth, mails: list[Mail]
) -> None:
    session = await anon.sign_up()
    await anon.change(session["access_token"], email="ada@new.example.com")

    await followed(nobody, mails[0].link)

    user = (await anon.user(session["access_token"])).json()
    assert user["email"] == "ada@new.example.com"
    assert (await anon.sign_in()).status_code == 400


async def test_the_address_of_another_user_is_refused(anon: Auth) -> None:
    await anon.sign_up("bob@example.com")
    session = await anon.sign_up()

    response = await anon.change(session["access_token"], email="Bob@example.com")

    assert error_of(response) == (422, "email_exists")


async def test_an_anonymous_user_becomes_one_with_an_address(anon: Auth) -> None:
    session = (await anon.post("/signup", json={"data": {"theme": "dark"}})).json()
    refused = await anon.change(session["access_token"], password="a password")

    changed = await anon.change(session["access_token"], email=EMAIL, password="a password")

    assert (session["user"]["is_anonymous"], session["user"]["email"]) == (True, "")
    assert error_of(refused) == (422, "validation_failed")
    assert (changed.json()["is_anonymous"], changed.json()["email"]) == (False, EMAIL)
    assert (await anon.sign_in(password="a password")).json()["user"]["id"] == session["user"]["id"]
