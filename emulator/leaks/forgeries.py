"""Sessions that no sign-in has given, each made of those that it has."""

import json
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote

from emulator.leaks.json_tokens import claims_of, signed_with, swapped, tampered, unsigned
from emulator.leaks.observations import FORGED, SWAPPED

WEAK_KEYS = (b"", b"secret", b"your-256-bit-secret")
IDENTITY = re.compile(r"(?i)(?:sub|uid|login|email|(?:user|account|owner)?[_-]?(?:id|name)?)")
LEAST_BASE64 = 4
Encode = Callable[[str], str]


class Named(Protocol):
    """Who a session is of."""

    @property
    def id(self) -> str: ...

    @property
    def email(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Forgery:
    """`is_of_other`: it is made of the other user's, and may be as good as that was."""

    actor: str
    value: str
    how: str
    is_of_other: bool = False


def forgeries(mine: str, theirs: str, owner: Named, other: Named) -> Iterator[Forgery]:
    """Each speaks of the owner."""
    if claims_of(mine):
        yield from of_json_tokens(mine, theirs, owner)
        return
    if (altered := changed(mine)) != mine:
        yield Forgery(FORGED, altered, "a character is changed")
    for made, form in with_owner(mine, theirs, owner, other):
        yield Forgery(FORGED, made, f"the owner in place of another, {form}", is_of_other=True)
    crossed = swapped(mine, theirs)
    if "." in mine and "." in theirs and crossed not in (mine, theirs):
        yield Forgery(SWAPPED, crossed, "one's content below another's signature", True)


def of_json_tokens(mine: str, theirs: str, owner: Named) -> Iterator[Forgery]:
    yield Forgery(FORGED, unsigned(mine), "no signature")
    for key in WEAK_KEYS:
        yield Forgery(FORGED, signed_with(mine, key), f"signed with the key {key.decode()!r}")
    subject = owner.id or claims_of(mine).get("sub", "")
    yield Forgery(FORGED, tampered(theirs, {"sub": subject}), "the owner in place of another")
    yield Forgery(SWAPPED, swapped(mine, theirs), "one's claims below another's signature")


def changed(value: str) -> str:
    """In the middle: the last character of base64 may mean nothing."""
    places = [found.start() for found in re.finditer(r"(?<!%)(?<!%.)[0-9A-Za-z]", value)]
    if not places:
        return value
    at = places[len(places) // 2]
    sign = value[at]
    if sign.isdigit():
        new = "1" if sign != "1" else "2"
    else:
        new = "b" if sign in "aA" else "a" if sign.islower() else "A"
    return value[:at] + new + value[at + 1 :]


def with_owner(mine: str, theirs: str, owner: Named, other: Named) -> Iterator[tuple[str, str]]:
    """Another's value with the owner in it, in each form in which it can be read."""
    own = {form: text for form, text, _ in readings(mine)}
    seen = {theirs}
    for form, text, encode in readings(theirs):
        told = renamed(text, other, owner)
        if told == text:
            told = with_members(text, own.get(form, ""))
        made = encode(told)
        if told != text and made not in seen:
            seen.add(made)
            yield made, form


def readings(value: str) -> Iterator[tuple[str, str, Encode]]:
    """The name of each form, what is read in it, and how it is written again."""
    yield "as it is", value, lambda text: text
    plain, again = value, (lambda text: text)
    if (raw := unquote(value)) != value:
        plain, again = raw, (lambda text: quote(text, safe=""))
        yield "percent", raw, again
    for found in re.finditer(r"[\w+/-]+=*", plain):
        if read := from_base64(found[0]):
            put = placed(plain, found.span(), like(found[0]), again)
            yield f"base64 at {plain.count('.', 0, found.start())}", read, put


def placed(whole: str, span: tuple[int, int], encode: Encode, again: Encode) -> Encode:
    return lambda text: again(whole[: span[0]] + encode(text) + whole[span[1] :])


def like(run: str) -> Encode:
    """Writes base64 as this is written."""
    write = urlsafe_b64encode if re.search("[-_]", run) else b64encode
    is_padded = run.endswith("=") or len(run) % 4 == 0

    def encode(text: str) -> str:
        made = write(text.encode()).decode()
        return made if is_padded else made.rstrip("=")

    return encode


def from_base64(run: str) -> str:
    """Empty where it is no plain text."""
    if len(run) < LEAST_BASE64:
        return ""
    try:
        text = urlsafe_b64decode(run.replace("+", "-").replace("/", "_") + "==").decode()
    except ValueError:
        return ""
    return text if text.isprintable() else ""


def renamed(text: str, other: Named, owner: Named) -> str:
    for old, new in ((other.id, owner.id), (other.email, owner.email)):
        if old and new:
            whole = rf"(?<![0-9A-Za-z]){re.escape(old)}(?![0-9A-Za-z])"
            text = re.sub(whole, new.replace("\\", r"\\"), text)
    return text


def with_members(theirs: str, mine: str) -> str:
    """Of two JSON objects: the other's, with the owner's members that say who it is."""
    try:
        ours, others = json.loads(mine), json.loads(theirs)
    except ValueError:
        return theirs
    if not isinstance(ours, dict) or not isinstance(others, dict):
        return theirs
    who = {name: one for name, one in ours.items() if IDENTITY.fullmatch(name)}
    return theirs if {**others, **who} == others else json.dumps({**others, **who})


def names_user(value: str, user: Named) -> bool:
    """Whether it can be read in it who it is of."""
    marks = [one for one in (user.id, user.email) if one]
    return any(mark in text for _, text, _ in readings(value) for mark in marks)
