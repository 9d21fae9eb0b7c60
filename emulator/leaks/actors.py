"""Who asks: three users, nobody, and whoever holds a session that is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from emulator.leaks.cookies import Jar, header_of, only, value_of, with_one
from emulator.leaks.forgeries import forgeries, names_user
from emulator.leaks.json_tokens import claims_of, unsigned
from emulator.leaks.observations import FORGED, NOBODY, OLD, OWNER, SECOND, SWAPPED, THIRD

USERS = (OWNER, SECOND, THIRD)


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is the column of the matrix. `header` and `scheme` are how the token travels.

    `session_of`: the user whose session is good in what a bad actor holds, and whose data may
    be served for it. `how` says what is bad of it.
    """

    name: str
    token: str = ""
    id: str = ""
    email: str = ""
    password: str = ""
    cookies: Jar = ()
    header: str = "authorization"
    scheme: str = "Bearer"
    session_of: str = ""
    how: str = ""

    @property
    def who(self) -> str:
        """Whose the data is that this actor may see and makes."""
        return self.session_of or self.name

    @property
    def is_signed_in(self) -> bool:
        return bool(self.token or self.cookies)

    @property
    def headers(self) -> dict[str, str]:
        told = {self.header: f"{self.scheme} {self.token}".strip()} if self.token else {}
        return told | ({"cookie": header_of(self.cookies)} if self.cookies else {})


def given(name: str, token: str) -> Actor:
    claims = claims_of(token)
    return Actor(name, token, str(claims.get("sub", "")), str(claims.get("email", "")))


def bad_actors(
    owner: Actor, other: Actor, old: Actor | None, sessions: Sequence[str] = ()
) -> Iterator[Actor]:
    """Who must be refused everywhere, or served as the one whose session is good. `sessions` are
    the names of the cookies without which an owner is refused.
    """
    yield Actor(NOBODY)
    if owner.token:
        yield from bad_tokens(owner, other)
    for name in sessions:
        yield from bad_cookies(owner, other, name, sessions)
    if old is not None:
        yield replace(old, name=OLD)


def bad_tokens(owner: Actor, other: Actor) -> Iterator[Actor]:
    """Alone: cookies beside them might be good."""
    for one in forgeries(owner.token, other.token, owner, other):
        good = other.name if one.is_of_other and one.value != owner.token else ""
        yield replace(
            owner, name=one.actor, token=one.value, cookies=(), session_of=good, how=one.how
        )


def bad_cookies(owner: Actor, other: Actor, name: str, sessions: Sequence[str]) -> Iterator[Actor]:
    mine, theirs = value_of(owner.cookies, name), value_of(other.cookies, name)
    for one in forgeries(mine, theirs, owner, other):
        whose = other if one.is_of_other else owner
        # What is left of another's cookies may be good by itself.
        is_partly_good = one.is_of_other and (one.value != mine or len(sessions) > 1)
        yield replace(
            owner,
            name=one.actor,
            token="",
            cookies=with_one(only(whose.cookies, sessions), name, one.value),
            session_of=other.name if is_partly_good else "",
            how=f"cookie {name}: {one.how}",
        )


def mixed_actors(owner: Actor, other: Actor, sessions: Sequence[str]) -> Iterator[Actor]:
    """With a good session of the other user, beside something of the owner's that is none."""
    mixed = replace(other, name=SWAPPED, session_of=other.name)
    for name, value in owner.cookies:
        if name not in sessions or (len(sessions) > 1 and names_user(value, owner)):
            cookies = with_one(other.cookies, name, value)
            if cookies != other.cookies:
                how = f"the owner's cookie {name} beside another's session"
                yield replace(mixed, token="", cookies=cookies, how=how)
    if owner.token and other.cookies:
        token = unsigned(owner.token) if claims_of(owner.token) else ""
        if token:
            how = "the owner's claims, not signed, beside another's cookies"
            yield replace(mixed, name=FORGED, token=token, how=how)


def two_sessions(owner: Actor, other: Actor) -> Iterator[Actor]:
    """The owner's token and another's cookies, which are both good: an API has to choose."""
    if owner.token and other.cookies:
        how = "the owner's token beside another's cookies"
        yield replace(owner, name=SWAPPED, cookies=other.cookies, how=how)
