"""Sign in with LinkedIn, from the page to who has signed in."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.core.clock import ManualClock
from emulator.standins.linkedin_grants import CODE_SECONDS, TOKEN_SECONDS
from tests.standins.conftest import Ask

PAGE = "https://www.linkedin.com/oauth/v2/authorization"
TOKEN = "https://www.linkedin.com/oauth/v2/accessToken"
USERINFO = "https://api.linkedin.com/v2/userinfo"
BACK = "https://app.example.com/callback?from=linkedin"
ASKED = {
    "response_type": "code",
    "client_id": "client",
    "redirect_uri": BACK,
    "state": "s/1",
    "scope": "openid profile email",
}
MEMBER = {"given_name": "Björn", "family_name": "Å", "email": "b@example.com", "action": "allow"}


async def code(ask: Ask, **asked: str) -> str:
    sent_back = await ask("POST", PAGE, params=ASKED | asked, data=MEMBER)
    return parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]


async def exchange(ask: Ask, value: str, **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": value,
        "client_id": "client",
        "client_secret": "secret",
        "redirect_uri": BACK,
    }
    return await ask("POST", TOKEN, data=form | changes)


async def test_the_page_says_who_asks_for_what_and_runs_no_script_of_theirs(ask: Ask) -> None:
    page = await ask("GET", PAGE, params=ASKED | {"client_id": "<script>"})

    assert "<b>&lt;script&gt;</b> asks for openid profile email." in page.text
    assert '<form method="post">' in page.text


async def test_who_allows_goes_back_with_a_code_and_the_state(ask: Ask) -> None:
    sent_back = await ask("POST", PAGE, params=ASKED, data=MEMBER)

    assert sent_back.status_code == 302
    location = sent_back.headers["location"]
    assert location.startswith(f"{BACK}&code=")
    assert parse_qs(urlsplit(location).query)["state"] == ["s/1"]


async def test_who_cancels_goes_back_with_that(ask: Ask) -> None:
    sent_back = await ask("POST", PAGE, params=ASKED, data={"action": "cancel"})

    query = parse_qs(urlsplit(sent_back.headers["location"]).query)
    assert (query["error"], query["state"]) == (["user_cancelled_authorize"], ["s/1"])


async def test_a_code_becomes_a_token_that_knows_the_member(ask: Ask) -> None:
    token = (await exchange(ask, await code(ask))).json()
    assert (token["expires_in"], token["token_type"]) == (5_184_000, "Bearer")

    headers = {"authorization": f"Bearer {token['access_token']}"}
    claims = (await ask("GET", USERINFO, headers=headers)).json()
    assert (claims["given_name"], claims["family_name"], claims["email"]) == (
        "Björn",
        "Å",
        "b@example.com",
    )
    assert isinstance(claims["sub"], str)


async def test_a_scope_that_was_not_asked_for_shows_nothing(ask: Ask) -> None:
    token = (await exchange(ask, await code(ask, scope="openid"))).json()["access_token"]

    claims = await ask("GET", USERINFO, headers={"authorization": f"Bearer {token}"})

    assert list(claims.json()) == ["sub"]


async def test_a_code_is_good_once(ask: Ask) -> None:
    value = await code(ask)

    assert (await exchange(ask, value)).status_code == 200
    assert (await exchange(ask, value)).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example.com"}, "invalid_request"),
        ({"client_id": "other"}, "invalid_request"),
        ({"client_secret": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_a_code_is_good_for_who_asked_for_it(
    ask: Ask, changes: dict[str, str], error: str
) -> None:
    refused = await exchange(ask, await code(ask), **changes)

    assert (refused.status_code, refused.json()["error"]) == (400, error)


async def test_codes_and_tokens_end(ask: Ask, clock: ManualClock) -> None:
    late, value = await code(ask), await code(ask)
    token = (await exchange(ask, value)).json()["access_token"]
    clock.advance(CODE_SECONDS)
    assert (await exchange(ask, late)).status_code == 400

    clock.advance(TOKEN_SECONDS)
    gone = await ask("GET", USERINFO, headers={"authorization": f"Bearer {token}"})
    assert (gone.status_code, gone.json()["code"]) == (401, "INVALID_ACCESS_TOKEN")


@pytest.mark.parametrize(
    "asked",
    [
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//evil.example.com"},
        {"response_type": "token"},
    ],
)
async def test_nobody_is_sent_to_where_it_was_not_asked_well(
    ask: Ask, asked: dict[str, str]
) -> None:
    for method in ("GET", "POST"):
        refused = await ask(method, PAGE, params=ASKED | asked)
        assert refused.status_code == 400
        assert "location" not in refused.headers
