"""A query string, taken apart and in the canonical form that signatures cover.

Clients send what they signed, and mostly in canonical form already: then there is nothing
to decode and encode again, only to sort.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote_to_bytes

# Unreserved characters as they are, all others as escapes in capitals. Nothing is tried twice:
# a hostile query costs no more than another.
TEXT = (
    r"(?:[A-Za-z0-9_.~-]++"
    r"|%(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[BCDF]|[89A-F][0-9A-F]))"
)
CANONICAL = re.compile(rf"{TEXT}++(?:={TEXT}*+)?+(?:&{TEXT}++(?:={TEXT}*+)?+)*+")
SIGNATURE = "X-Amz-Signature"


class Query:
    """The parameters in their order, and what a signature covers of them."""

    __slots__ = ("_raw", "pairs")

    def __init__(self, raw: str) -> None:
        """`raw` is the text behind the question mark."""
        self._raw = raw if not raw or CANONICAL.fullmatch(raw) else None
        if not raw:
            self.pairs: list[tuple[str, str]] = []
        elif self._raw is None:
            self.pairs = parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")
        else:
            self.pairs = [pair_of(segment) for segment in raw.split("&")]

    def canonical(self, *, presigned: bool) -> str:
        """Sorted and encoded; of a presigned request without the signature itself."""
        if self._raw == "":
            return ""
        if self._raw is None:
            return "&".join(sorted(encoded(self.pairs, presigned), key=by_name))
        segments = (
            segment if "=" in segment else f"{segment}="
            for segment in self._raw.split("&")
            if not (presigned and segment.startswith(f"{SIGNATURE}="))
        )
        return "&".join(sorted(segments, key=by_name))


def by_name(segment: str) -> tuple[str, ...]:
    """`a` sorts before `a-b`, and a segment as a whole would not: `-` is less than `=`."""
    return segment.partition("=")


def pair_of(segment: str) -> tuple[str, str]:
    name, _, value = segment.partition("=")
    if "%" in segment:
        return decoded(name), decoded(value)
    return name, value


def decoded(text: str) -> str:
    return unquote_to_bytes(text).decode(errors="surrogateescape") if "%" in text else text


def encoded(pairs: Iterable[tuple[str, str]], presigned: bool) -> Iterable[str]:
    for name, value in pairs:
        if not (presigned and name == SIGNATURE):
            yield f"{escaped(name)}={escaped(value)}"


def escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")
