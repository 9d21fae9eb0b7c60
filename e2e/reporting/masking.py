"""What must not be in a report, and what stands there instead.

Reports travel: into CI's artifacts, into mails. A token in one of them would be a key.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile

MASK = "•••"
HEADERS = frozenset(
    "authorization proxy-authorization cookie set-cookie apikey api-key x-api-key"
    " x-goog-api-key cf-aig-authorization x-auth-key cf-access-client-secret".split()
)
# A shorter text is found everywhere, by chance.
LEAST = 6
SECRET = (
    r"(?:[\w-]*(?:password|passwd|secret|api[_-]?key|credential|signature|token)"
    r"|authorization|sig)"
)
# Each begins where a run of its characters does, so that hostile texts cost no more than others.
JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
BEARER = re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[\w.~+/=-]{6,}")
MEMBER = re.compile(rf'(?i)("{SECRET}"\s*:\s*")((?:[^"\\]|\\.)*)')
# In a text that holds JSON.
QUOTED = re.compile(rf'(?i)(\\{{1,8}}"{SECRET}\\{{1,8}}"\s*:\s*\\{{1,8}}")([^"\\]*)')
# A header as HAR has it, and so Playwright.
PAIR = re.compile(rf'(?i)("name"\s*:\s*"(?:{"|".join(HEADERS)})"\s*,\s*"value"\s*:\s*")([^"]*)')
FIELD = re.compile(rf"(?i)((?:^|[?&;\s]){SECRET}=)([^&\s\"'<>;]+)")


class Mask:
    """Knows some secrets by their text, and all others by where they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {one for one in secrets if len(one) >= LEAST}
        spelled = sorted(known | {quote(one, safe="") for one in known}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, spelled))) if spelled else None

    def text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = BEARER.sub(rf"\1\2{MASK}", JWT.sub(MASK, text))
        for named in (MEMBER, QUOTED, PAIR, FIELD):
            text = named.sub(rf"\1{MASK}", text)
        return text

    def headers(self, headers: Mapping[str, str] | Iterable[Sequence[str]]) -> list[list[str]]:
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        return [
            [name, MASK if name.lower() in HEADERS else self.text(value)] for name, value in pairs
        ]

    def archive(self, path: Path) -> None:
        """A trace of Playwright's: the texts in it, which have requests and what was typed."""
        masked = path.with_suffix(".masked")
        with ZipFile(path) as source, ZipFile(masked, "w", ZIP_DEFLATED) as target:
            for name in source.namelist():
                target.writestr(name, self._member(source.read(name)))
        masked.replace(path)

    def _member(self, content: bytes) -> bytes:
        try:
            return self.text(content.decode()).encode()
        except UnicodeDecodeError:
            return content
