"""`[sign_in]`: what is read of it, and what is said of what cannot be read."""

from typing import Any

import pytest

from emulator.leaks.auth import SignInFailed, auth_of
from emulator.leaks.cookies import taken
from emulator.leaks.settings import SettingsError
from emulator.leaks.sign_in import sign_in_of
from emulator.leaks.wire import Limits, Wire

COOKIES = [f"session={name}; theme=dark" for name in ("anna", "ben", "cleo")]
REGISTER = {"request": "POST /register"}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"cookies": COOKIES[:2]}, "cookies are of three users"),
        ({"cookies": "session=a"}, "cookies are of three users"),
        ({"cookies": [*COOKIES[:2], "cleo"]}, 'number 3 is not "name=value'),
        ({"tokens": [1, 2, 3]}, "tokens are of three users"),
        ({"header": ["a"]}, "header is a text"),
        ({"sign_up": "POST /register"}, "sign_up: a table is wanted"),
        ({"sign_up": {"request": "/register"}}, 'sign_up: request is not "POST /api/…"'),
        ({"sign_up": {**REGISTER, "tokn": "a"}}, "sign_up: no such key: tokn"),
        ({"sign_up": {**REGISTER, "body": {}, "form": {"a": "b"}}}, "body or form, not both"),
        ({"sign_in": REGISTER}, "sign_up is missing"),
        ({"sign_up": REGISTER, "cookies": COOKIES}, "one of supabase, tokens and cookies, or"),
        ({"ids": ["a", "b", "c"]}, "ids are those of tokens or cookies"),
    ],
)
def test_what_cannot_be_read_is_named(told: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words.replace("…", ".")):
        sign_in_of(told)


def test_given_users_have_their_cookies_tokens_and_ids() -> None:
    how = sign_in_of(
        {
            "cookies": COOKIES,
            "tokens": ["k1", "k2", "k3"],
            "ids": ["1", "2", "3"],
            "header": "X-Api-Key",
            "old": "k0",
        }
    )
    auth = auth_of(Wire(Limits()), how, "http://127.0.0.1:9")

    users = auth.users("word")
    old = auth.old(users[0])

    assert [one.id for one in users] == ["1", "2", "3"]
    assert users[1].headers == {"X-Api-Key": "k2", "cookie": "session=ben; theme=dark"}
    assert old is not None
    assert old.headers == {"X-Api-Key": "k0"}


def test_a_scheme_is_before_the_token() -> None:
    how = sign_in_of({"tokens": ["1", "2", "3"], "header": "Authorization", "scheme": "Token"})

    [first, *_] = auth_of(Wire(Limits()), how, "").users("word")

    assert first.headers == {"Authorization": "Token 1"}


def test_nobody_is_signed_in_where_nothing_is_said() -> None:
    with pytest.raises(SignInFailed, match="three tokens or cookies, or sign_up"):
        auth_of(Wire(Limits()), sign_in_of({}), "").users("word")


def test_cookies_are_taken_from_an_answer_and_what_it_ends_is_gone() -> None:
    headers = (
        ("Set-Cookie", "session=new; Path=/; HttpOnly"),
        ("set-cookie", "flash=; Max-Age=0"),
        ("set-cookie", "csrf=t; expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("content-type", "text/plain"),
    )

    assert taken((("flash", "f"), ("csrf", "t"), ("kept", "k")), headers) == (
        ("kept", "k"),
        ("session", "new"),
    )
