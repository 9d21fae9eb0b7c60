"""Signing up and in, refreshing, signing out."""

from pathlib import Path

import jwt
import pytest

from emulator import Settings
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.standins.supabase.project import Project, open_project
from tests.standins.supabase.conftest import ACCOUNT, EMAIL, PASSWORD, URL, Auth, bearer, error_of

NOW = 1_767_225_600


async def test_a_sign_up_is_a_session_at_once(anon: Auth) -> None:
    session = await anon.sign_up(data={"name": "Ada"})

    assert (session["token_type"], session["expires_in"]) == ("bearer", 3600)
    assert session["expires_at"] == NOW + 3600
    user = session["user"]
    assert (user["aud"], user["role"], user["email"]) == ("authenticated", "authenticated", EMAIL)
    assert user["user_metadata"] == {"name": "Ada", "email_verified": True}
    assert user["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert user["confirmed_at"] == user["last_sign_in_at"] == "2026-01-01T00:00:00.000000Z"
    [identity] = user["identities"]
    assert identity["identity_data"]["sub"] == identity["user_id"] == user["id"]
    assert (identity["provider"], identity["email"]) == ("email", EMAIL)


async def test_an_access_token_is_signed_with_the_projects_secret(
    anon: Auth, project: Project
) -> None:
    session = await anon.sign_up(data={"name": "Ada"})

    claims = jwt.decode(
        session["access_token"],
        project.keys.jwt_secret,
        ["HS256"],
        audience="authenticated",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == URL
    assert (claims["sub"], claims["email"]) == (session["user"]["id"], EMAIL)
    assert (claims["role"], claims["aal"], claims["exp"]) == ("authenticated", "aal1", NOW + 3600)
    assert claims["amr"] == [{"method": "password", "timestamp": NOW}]
    assert claims["user_metadata"]["name"] == "Ada"
    assert claims["is_anonymous"] is False


async def test_the_issuer_is_the_url_the_client_was_given(anon: Auth) -> None:
    forwarded = {"x-forwarded-host": "127.0.0.1:8788", "x-forwarded-prefix": "/supabase"}
    body = {"email": EMAIL, "password": PASSWORD}

    response = await anon.post("/signup", json=body, headers=forwarded)

    claims = jwt.decode(response.json()["access_token"], options={"verify_signature": False})
    assert claims["iss"] == "http://127.0.0.1:8788/supabase/auth/v1"


async def test_an_address_signs_up_once_whatever_its_case(anon: Auth) -> None:
    await anon.sign_up()

    again = await anon.post("/signup", json={"email": "ADA@example.com", "password": "123456"})

    assert error_of(again) == (422, "user_already_exists")
    assert again.json()["message"] == "User already registered"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"email": EMAIL}, "validation_failed", "Signup requires a valid password"),
        ({"email": "ada", "password": "123456"}, "validation_failed", "Unable to validate email"),
        ({"email": f"{'a' * 250}@b.com", "password": "123456"}, "validation_failed", "too long"),
        ({"email": EMAIL, "password": "p" * 73}, "validation_failed", "longer than 72"),
        ({"email": EMAIL, "password": "12345"}, "weak_password", "at least 6 characters"),
        ({"phone": "491701234567", "password": "123456"}, "phone_provider_disabled", "Phone"),
        ({}, "anonymous_provider_disabled", "Anonymous sign-ins are disabled"),
    ],
)
async def test_a_bad_sign_up_is_told_why(
    anon: Auth, body: dict[str, str], code: str, message: str
) -> None:
    response = await anon.post("/signup", json=body)

    assert error_of(response)[1] == code
    assert message in response.json()["message"]


async def test_a_weak_password_has_its_reasons(anon: Auth) -> None:
    response = await anon.post("/signup", json={"email": EMAIL, "password": "12345"})

    assert response.json()["weak_password"] == {"reasons": ["length"]}


async def test_a_password_signs_in_and_another_does_not(anon: Auth, clock: ManualClock) -> None:
    await anon.sign_up()
    clock.advance(60)

    right, wrong = await anon.sign_in("Ada@Example.com"), await anon.sign_in(password="Correct")

    assert right.json()["user"]["last_sign_in_at"] == "2026-01-01T00:01:00.000000Z"
    assert error_of(wrong) == (400, "invalid_credentials")
    assert wrong.json()["message"] == "Invalid login credentials"


async def test_an_unknown_address_is_told_what_a_wrong_password_is(anon: Auth) -> None:
    await anon.sign_up()

    unknown, wrong = await anon.sign_in("bob@example.com"), await anon.sign_in(password="wrong")

    assert unknown.json() == wrong.json()


