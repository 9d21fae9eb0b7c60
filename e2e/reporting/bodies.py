"""Bodies as a page can show them: of any content and any size, some lines of text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from e2e.reporting.masking import MASK, Mask

# More is not even looked at, more than the second is not shown.
READ_BYTES = 256 * 1024
SHOWN_CHARACTERS = 16 * 1024
TEXTS = ("text/", "application/json", "application/xml", "x-www-form-urlencoded", "+json", "+xml")


@dataclass(frozen=True, slots=True)
class Shown:
    """A text; `whole` says that nothing of it is left out. `bytes`: of the original."""

    text: str
    bytes: int
    whole: bool = True


def shown(body: bytes, headers: Mapping[str, str], mask: Mask) -> Shown:
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if not body:
        return Shown("", 0)
    if not is_text(body, kind):
        return Shown(f"({len(body):,} bytes of {kind or 'an unknown type'})", len(body))
    text = pretty(body[:READ_BYTES].decode("utf-8", "replace"))
    # Masks are shorter than most secrets, and looking for them costs time.
    masked = mask.text(text[: 2 * SHOWN_CHARACTERS])
    whole = len(body) <= READ_BYTES and len(text) <= 2 * SHOWN_CHARACTERS
    return cut(masked, len(body), whole)


def cut(text: str, size: int, whole: bool = True, limit: int = SHOWN_CHARACTERS) -> Shown:
    return Shown(text[:limit], size, whole and len(text) <= limit)


def is_text(body: bytes, kind: str) -> bool:
    """By its type; without one, by what it is made of."""
    if kind:
        return any(one in kind.lower() for one in TEXTS)
    return b"\x00" not in body[:READ_BYTES]


def pretty(text: str) -> str:
    """JSON with one member a line, anything else as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


# Of the request's own making, or of the connection's.
UNSAID = frozenset(
    "host accept accept-encoding connection user-agent content-length origin referer".split()
)


def curl(method: str, url: str, headers: Mapping[str, str], body: bytes, mask: Mask) -> str:
    """The request as a line for a shell; the token is the variable TOKEN."""
    words = ["curl", "-i", "-X", method, quoted(mask.text(url))]
    for (name, value), original in zip(mask.headers(headers), headers.values(), strict=True):
        if name.lower() in UNSAID or name.lower().startswith("sec-"):
            continue
        if MASK in value:
            scheme = "Bearer " if original.lower().startswith("bearer ") else ""
            words += ["-H", f'"{name}: {scheme}$TOKEN"']
        else:
            words += ["-H", quoted(f"{name}: {value}")]
    words += data(headers, body, mask)
    return " ".join(words)


def data(headers: Mapping[str, str], body: bytes, mask: Mask) -> list[str]:
    if not body:
        return []
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if len(body) > SHOWN_CHARACTERS or not is_text(body, kind):
        return ["--data-binary", "@body"]
    return ["--data-raw", quoted(mask.text(body.decode("utf-8", "replace")))]


def quoted(text: str) -> str:
    """One word of a shell, whatever it holds."""
    return "'" + text.replace("'", "'\\''") + "'"
