"""A query string, taken apart and in the canonical form that signatures cover.

Clients send what they signed, and mostly in canonical form already: then there is nothing
to decode and encode again, only to sort.
"""

import re
from string import ascii_letters, digits
from urllib.parse import parse_qsl, quote, unquote_to_bytes

# What no canonical query has: a character that should be escaped, an escape that should be a
# character or is not in capitals.
PLAIN_BYTES = (ascii_letters + digits + "_.~-=&%").encode()
ODD_ESCAPE = re.compile(
    r"%(?!(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[BCDF]|[89A-F][0-9A-F]))"
)
# An escape of which UTF-8 needs more than one.
HIGH_ESCAPE = re.compile(r"%[89A-Fa-f]")
SIGNATURE = "X-Amz-Signature"

Pairs = list[tuple[str, str]]


class Query:
    """The parameters in their order, and what a signature covers of them."""

    __slots__ = ("_escaped", "pairs", "params")

    def __init__(self, raw: str) -> None:
        """`raw` is the text behind the question mark."""
        # A credential's slashes are mostly all that is escaped in a presigned URL.
        only_slashes = raw.count("%") == raw.count("%2F")
        escaped = canonical_pairs(raw, only_slashes) if raw else []
        if escaped is None:
            self.pairs = parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")
            escaped = [(escape(name), escape(value)) for name, value in self.pairs]
        elif only_slashes:
            self.pairs = [
                (name.replace("%2F", "/"), value.replace("%2F", "/")) for name, value in escaped
            ]
        else:
            self.pairs = [
                (
                    name if "%" not in name else decoded(name),
                    value if "%" not in value else decoded(value),
                )
                for name, value in escaped
            ]
        self._escaped = escaped
        # By name; of a repeated one the first counts.
        self.params = dict(reversed(self.pairs))
        if not raw.isascii() or (not only_slashes and HIGH_ESCAPE.search(raw) is not None):
            self.params = {shown(name): shown(value) for name, value in self.params.items()}

    def canonical(self, *, presigned: bool) -> str:
        """Sorted and encoded; of a presigned request without the signature itself."""
        # By name and then by value: `a` comes before `a-b`, though `-` is less than `=`.
        return "&".join(
            [
                f"{name}={value}"
                for name, value in sorted(self._escaped)
                if not (presigned and name == SIGNATURE)
            ]
        )


def canonical_pairs(raw: str, only_slashes: bool) -> Pairs | None:
    """Names and values as they are written; None where a signature covers them otherwise."""
    if raw.encode("latin-1").translate(None, PLAIN_BYTES):
        return None
    if not only_slashes and ODD_ESCAPE.search(raw) is not None:
        return None
    pairs = []
    for segment in raw.split("&"):
        name, _, value = segment.partition("=")
        if not name or "=" in value:
            return None
        pairs.append((name, value))
    return pairs


def decoded(text: str) -> str:
    return unquote_to_bytes(text).decode(errors="surrogateescape")


def escape(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")


def shown(text: str) -> str:
    """What is no UTF-8 shows as U+FFFD, as in every browser's parser of queries."""
    return text.encode(errors="surrogateescape").decode(errors="replace")
