"""Cookies as a client carries them. No answer's cookies are kept unless somebody signs in."""

import re
from collections.abc import Iterable, Iterator

Jar = tuple[tuple[str, str], ...]
Headers = Iterable[tuple[str, str]]
ENDED = re.compile(r"(?i)max-age=\s*(?:0|-\d+)\b|expires=[^;]*\b1970\b")
# A shorter one is a word or a number that may stand anywhere.
LEAST_SECRET = 8


def jar_of(text: str) -> Jar:
    """Of a `Cookie` header; nothing where it is none."""
    parts = [one.strip().partition("=") for one in text.split(";") if one.strip()]
    if not all(name and value for name, _, value in parts):
        return ()
    return tuple((name, value) for name, _, value in parts)


def header_of(jar: Jar) -> str:
    return "; ".join(f"{name}={value}" for name, value in jar)


def with_one(jar: Jar, name: str, value: str) -> Jar:
    """In its old place."""
    return tuple((known, value if known == name else old) for known, old in jar)


def only(jar: Jar, names: Iterable[str]) -> Jar:
    kept = set(names)
    return tuple((name, value) for name, value in jar if name in kept)


def value_of(jar: Jar, name: str) -> str:
    return dict(jar).get(name, "")


def taken(jar: Jar, headers: Headers) -> Jar:
    """With what an answer sets, and without what it takes away."""
    kept = dict(jar)
    for name, value, attributes in set_by(headers):
        if value and not ENDED.search(attributes):
            kept[name] = value
        else:
            kept.pop(name, None)
    return tuple(kept.items())


def set_by(headers: Headers) -> Iterator[tuple[str, str, str]]:
    """Name, value and attributes of each cookie."""
    for known, text in headers:
        if known.lower() == "set-cookie":
            pair, _, attributes = text.partition(";")
            name, _, value = pair.strip().partition("=")
            yield name, value.strip('"'), attributes


def secrets_in(asked: Headers, told: Headers) -> Iterator[str]:
    """Values of cookies that a request or its answer has."""
    for name, text in asked:
        if name.lower() == "cookie":
            yield from (value for _, value in jar_of(text))
    yield from (value for _, value, _ in set_by(told))


def without(text: str, secrets: Iterable[str]) -> str:
    for one in sorted(set(secrets), key=len, reverse=True):
        if len(one) >= LEAST_SECRET:
            text = text.replace(one, "<secret>")
    return text