async def test_an_old_client_gets_the_status_as_the_code(anon: Auth) -> None:
    response = await anon.post(
        "/token?grant_type=password",
        json={"email": EMAIL, "password": "123456"},
        headers={"x-supabase-api-version": ""},
    )

    assert response.headers["x-sb-error-code"] == "invalid_credentials"
    assert response.json() == {
        "code": 400,
        "error_code": "invalid_credentials",
        "msg": "Invalid login credentials",
    }


async def test_an_access_token_expires_by_the_twins_clock(anon: Auth, clock: ManualClock) -> None:
    session = await anon.sign_up()

    clock.advance(3599)
    in_time = await anon.user(session["access_token"])
    clock.advance(1)
    late = await anon.user(session["access_token"])

    assert in_time.json()["email"] == EMAIL
    assert error_of(late) == (403, "bad_jwt")
    assert "token is expired" in late.json()["message"]


async def test_a_refresh_is_a_new_pair_of_tokens(anon: Auth, clock: ManualClock) -> None:
    first = await anon.sign_up()
    clock.advance(1800)

    second = (await anon.refresh(first["refresh_token"])).json()

    assert second["expires_at"] == NOW + 1800 + 3600
    assert second["refresh_token"] != first["refresh_token"]
    assert (await anon.user(second["access_token"])).json()["id"] == first["user"]["id"]


async def test_a_lost_answer_may_be_asked_for_again(anon: Auth, clock: ManualClock) -> None:
    first = await anon.sign_up()
    second = (await anon.refresh(first["refresh_token"])).json()
    clock.advance(3600)

    again = (await anon.refresh(first["refresh_token"])).json()

    assert again["refresh_token"] == second["refresh_token"]


async def test_a_stolen_refresh_token_ends_the_session(anon: Auth, clock: ManualClock) -> None:
    first = await anon.sign_up()
    second = (await anon.refresh(first["refresh_token"])).json()
    third = (await anon.refresh(second["refresh_token"])).json()
    clock.advance(11)

    stolen = await anon.refresh(first["refresh_token"])

    assert error_of(stolen) == (400, "refresh_token_already_used")
    clock.advance(11)
    assert error_of(await anon.refresh(third["refresh_token"]))[1] == "refresh_token_already_used"


async def test_tabs_that_refresh_at_once_all_go_on(anon: Auth, clock: ManualClock) -> None:
    first = await anon.sign_up()
    second = (await anon.refresh(first["refresh_token"])).json()
    await anon.refresh(second["refresh_token"])
    clock.advance(10)

    response = await anon.refresh(first["refresh_token"])

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "validation_failed"),
        ("a" * 13, "validation_failed"),
        ("a" * 12, "refresh_token_not_found"),
    ],
)
async def test_a_refresh_token_nobody_issued_is_refused(anon: Auth, token: str, code: str) -> None:
    assert error_of(await anon.refresh(token)) == (400, code)


@pytest.mark.parametrize(
    ("scope", "mine", "others"),
    [("local", 403, 200), ("others", 200, 403), ("global", 403, 403), ("", 403, 403)],
)
async def test_a_sign_out_ends_the_sessions_of_its_scope(
    anon: Auth, scope: str, mine: int, others: int
) -> None:
    one, other = await anon.sign_up(), (await anon.sign_in()).json()

    response = await anon.post(f"/logout?scope={scope}", headers=bearer(one["access_token"]))

    assert response.status_code == 204
    assert (await anon.user(one["access_token"])).status_code == mine
    assert (await anon.user(other["access_token"])).status_code == others


async def test_an_ended_session_says_so(anon: Auth) -> None:
    session = await anon.sign_up()
    await anon.post("/logout", headers=bearer(session["access_token"]))

    assert error_of(await anon.user(session["access_token"])) == (403, "session_not_found")
    assert error_of(await anon.refresh(session["refresh_token"]))[1] == "refresh_token_not_found"


async def test_users_and_sessions_outlive_the_process(
    anon: Auth, project: Project, clock: ManualClock, tmp_path: Path
) -> None:
    session = await anon.sign_up()
    project.close()

    again = open_project(tmp_path, ACCOUNT, Settings(), clock, Ids(seed=2), "", print)

    assert again.sessions.owner(session["refresh_token"]) == session["user"]["id"]
    assert again.access.claims(session["access_token"])["email"] == EMAIL
    again.close()
