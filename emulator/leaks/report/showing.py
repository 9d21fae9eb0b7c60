"""Texts from elsewhere, as they can be shown: bounded, without secrets, and with nothing in them
that a terminal or a reader would obey.
"""

import re
from collections.abc import Iterator

MOST = 4_000
JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "apikey"})
# Control characters but tab and newline, what turns the direction of text, and lone surrogates.
UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def shown(text: str, most: int = MOST) -> str:
    """The text for people, cut where it is too long."""
    text = text.replace("\r\n", "\n")
    if cut := len(text) - most > 0:
        text = text[:most]
    return UNSEEN.sub(escaped, JWT.sub("<token>", text)) + (" … (cut)" if cut else "")


def escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def header(name: str, value: str) -> str:
    return "<secret>" if name.lower() in SECRET_HEADERS else shown(value, 200)


def pieces(text: str, word: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is the word, however that is written."""
    if not word:
        yield text, False
        return
    at = 0
    for found in re.finditer(re.escape(word), text, re.IGNORECASE):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(text):
        yield text[at:], False
