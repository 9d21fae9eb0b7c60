"""What is mailed: links and codes to confirm, recover, sign in and change an address."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from emulator.core.clock import ManualClock
from emulator.standins.supabase.mails import Mail
from tests.standins.supabase.conftest import (
    EMAIL,
    PASSWORD,
    Auth,
    bearer,
    error_of,
    followed,
    fragment_of,
    query_of,
)

NEW = "ada@new.example.com"
VERIFIER = "v" * 56
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PKCE = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "s256"}


@pytest.fixture
def options() -> dict[str, object]:
    return {
        "supabase_confirm_email": True,
        "supabase_redirects": "https://app.example.com https://*.preview.example.com/*",
    }


async def code(anon: Auth, mail: Mail, type_: str, email: str = EMAIL) -> httpx.Response:
    """Enter the code of a mail."""
    return await anon.post("/verify", json={"type": type_, "token": mail.token, "email": email})


def asked(mail: Mail) -> dict[str, list[str]]:
    return parse_qs(urlsplit(mail.link).query)


async def test_an_address_is_confirmed_before_the_first_sign_in(
    anon: Auth, mails: list[Mail]
) -> None:
    user = await anon.sign_up()

    assert "access_token" not in user
    assert "email_confirmed_at" not in user
    assert error_of(await anon.sign_in()) == (400, "email_not_confirmed")
    [mail] = mails
    assert (mail.kind, mail.to, mail.subject) == ("signup", EMAIL, "Confirm Your Signup")
    assert mail.link in mail.text
    assert mail.token in mail.html


async def test_the_code_of_a_mail_confirms_and_signs_in(anon: Auth, mails: list[Mail]) -> None:
    await anon.sign_up()

    session = (await code(anon, mails[0], "signup")).json()

    assert session["user"]["user_metadata"]["email_verified"] is True
    assert session["user"]["identities"][0]["identity_data"]["email_verified"] is True
    assert (await anon.user(session["access_token"])).status_code == 200
    assert (await anon.sign_in()).status_code == 200


async def test_a_link_leads_back_with_a_session_and_works_once(
    anon: Auth, nobody: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up()

    first, second = await followed(nobody, mails[0].link), await followed(nobody, mails[0].link)

    assert first.headers["location"].startswith("https://app.example.com#access_token=")
    assert (await anon.user(fragment_of(first)["access_token"])).json()["email"] == EMAIL
    assert fragment_of(first)["type"] == "signup"
    assert fragment_of(second) == {
        "error": "access_denied",
        "error_code": "otp_expired",
        "error_description": "Email link is invalid or has expired",
    }


async def test_a_link_is_good_for_an_hour(
    anon: Auth, mails: list[Mail], clock: ManualClock
) -> None:
    await anon.sign_up()
    clock.advance(3601)

    response = await code(anon, mails[0], "signup")

    assert error_of(response) == (403, "otp_expired")
    assert response.json()["message"] == "Token has expired or is invalid"


async def test_a_second_sign_up_is_mailed_a_second_link_and_the_first_is_void(
    anon: Auth, mails: list[Mail]
) -> None:
    first = await anon.sign_up()
    second = await anon.sign_up(password="another password")

    assert first["id"] == second["id"]
    assert (await code(anon, mails[0], "signup")).status_code == 403
    assert (await code(anon, mails[1], "signup")).status_code == 200
    # The one who has the mail chose the first password, for all anybody knows.
    assert (await anon.sign_in(password="another password")).status_code == 400


async def test_a_sign_up_does_not_tell_that_an_address_is_known(
    anon: Auth, mails: list[Mail]
) -> None:
    real = await anon.sign_up()
    await code(anon, mails[0], "signup")

    seeming = await anon.sign_up(password="another password")

    assert seeming["id"] != real["id"]
    assert seeming["identities"] == []
    assert len(mails) == 1


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("https://app.example.com/welcome", "https://app.example.com/welcome"),
        ("http://localhost:5173/x?y=1", "http://localhost:5173/x?y=1"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000/"),
        ("https://a.preview.example.com/b", "https://a.preview.example.com/b"),
        ("https://evil.example.com", "https://app.example.com"),
        ("https://evil.example.com/.preview.example.com/", "https://app.example.com"),
        ("https://a.preview.example.com/b/c", "https://app.example.com"),
        ("http://app.example.com", "https://app.example.com"),
        ("https://app.example.com@evil.example.com/", "https://app.example.com"),
        ("http://somebody@localhost:3000/", "https://app.example.com"),
        ("//evil.example.com", "https://app.example.com"),
        ("javascript:alert(1)", "https://app.example.com"),
        ("http://localhost:3000\\@evil.example.com", "https://app.example.com"),
        ("http://localhost:x/", "https://app.example.com"),
        ("http://0x7f.1/\r\nset-cookie: a=b", "https://app.example.com"),
    ],
)
async def test_a_link_leads_only_where_the_project_allows(
    anon: Auth, nobody: Auth, mails: list[Mail], wanted: str, led: str
) -> None:
    await anon.post(
        "/signup",
        json={"email": EMAIL, "password": PASSWORD},
        params={"redirect_to": wanted},
    )
    forged = str(httpx.URL(mails[0].link).copy_set_param("redirect_to", wanted))

    response = await followed(nobody, forged)

    assert asked(mails[0])["redirect_to"] == [led]
    assert response.headers["location"].startswith(f"{led}#access_token=")


async def test_a_recovery_signs_in_to_set_another_password(
    anon: Auth, nobody: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up()
    await code(anon, mails[0], "signup")
    old = (await anon.sign_in()).json()

    assert (await anon.post("/recover", json={"email": EMAIL})).json() == {}
    session = fragment_of(await followed(nobody, mails[1].link))
    await anon.change(session["access_token"], password="another password")

    assert session["type"] == "recovery"
    assert (await anon.sign_in(password="another password")).status_code == 200
    assert (await anon.sign_in()).status_code == 400
    assert error_of(await anon.user(old["access_token"])) == (403, "session_not_found")


async def test_a_recovery_does_not_tell_that_an_address_is_unknown(
    anon: Auth, mails: list[Mail]
) -> None:
    response = await anon.post("/recover", json={"email": "nobody@example.com"})

    assert (response.status_code, response.json(), mails) == (200, {}, [])


async def test_a_magic_link_signs_up_and_later_in(anon: Auth, mails: list[Mail]) -> None:
    await anon.post("/otp", json={"email": EMAIL, "data": {"name": "Ada"}})
    first = (await code(anon, mails[0], "email")).json()
    await anon.post("/otp", json={"email": EMAIL})
    second = (await code(anon, mails[1], "email")).json()

    assert [mail.kind for mail in mails] == ["signup", "magiclink"]
    assert first["user"]["user_metadata"]["name"] == "Ada"
    assert second["user"]["id"] == first["user"]["id"]
    assert (await anon.sign_in(password="")).status_code == 400


async def test_a_magic_link_for_known_users_only_signs_nobody_up(
    anon: Auth, mails: list[Mail]
) -> None:
    response = await anon.post("/otp", json={"email": EMAIL, "create_user": False})

    assert error_of(response) == (422, "otp_disabled")
    assert mails == []


async def test_a_token_hash_is_as_good_as_its_link(anon: Auth, mails: list[Mail]) -> None:
    await anon.sign_up()
    body = {"type": "signup", "token_hash": asked(mails[0])["token"][0]}

    first, second = await anon.post("/verify", json=body), await anon.post("/verify", json=body)

    assert first.json()["user"]["email"] == EMAIL
    assert error_of(second) == (403, "otp_expired")


async def test_a_code_of_one_kind_is_no_good_for_another(anon: Auth, mails: list[Mail]) -> None:
    await anon.sign_up()

    response = await code(anon, mails[0], "recovery")

    assert error_of(response) == (403, "otp_expired")


@pytest.mark.parametrize(
    "body",
    [
        {"token": "123456", "email": EMAIL},
        {"type": "signup", "email": EMAIL},
        {"type": "signup", "token": "123456"},
        {"type": "signup", "token": "123456", "token_hash": "a"},
        {"type": "signup", "token_hash": "a", "email": EMAIL},
        {"type": "nonsense", "token": "123456", "email": EMAIL},
    ],
)
async def test_an_incomplete_verification_is_refused(anon: Auth, body: dict[str, str]) -> None:
    assert error_of(await anon.post("/verify", json=body)) == (400, "validation_failed")


async def test_a_changed_address_is_confirmed_on_both_sides(anon: Auth, mails: list[Mail]) -> None:
    await anon.sign_up()
    session = (await code(anon, mails[0], "signup")).json()
    wished = (await anon.change(session["access_token"], email=NEW)).json()

    first = (await code(anon, mails[2], "email_change")).json()
    second = (await code(anon, mails[1], "email_change", NEW)).json()

    assert (wished["email"], wished["new_email"]) == (EMAIL, NEW)
    assert [mail.to for mail in mails[1:]] == [NEW, EMAIL]
    assert first["code"] == "200"
    assert second["user"]["email"] == NEW
    assert second["user"]["identities"][0]["email"] == NEW
    assert "new_email" not in second["user"]


async def test_a_wanted_address_that_somebody_else_took_stays_theirs(
    anon: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up()
    session = (await code(anon, mails[0], "signup")).json()
    await anon.change(session["access_token"], email=NEW)
    await code(anon, mails[2], "email_change")
    await anon.sign_up(NEW)

    response = await code(anon, mails[1], "email_change", NEW)

    assert error_of(response) == (422, "email_exists")


async def test_a_confirmation_is_sent_again_while_it_is_wanted(
    anon: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up()
    await anon.post("/resend", json={"type": "signup", "email": EMAIL})
    await code(anon, mails[1], "signup")
    await anon.post("/resend", json={"type": "signup", "email": EMAIL})

    assert len(mails) == 2
    assert mails[0].token != mails[1].token


async def test_a_reauthentication_mails_a_code(anon: Auth, mails: list[Mail]) -> None:
    await anon.sign_up()
    session = (await code(anon, mails[0], "signup")).json()

    response = await anon.get("/reauthenticate", headers=bearer(session["access_token"]))

    assert response.json() == {}
    assert (mails[1].kind, mails[1].link) == ("reauthentication", "")


async def test_a_pkce_link_leads_to_a_code_that_needs_its_verifier(
    anon: Auth, nobody: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up(**PKCE)
    led = query_of(await followed(nobody, mails[0].link))

    wrong = await exchange(anon, led["code"], "w" * 56)
    right = await exchange(anon, led["code"], VERIFIER)
    again = await exchange(anon, led["code"], VERIFIER)

    assert error_of(wrong) == (400, "bad_code_verifier")
    assert right.json()["user"]["email"] == EMAIL
    assert error_of(again) == (404, "flow_state_not_found")


async def test_a_pkce_code_is_good_for_five_minutes(
    anon: Auth, nobody: Auth, mails: list[Mail], clock: ManualClock
) -> None:
    await anon.sign_up(**PKCE)
    led = query_of(await followed(nobody, mails[0].link))
    clock.advance(301)

    assert error_of(await exchange(anon, led["code"], VERIFIER)) == (422, "flow_state_expired")


async def test_a_pkce_link_tells_what_is_wrong_in_its_query_too(
    nobody: Auth, anon: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up(**PKCE)
    await followed(nobody, mails[0].link)

    response = await followed(nobody, mails[0].link)

    assert query_of(response)["error_code"] == fragment_of(response)["error_code"] == "otp_expired"


@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": "a" * 43},
        {"code_challenge_method": "s256"},
        {"code_challenge": "a" * 42, "code_challenge_method": "s256"},
        {"code_challenge": "a" * 42 + "!", "code_challenge_method": "s256"},
    ],
)
async def test_a_bad_challenge_is_refused(anon: Auth, challenge: dict[str, str]) -> None:
    response = await anon.post("/recover", json={"email": EMAIL, **challenge})

    assert error_of(response) == (400, "validation_failed")


async def exchange(anon: Auth, auth_code: str, verifier: str) -> httpx.Response:
    body = {"auth_code": auth_code, "code_verifier": verifier}
    return await anon.post("/token?grant_type=pkce", json=body)
