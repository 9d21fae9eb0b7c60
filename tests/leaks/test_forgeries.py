"""Values of sessions that nobody was given."""

import json
from base64 import b64decode, b64encode
from urllib.parse import unquote

import pytest

from emulator.leaks.actors import Actor, bad_actors, mixed_actors
from emulator.leaks.forgeries import Forgery, changed, forgeries
from emulator.leaks.observations import FORGED, NOBODY, OLD, OWNER, SECOND, SWAPPED

ANNA, BEN = Actor(OWNER, id="u-anna", email="a@x.org"), Actor(SECOND, id="u-ben", email="b@x.org")


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def forged(mine: str, theirs: str) -> list[Forgery]:
    return list(forgeries(mine, theirs, ANNA, BEN))


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("u-anna", "u-ben"),
        (base64("u-anna"), base64("u-ben")),
        ("u-anna%7Ca%40x.org", "u-ben%7Cb%40x.org"),
        (base64('{"user": "u-anna"}'), base64('{"user": "u-ben"}')),
    ],
)
def test_a_session_that_is_only_an_id_is_made_of_another_one(mine: str, theirs: str) -> None:
    assert mine in [one.value for one in forged(mine, theirs) if one.is_of_other]


def test_members_of_json_that_say_who_it_is_are_the_owners_and_the_rest_is_anothers() -> None:
    mine, theirs = ({"login": name, "n": name * 2} for name in ("anna", "ben"))

    made = forged(f"{base64(json.dumps(mine))}.sig-a", f"{base64(json.dumps(theirs))}.sig-b")

    [value] = [one.value for one in made if one.is_of_other and one.actor == FORGED]
    body, signature = value.split(".")
    assert json.loads(b64decode(body)) == {"login": "anna", "n": "benben"}
    assert signature == "sig-b"


def test_a_signature_is_swapped_and_what_has_none_is_not() -> None:
    assert "s%3Aaaaa.bbbb" in [one.value for one in forged("s%3Aaaaa.cccc", "s%3Adddd.bbbb")]
    assert {one.actor for one in forged("aaaa", "bbbb")} == {FORGED}


@pytest.mark.parametrize("value", ["s%3Aabc.def", "7", "a-b", "x" * 43])
def test_one_character_is_changed_and_no_escape_is_broken(value: str) -> None:
    made = changed(value)

    assert sum(a != b for a, b in zip(made, value, strict=True)) == 1
    assert len(unquote(made)) == len(unquote(value))


def with_cookies(user: Actor, *pairs: tuple[str, str]) -> Actor:
    return Actor(user.name, "", user.id, user.email, cookies=pairs)


def test_bad_actors_of_cookies_have_no_cookie_of_the_owners_that_is_good() -> None:
    owner = with_cookies(ANNA, ("sid", "aaaa.bbbb"), ("theme", "dark"))
    other = with_cookies(BEN, ("sid", "cccc.dddd"), ("theme", "light"))

    bad = list(bad_actors(owner, other, Actor("x", cookies=(("sid", "gone"),)), ["sid"]))

    assert {one.name for one in bad} == {NOBODY, FORGED, SWAPPED, OLD}
    assert all("aaaa.bbbb" not in one.headers.get("cookie", "") for one in bad)


def test_the_second_cookie_is_mixed_and_the_session_is_not() -> None:
    owner = with_cookies(ANNA, ("sid", "aaaa"), ("account", "u-anna"))
    other = with_cookies(BEN, ("sid", "bbbb"), ("account", "u-ben"))

    for sessions in (["sid"], ["sid", "account"]):
        [mixed] = mixed_actors(owner, other, sessions)

        assert mixed.headers == {"cookie": "sid=bbbb; account=u-anna"}
        assert (mixed.name, mixed.who) == (SWAPPED, SECOND)
