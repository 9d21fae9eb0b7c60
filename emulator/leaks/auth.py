"""Where users come from: `[sign_in]` says by which of the ways."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from emulator.leaks.actors import USERS, Actor, given
from emulator.leaks.cookies import Jar, jar_of
from emulator.leaks.json_tokens import claims_of, tampered
from emulator.leaks.own_login import OwnLogin
from emulator.leaks.sign_in import SignIn
from emulator.leaks.supabase_auth import SignInFailed as SignInFailed
from emulator.leaks.supabase_auth import SupabaseAuth
from emulator.leaks.wire import Wire

ENDED = {"exp": 1}


class Auth(Protocol):
    """Makes users, sessions and their ends."""

    def users(self, word: str) -> tuple[Actor, ...]:
        """Three of them. Raises `SignInFailed`."""

    def again(self, actor: Actor) -> Actor:
        """The same user by another session; the same actor where that is not possible."""

    def old(self, actor: Actor) -> Actor | None:
        """With a session that was good, if there is one."""

    def remove(self, actor: Actor) -> bool:
        """Whether the account is gone, or was not made here."""


def auth_of(wire: Wire, how: SignIn, api: str) -> Auth:
    if how.sign_up:
        return OwnLogin(wire, how, api)
    return SupabaseAuth(wire, how) if how.supabase else GivenUsers(how)


class GivenUsers:
    """Whose sessions are in the file, and stay as they are."""

    def __init__(self, how: SignIn) -> None:
        self._how = how

    def users(self, word: str) -> tuple[Actor, ...]:
        how = self._how
        if not how.tokens and not how.cookies:
            raise SignInFailed(
                "sign_in needs supabase and anon_key, three tokens or cookies, or sign_up"
            )
        return tuple(self._user(place, name) for place, name in enumerate(USERS))

    def again(self, actor: Actor) -> Actor:
        return actor

    def old(self, actor: Actor) -> Actor | None:
        """What was given as old, or the time of a token changed to one that is past."""
        if self._how.old and actor.token:
            return replace(actor, token=self._how.old, cookies=())
        if self._how.old:
            return replace(actor, cookies=jar_of(self._how.old))
        if actor.token:
            return replace(actor, token=tampered(actor.token, ENDED), cookies=())
        return replace(actor, cookies=ended(actor.cookies)) if ended(actor.cookies) else None

    def remove(self, actor: Actor) -> bool:
        return True

    def _user(self, place: int, name: str) -> Actor:
        how = self._how
        actor = given(name, one_of(how.tokens, place))
        cookies = jar_of(one_of(how.cookies, place))
        id = one_of(how.ids, place) or actor.id or subject(cookies)
        return replace(actor, id=id, cookies=cookies, header=how.header, scheme=how.scheme)


def one_of(texts: Sequence[str], place: int) -> str:
    return texts[place] if texts else ""


def subject(cookies: Jar) -> str:
    return next((str(told["sub"]) for _, one in cookies if "sub" in (told := claims_of(one))), "")


def ended(cookies: Jar) -> Jar:
    """Nothing where no cookie has a time in it."""
    if not any(claims_of(value) for _, value in cookies):
        return ()
    return tuple(
        (name, tampered(value, ENDED) if claims_of(value) else value) for name, value in cookies
    )
